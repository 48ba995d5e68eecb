import type { Instant } from '@earshot/contracts';
import type { Marks, Mastership } from '@earshot/event-log';
import type { Logger } from '@earshot/service-kit';
import type { Switch } from '../domain/switch.ts';

export interface WatchOptions {
  readonly switch: Pick<Switch, 'isConnected' | 'heardAt'>;
  readonly mastership: Pick<Mastership, 'holds'>;
  readonly marks: Marks;
  readonly name: string;
  readonly logger: Logger;
}

/**
 * Until when, by the switch's clock, somebody has watched the switch. What is found to have happened since counts as having happened
 * then, wherever a later time would allow more: nobody can prove that two still talked.
 */
export interface Watch {
  /** Learns it from whoever watched before. @throws when the log's store does not answer */
  load(): Promise<void>;
  /** To be called while what we know of the switch is true. */
  look(): void;
  until(): Instant | undefined;
}

/** How often it is written down, in ms: how much of what was allowed may be lost when a process dies. */
const saveEveryMs = 500;

export const createWatch = ({ switch: theSwitch, mastership, marks, name, logger }: WatchOptions): Watch => {
  let until: Instant | undefined;
  let saving: Promise<void> | undefined;
  let saved = 0;
  const save = (at: Instant): void => {
    // A clock that was set back has to be written down at once, so that nobody believes what it showed before.
    if (saving || Math.abs(Date.parse(at) - saved) < saveEveryMs) return;
    saving = marks
      .save('signaling', name, at)
      .then(() => {
        saved = Date.parse(at);
      })
      .catch((error: unknown) =>
        logger.warn({ error }, 'until when the switch was watched could not be written down'),
      )
      .finally(() => {
        saving = undefined;
      });
  };
  return {
    load: async () => {
      until = await marks.load('signaling', name);
    },
    look: () => {
      if (!theSwitch.isConnected() || !mastership.holds()) return;
      until = theSwitch.heardAt() ?? until;
      if (until !== undefined) save(until);
    },
    until: () => until,
  };
};

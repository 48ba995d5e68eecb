import type { Outcome, SwitchOperation } from '../../domain/switch.ts';
import type { AriClient } from './ari-client.ts';
import type { Book } from './book.ts';
import type { Urgency } from './limiter.ts';
import { carryOut, type Surroundings } from './operations.ts';
import { oppositeOf, type Overtaking } from './overtaking.ts';
import type { RecorderEnds } from './recorder-lengths.ts';

/** In what time an operation has an outcome, in ms. */
export const outcomeWithinMs = 3_000;

const takesAway = new Set<SwitchOperation['op']>([
  'stop-recorder',
  'mute',
  'remember-key',
  'hang-up',
  'take-out',
  'drop-snoop',
  'drop-bridge',
  'stop-prompt',
]);

export interface PerformingOptions {
  readonly client: (urgency: Urgency, withinMs: number, isStillWanted?: () => boolean) => AriClient;
  readonly surroundings: Omit<Surroundings, 'ari' | 'book'>;
  readonly book: Book;
  readonly overtaking: Overtaking;
  readonly recorders: RecorderEnds;
  /** Whether this process has the switch. */
  readonly isOurs: () => boolean;
  readonly isConnected: () => boolean;
}

/** What can be asked of Asterisk. */
export interface Performing {
  perform(operation: SwitchOperation): Promise<Outcome>;
  /** Does at once what takes something away, whoever has the switch. */
  takeAway(operation: SwitchOperation): Promise<Outcome>;
  around(urgency: Urgency, isStillWanted?: () => boolean): Surroundings;
}

const notOurs = 'the switch is not ours: it was not started, or another process has taken it';
const unknown = (reason: string): Outcome => ({ outcome: 'unknown', reason });

export const createPerforming = (options: PerformingOptions): Performing => {
  const { client, surroundings, book, overtaking, recorders, isOurs, isConnected } = options;
  const around: Performing['around'] = (urgency, isStillWanted) => ({
    ...surroundings,
    ari: client(urgency, outcomeWithinMs, isStillWanted),
    book,
  });
  const takeAway: Performing['takeAway'] = (operation) => carryOut(around('take-away'), operation);

  /** Does what adds, unless it was taken away since it was asked for: then it is not done, or taken back. */
  const add = async (operation: SwitchOperation, opposite: SwitchOperation): Promise<Outcome> => {
    const before = overtaking.count(opposite);
    const isStillWanted = (): boolean => overtaking.count(opposite) === before;
    const outcome = await carryOut(around('act', isStillWanted), operation);
    if (isStillWanted() || outcome.outcome === 'refused') return outcome;
    await takeAway(opposite);
    return { outcome: 'refused', reason: 'it was taken back meanwhile' };
  };

  return {
    around,
    takeAway,
    perform: async (operation) => {
      overtaking.note(operation);
      if (!isOurs()) return unknown(notOurs);
      const isTakingAway = takesAway.has(operation.op);
      // Taking away does not wait for the reports to come back.
      if (!isConnected() && !isTakingAway) return unknown('no connection to the switch');
      const left = operation.op === 'place' ? book.seats.get(operation.participant)?.bridge : undefined;
      const opposite = oppositeOf(operation);
      const outcome = opposite
        ? await add(operation, opposite)
        : await carryOut(around(isTakingAway ? 'take-away' : 'act'), operation);
      if (operation.op === 'drop-bridge' || operation.op === 'take-out')
        recorders.lookAfter(operation.bridge);
      if (operation.op === 'stop-recorder' && outcome.outcome === 'done')
        recorders.lookLater(operation.recordingId);
      recorders.lookAfter(left);
      return outcome;
    },
  };
};

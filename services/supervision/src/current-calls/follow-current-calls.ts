import {
  followCalls,
  processTiming,
  type Alarm,
  type Coordination,
  type EventLog,
  type FollowedCalls,
  type SettingsView,
} from '@earshot/event-log';
import type { Logger, Readiness } from '@earshot/service-kit';
import { permissionsInForce } from '../permissions-in-force.ts';
import { CallList } from './call-list.ts';
import { logName } from './place.ts';
import { ShownCalls } from './shown-calls.ts';
import { Viewers, type MostStreams } from './viewers.ts';

/** Age (ms) from which on the list is not known to be current any more. */
const staleMs = 3_000;

export interface CurrentCallsOptions {
  readonly log: EventLog;
  readonly coordination: Coordination;
  readonly settings: SettingsView;
  readonly logger: Logger;
  /** True while the log can be reached; else why not. */
  ready(): Readiness;
  /** Most streams that are open at once. */
  readonly mostStreams: MostStreams;
}

/** The calls that run, followed, and whoever looks at them. */
export interface CurrentCalls extends AsyncDisposable {
  readonly calls: ShownCalls;
  readonly viewers: Viewers;
  /** Rejects when this program is too old for the log. */
  readonly failed: Promise<never>;
}

/** Follows all calls of the log into a list. Resolves when everything that stood in the log is in it. */
export const followCurrentCalls = async (options: CurrentCallsOptions): Promise<CurrentCalls> => {
  const { log, coordination, settings, logger, mostStreams, ready } = options;
  const list = new CallList();
  const viewers = new Viewers(mostStreams);
  // Before the permissions hear of a change, because viewers are told of both at once.
  settings.onChange(({ kind, id, sequence }) => {
    if (kind === 'extensions') list.rename(id, sequence);
    if (kind === 'api-tokens') viewers.review();
  });
  // Told as soon as the permissions say what now holds: from then on nobody is shown what they may not see.
  const permissions = permissionsInForce(settings, () => viewers.tell());
  let followed: FollowedCalls | undefined;
  const asOf = (): number | null => followed?.asOf() ?? null;
  const calls = new ShownCalls(
    list,
    {
      permissions,
      nameOf: (extension) => settings.get('extensions', extension)?.value.name ?? null,
      settingsPlace: () => settings.sequence,
    },
    {
      asOf: () => isoOf(asOf()),
      problem: () => {
        const state = ready();
        if (state !== true) return state === false ? 'the log cannot be reached' : state;
        const age = Date.now() - (asOf() ?? 0);
        return age > staleMs ? 'the log is being read' : null;
      },
      lookAgain: async () => {
        if (ready() === true) await followed?.ask();
      },
    },
    logName(await log.identity()),
  );
  followed = await followCalls({
    log,
    checkpoints: coordination.checkpoints,
    service: 'supervision',
    name: 'current-calls',
    timing: processTiming,
    take: (message, callId) => list.take(message, callId),
    reached: (sequence) => {
      list.reach(sequence);
      viewers.changed();
    },
    openCalls: () => list.runningIds(),
    alarm: (what: Alarm): void => logger.error(what, what.what),
  });
  return {
    calls,
    viewers,
    failed: followed.failed,
    async [Symbol.asyncDispose]() {
      viewers[Symbol.dispose]();
      await followed?.[Symbol.asyncDispose]();
    },
  };
};

const isoOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

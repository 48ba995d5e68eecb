import { randomUUID } from 'node:crypto';
import {
  ServiceTooOldError,
  processTiming,
  type EventLog,
  type Coordination,
  type SettingsView,
  type Timing,
} from '@earshot/event-log';
import type { Logger } from '@earshot/service-kit';
import type { Switch } from './domain/switch.ts';
import { openRecordingStore, type RecordingStore } from './orders/recording-store.ts';
import { openTerm, type Term } from './takeover/term.ts';

/** Pause before a term that could not begin, or that another ended, is followed by waiting for the next, in ms. */
const betweenTermsMs = 1_000;

export interface SignalingOptions {
  readonly log: EventLog;
  readonly coordination: Coordination;
  readonly settings: SettingsView;
  /** A connection of its own for every term; only its last one reports. */
  readonly openSwitch: () => Switch;
  /** Of this switch among all of the log, 0 to 4095. */
  readonly switchNumber: number;
  readonly logger: Logger;
  /** How long a caller hears ringing until the recording policy is known, in ms. */
  readonly policyWaitMs: number;
  /** Where recordings can be fetched, cut to what was allowed. */
  readonly recordings: RecordingStore;
  /** Time since some moment, which no change of the clock touches, in ms. */
  readonly uptimeMs: () => number;
  readonly timing: Timing;
}

export type OptionalSettings = Partial<
  Pick<SignalingOptions, 'switchNumber' | 'policyWaitMs' | 'recordings' | 'uptimeMs' | 'timing'>
>;

/**
 * Signaling at work. Reports of the switch become facts in the log (`reports/`), what the log asks for is done on the switch
 * (`orders/`), callers who wait get an agent or go on (`waiting/`); one process at a time does it, for a term (`takeover/`).
 */
export interface Signaling extends AsyncDisposable {
  /** The term under way; waits for the next one when this process is standing by. */
  term(): Promise<Term>;
  /** `true`, or why it is not able to do its work. Standing by for the master is work. */
  readiness(): true | string;
  /** Rejects with a sentence when this program cannot read the log any further: the process must end. */
  readonly failed: Promise<never>;
  /** Resolves when every report so far is decided on and nothing is under way on the switch. */
  settled(): Promise<void>;
}

const tellMaster = ({ logger, switchNumber }: SignalingOptions, owner: string, master: string): void => {
  if (master !== owner)
    return logger.info({ switch: switchNumber, master }, 'standing by: another process is the master');
  return logger.error(
    { switch: switchNumber, master },
    `Another living process of signaling is called ${owner}. Give each an INSTANCE of its own; this one stands by.`,
  );
};

/** The terms of this process, one after the other, each after a time of standing by. */
const createTerms = (options: SignalingOptions, owner: string, closing: AbortSignal) => {
  const { coordination, logger, switchNumber } = options;
  const closed = new Promise<string>((resolve) =>
    closing.addEventListener('abort', () => resolve('it is shut down'), { once: true }),
  );
  const waiting = new Set<(term: Term) => void>();
  let current: Term | undefined;
  let isTakingOver = false;
  return {
    current: (): Term | undefined => current,
    isTakingOver: (): boolean => isTakingOver,
    next: (): Promise<Term> =>
      current ? Promise.resolve(current) : new Promise((resolve) => void waiting.add(resolve)),
    serveOne: async (): Promise<void> => {
      isTakingOver = false;
      const name = `switch-${switchNumber}`;
      await using mastership = await coordination.masterships.acquire({
        service: 'signaling',
        name,
        owner,
        onOther: (master) => tellMaster(options, owner, master),
        signal: closing,
      });
      isTakingOver = true;
      await using term = await openTerm({ ...options, mastership });
      current = term;
      const { epoch } = mastership;
      logger.info({ switch: switchNumber, epoch }, 'this process is the master of the switch');
      for (const tell of waiting) tell(term);
      waiting.clear();
      const reason = await Promise.race([term.over, closed]);
      current = undefined;
      logger.info({ switch: switchNumber, reason }, 'this process is no longer the master of the switch');
    },
  };
};

/** Starts signaling: stands by until it is the master of the switch, takes its calls over, and follows switch and log. */
export const startSignaling = (
  given: Omit<SignalingOptions, keyof OptionalSettings> & OptionalSettings & { readonly owner?: string },
): Signaling => {
  const options: SignalingOptions = {
    switchNumber: 0,
    policyWaitMs: 2_000,
    recordings: openRecordingStore(''),
    uptimeMs: () => performance.now(),
    timing: processTiming,
    ...given,
  };
  const { logger, timing } = options;
  const closing = new AbortController();
  const terms = createTerms(options, given.owner ?? randomUUID(), closing.signal);
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  const serve = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        await terms.serveOne();
      } catch (error) {
        if (closing.signal.aborted) return;
        if (error instanceof ServiceTooOldError) return failed.reject(error);
        logger.error({ error }, 'the switch could not be taken over; it is tried again');
      }
      await timing.pause(betweenTermsMs, closing.signal);
    }
  };
  const serving = serve();
  return {
    term: terms.next,
    readiness: () => {
      const term = terms.current();
      if (term) return term.whyNotAble() ?? true;
      return terms.isTakingOver() ? 'the calls on the switch are being taken over' : true;
    },
    failed: failed.promise,
    settled: async () => terms.current()?.settled(),
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      await serving;
    },
  };
};

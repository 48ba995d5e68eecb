import type { CallEvent, Instant } from '@earshot/contracts';
import { runDecisions, type DecisionRuntime, type DecisionService } from '@earshot/event-log';
import { call } from '../domain/call.ts';
import type { CallInput } from '../domain/call-input.ts';
import type { CallState } from '../domain/call-state.ts';
import type { Directory } from '../domain/directory.ts';
import type { SwitchReport } from '../domain/switch.ts';
import { takingReports } from '../reports/take-report.ts';
import { createParts, type Parts, type TermOptions } from './parts.ts';

/** How often what waits is looked at, in ms. */
const tickMs = 250;
const ticksPerAllocation = 4;
/** How long what is under way may take when the term ends in good order, in ms. */
const drainMs = 5_000;

/** The time in which one process is the master of a switch. */
export interface Term extends AsyncDisposable {
  readonly directory: Directory;
  readonly runtime: DecisionRuntime<CallState, CallInput>;
  /** Why it cannot do its work now; undefined: it can. */
  whyNotAble(): string | undefined;
  /** Resolves when every report so far is decided on and nothing is under way on the switch. */
  settled(): Promise<void>;
  /**
   * Resolves with the reason when it is over: another has the switch, or the mastership. Rejects when this program cannot
   * read the log any further.
   */
  readonly over: Promise<string>;
}

/** Inputs that follow from what other services decided; all else follows from the state (`tasksOf`). */
const inputsOf = (event: CallEvent, directory: Directory): readonly CallInput[] => {
  const at = event.occurredAt;
  if (event.type === 'SupervisionRequestedByApi') {
    const { legId, phone } = event.data;
    return [{ type: 'supervisor-called', at, legId, phone, directory }];
  }
  if (event.type !== 'SupervisionRefused') return [];
  const { legId, reason } = event.data;
  return [{ type: 'supervision-refused', at, legId, reason, directory }];
};

const serviceOf = ({ calls, directory }: Parts): DecisionService<CallState, CallInput, 'signaling'> => ({
  writer: 'signaling',
  decider: call,
  inputsOf: (event) => inputsOf(event, directory),
  onState: calls.onState,
  // After a conflict the log may say more than what was told so far.
  onLoaded: calls.onState,
  onUnreadable: calls.onUnreadable,
});

/** Nobody heard the keys since the connection was lost, or since the last master; told before anything that came after. */
const missKeys = ({ calls, deciding }: Parts, epoch: number, at: Instant): void => {
  for (const { callId, state } of calls.list()) {
    if (!state.windows.some((window) => window.isOpen)) continue;
    const cause = { source: 'SWITCH', id: `keys-missed:${at}:${epoch}` } as const;
    deciding.track(deciding.decide(callId, { type: 'keys-missed', at }, cause));
  }
};

/** Somebody else may have operated the switch until now. */
const inheritCalls = (parts: Parts, { mastership }: TermOptions): void => {
  for (const { callId, state } of parts.calls.list()) parts.topology.inherit(callId, state);
  missKeys(parts, mastership.epoch, parts.switch.now());
};

/** What is to go is taken away although it is in doubt what is true on the switch. */
const takeAway = ({ calls, orders }: Parts): void => {
  for (const { callId, state } of calls.list()) orders.follow(callId, state);
};

/** Takes what the switch tells, in the order in which it tells it. @param end called when another process has the switch */
const takingAll = (
  parts: Parts,
  { logger, mastership }: TermOptions,
  closing: AbortSignal,
  end: (reason: string) => void,
): ((report: SwitchReport) => void) => {
  const { switch: theSwitch, orders, legs, directory, deciding, comparing } = parts;
  const { decide } = deciding;
  const takeReport = takingReports({ switch: theSwitch, orders, legs, directory, logger, decide });
  return (report) => {
    if (closing.aborted) return;
    switch (report.type) {
      case 'replaced':
        return end('another process has taken the switch');
      case 'reconnected':
        missKeys(parts, mastership.epoch, report.at);
        comparing.begin();
        return takeAway(parts);
      default:
        return deciding.track(takeReport(report));
    }
  };
};

/** What is looked at again and again. */
const ticking = (parts: Parts, options: TermOptions): (() => void) => {
  const { policyWait, comparing, watch, orders, allocator } = parts;
  const { mastership } = options;
  let ticks = 0;
  let { epoch } = mastership;
  return () => {
    ticks += 1;
    policyWait.check();
    if (mastership.epoch !== epoch) {
      ({ epoch } = mastership);
      inheritCalls(parts, options);
      comparing.begin();
    }
    if (comparing.isCompared()) {
      watch.look();
      orders.tryAgain();
      if (ticks % ticksPerAllocation === 0) allocator.allocate();
    }
    comparing.tick();
  };
};

/** Resolves when the calls of the switch are folded up to the end of the log. */
const foldLog = (parts: Parts, options: TermOptions): Promise<Term['runtime']> => {
  const { log, coordination, timing, mastership, logger, switchNumber } = options;
  return runDecisions({
    service: serviceOf(parts),
    log,
    coordination,
    timing,
    mastership,
    switch: switchNumber,
    alarm: (alarm) => logger.error(alarm, alarm.what),
    onIgnored: (ignored) => logger.info(ignored, 'ignored'),
  });
};

const settled = async ({ deciding, orders }: Parts): Promise<void> => {
  await deciding.idle();
  await orders.idle();
};

const whyNotAble = (
  { switch: theSwitch, comparing }: Parts,
  { mastership }: TermOptions,
): string | undefined => {
  if (!theSwitch.isConnected()) return 'the switch cannot be reached';
  if (!mastership.holds())
    return 'the log cannot be reached, so that being the master of the switch cannot be proved';
  return comparing.isCompared() ? undefined : 'the calls on the switch are being compared with the log';
};

/**
 * Takes a switch over: connects, folds its calls up to the end of the log, compares them with what is there, and only then
 * begins to operate it.
 */
export const openTerm = async (options: TermOptions): Promise<Term> => {
  const { timing, mastership } = options;
  const closing = new AbortController();
  const { promise: over, resolve } = Promise.withResolvers<string>();
  let ended: string | undefined;
  const end = (reason: string): void => resolve((ended ??= reason));
  void mastership.lost.then(() => end('another process is the master of the switch'));
  const requireStillOurs = (): void => {
    if (ended !== undefined) throw new Error(`The switch was lost while it was taken over: ${ended}`);
  };
  const early: SwitchReport[] = [];
  let isOpen = false;
  const parts = createParts(options, {
    closing: closing.signal,
    isOpen: () => isOpen,
    untold: (report) => take(report),
  });
  const { switch: theSwitch, deciding, calls, comparing, watch } = parts;
  const take = takingAll(parts, options, closing.signal, end);
  let runtime: Term['runtime'] | undefined;
  await using opening = new AsyncDisposableStack();
  opening.defer(async () => runtime?.[Symbol.asyncDispose]());
  opening.use(theSwitch);
  opening.defer(() => closing.abort());
  opening.defer(async () => {
    if (mastership.holds()) await Promise.race([settled(parts), timing.pause(drainMs)]);
  });

  await watch.load();
  const onReport = (report: SwitchReport): void => {
    if (isOpen || report.type === 'replaced') take(report);
    else early.push(report);
  };
  await Promise.race([theSwitch.start(onReport), over]);
  runtime = await foldLog(parts, options);
  // What was told before is for whoever has the switch now.
  requireStillOurs();
  deciding.begin(runtime);
  inheritCalls(parts, options);
  // What goes away is taken away although the switch does not tell yet what is true on it.
  isOpen = true;
  for (const { callId, state } of calls.list()) calls.onState(callId, state);
  for (const report of early.splice(0)) take(report);
  await Promise.race([comparing.first(), over]);
  requireStillOurs();
  opening.defer(timing.every(tickMs, ticking(parts, options)));
  const opened = opening.move();
  return {
    directory: parts.directory,
    runtime,
    over: Promise.race([over, runtime.failed]),
    settled: () => settled(parts),
    whyNotAble: () => whyNotAble(parts, options),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
};

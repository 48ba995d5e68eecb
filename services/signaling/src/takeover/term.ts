import type { CallEvent, CallId, Instant } from '@earshot/contracts';
import {
  runDecisions,
  type DecisionRuntime,
  type DecisionService,
  type Mastership,
  type OutsideCause,
} from '@earshot/event-log';
import { call } from '../domain/call.ts';
import type { CallInput } from '../domain/call-input.ts';
import type { CallState } from '../domain/call-state.ts';
import type { Directory } from '../domain/directory.ts';
import type { SwitchReport } from '../domain/switch.ts';
import { createCollector } from '../orders/collector.ts';
import { createOrders } from '../orders/orders.ts';
import { createTopologyOnSwitch } from '../orders/topology-on-switch.ts';
import { createLiveLegs } from '../reports/live-legs.ts';
import { takingReports } from '../reports/take-report.ts';
import type { SignalingOptions } from '../service.ts';
import { directoryOf } from '../settings-directory.ts';
import { createAllocator } from '../waiting/allocator.ts';
import { createPolicyWait } from '../waiting/policy-wait.ts';
import { createComparing } from './comparing.ts';
import { guardedSwitch } from './guarded-switch.ts';
import { createLiveCalls } from './live-calls.ts';
import { createWatch } from './watch.ts';

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
const inputsOf = (event: CallEvent, directory: Directory): readonly CallInput[] =>
  event.type === 'SupervisionRefused'
    ? [
        {
          type: 'supervision-refused',
          at: event.occurredAt,
          legId: event.data.legId,
          reason: event.data.reason,
          directory,
        },
      ]
    : [];

/**
 * Takes a switch over: connects, folds its calls up to the end of the log, compares them with what is there, and only then
 * begins to operate it.
 */
export const openTerm = async (
  options: SignalingOptions & { readonly mastership: Mastership },
): Promise<Term> => {
  const { log, coordination, settings, logger, now, uptimeMs, timing, mastership } = options;
  const closing = new AbortController();
  const theSwitch = guardedSwitch(options.openSwitch(), mastership, () => comparing.suspect());
  const legs = createLiveLegs();
  const underWay = new Set<Promise<unknown>>();
  const early: SwitchReport[] = [];
  let runtime: DecisionRuntime<CallState, CallInput> | undefined;
  let isOpen = false;
  let end = (_reason: string): void => {};
  const over = new Promise<string>((resolve) => {
    end = resolve;
  });
  void mastership.lost.then(() => end('another process is the master of the switch'));

  const track = (work: Promise<unknown>): void => {
    const tracked = work
      .catch((error: unknown) => {
        if (!closing.signal.aborted) logger.error({ error }, 'an input could not be decided on');
      })
      .finally(() => underWay.delete(tracked));
    underWay.add(tracked);
  };
  const decide = async (callId: CallId, input: CallInput, cause: OutsideCause): Promise<unknown> =>
    runtime?.decide(callId, input, cause);
  const decideAs = (source: OutsideCause['source']) => (callId: CallId, input: CallInput, id: string) =>
    decide(callId, input, { source, id });

  const directory: Directory = directoryOf(
    settings,
    (extension) => legs.isFree(extension) && !allocator.isReserved(extension),
  );
  const allocator = createAllocator({ directory, now, decide: decideAs('TIMER') });
  const policyWait = createPolicyWait({ waitMs: options.policyWaitMs, now, decide: decideAs('TIMER') });
  let makings = 0;
  const topology = createTopologyOnSwitch(
    theSwitch,
    logger,
    (role) => `${role}.${mastership.epoch}-${(makings += 1)}`,
    uptimeMs,
  );
  const collector = createCollector({
    switch: theSwitch,
    store: options.recordings,
    logger,
    now,
    decide: decideAs('SWITCH'),
  });
  const orders = createOrders({
    switch: theSwitch,
    topology,
    collector,
    directory,
    logger,
    now,
    uptimeMs,
    timing,
    closing: closing.signal,
    decide,
    may: () => (comparing.isCompared() ? 'do everything' : isOpen ? 'stop recorders' : 'do nothing'),
  });
  const watch = createWatch({
    switch: theSwitch,
    mastership,
    marks: coordination.marks,
    name: `switch-${options.switchNumber}`,
    logger,
  });

  const comparing = createComparing({
    compare: {
      switch: theSwitch,
      switchNumber: options.switchNumber,
      orders,
      topology,
      legs,
      directory,
      logger,
      now,
      liveCalls: () => calls.list(),
      watchedUntil: watch.until,
      decide: decideAs('SWITCH'),
      stateOf: (callId) => (runtime ? runtime.stateOf(callId) : Promise.resolve(call.initialState())),
      arrived: (arrival) => take(arrival),
    },
    timing,
    closing: closing.signal,
    onCompared: () => {
      for (const { callId, state } of calls.list()) orders.follow(callId, state);
      allocator.allocate();
    },
  });

  let isAllocationDue = false;
  const allocateSoon = (): void => {
    if (isAllocationDue || !isOpen) return;
    isAllocationDue = true;
    queueMicrotask(() => {
      isAllocationDue = false;
      if (comparing.isCompared()) allocator.allocate();
    });
  };
  const calls = createLiveCalls((callId, state) => {
    legs.update(callId, state);
    allocator.update(callId, state);
    policyWait.update(callId, state);
    orders.follow(callId, state);
    allocateSoon();
  });
  const { onState, onUnreadable } = calls;
  const service: DecisionService<CallState, CallInput, 'signaling'> = {
    writer: 'signaling',
    decider: call,
    inputsOf: (event) => inputsOf(event, directory),
    onState,
    // After a conflict the log may say more than what was told so far.
    onLoaded: onState,
    onUnreadable,
  };

  const takeReport = takingReports({ switch: theSwitch, orders, legs, directory, logger, decide });

  const inheritCalls = (): void => {
    for (const { callId, state } of calls.list()) topology.inherit(callId, state);
  };

  /** Nobody heard the keys since the connection was lost, or since the last master; told before anything that came after. */
  const missKeys = (at: Instant): void => {
    for (const { callId, state } of calls.list()) {
      if (state.windows.some((window) => window.isOpen))
        track(
          decide(
            callId,
            { type: 'keys-missed', at },
            { source: 'SWITCH', id: `keys-missed:${at}:${mastership.epoch}` },
          ),
        );
    }
  };

  const take = (report: SwitchReport): void => {
    if (closing.signal.aborted) return;
    switch (report.type) {
      case 'replaced':
        return end('another process has taken the switch');
      case 'reconnected':
        missKeys(report.at);
        return comparing.begin();
      default:
        return track(takeReport(report));
    }
  };

  let ticks = 0;
  let epoch = mastership.epoch;
  const tick = (): void => {
    ticks += 1;
    policyWait.check();
    if (mastership.epoch !== epoch) {
      // Between the two epochs somebody else may have operated the switch.
      epoch = mastership.epoch;
      inheritCalls();
      missKeys(now());
      comparing.begin();
    }
    if (comparing.isCompared()) {
      watch.look();
      orders.tryAgain();
      if (ticks % ticksPerAllocation === 0) allocator.allocate();
    }
    comparing.tick();
  };

  const settled = async (): Promise<void> => {
    while (underWay.size > 0) await Promise.allSettled(underWay);
    await orders.idle();
  };
  const close = async (): Promise<void> => {
    if (mastership.holds()) await Promise.race([settled(), timing.pause(drainMs)]);
    closing.abort();
    await theSwitch[Symbol.asyncDispose]();
    await runtime?.[Symbol.asyncDispose]();
  };

  try {
    await watch.load();
    await Promise.race([
      theSwitch.start((report) => (isOpen ? take(report) : void early.push(report))),
      over,
    ]);
    runtime = await runDecisions({
      service,
      log,
      coordination,
      timing,
      mastership,
      switch: options.switchNumber,
      alarm: (alarm) => logger.error(alarm, alarm.what),
      onIgnored: (ignored) => logger.info(ignored, 'ignored'),
    });
    inheritCalls();
    missKeys(now());
    // What goes away is taken away although the switch does not tell yet what is true on it.
    isOpen = true;
    for (const { callId, state } of calls.list()) onState(callId, state);
    for (const report of early.splice(0)) take(report);
    await comparing.first();
  } catch (error) {
    await close();
    throw error;
  }
  const stopTicking = timing.every(tickMs, tick);
  return {
    directory,
    runtime,
    over: Promise.race([over, runtime.failed]),
    settled,
    whyNotAble: () => {
      if (!theSwitch.isConnected()) return 'the switch cannot be reached';
      if (!mastership.holds())
        return 'the log cannot be reached, so that being the master of the switch cannot be proved';
      return comparing.isCompared() ? undefined : 'the calls on the switch are being compared with the log';
    },
    [Symbol.asyncDispose]: async () => {
      stopTicking();
      await close();
    },
  };
};

import { callIdOf, type CallEvent, type CallId, type Instant } from '@earshot/contracts';
import { runDecisions, type DecisionRuntime, type DecisionService, type Mastership, type OutsideCause } from '@earshot/event-log';
import { call } from '../domain/call.ts';
import type { CallInput } from '../domain/call-input.ts';
import { isOver, modeOfKey, type CallState } from '../domain/call-state.ts';
import type { Directory } from '../domain/directory.ts';
import type { SwitchReport } from '../domain/switch.ts';
import { createCollector } from '../orders/collector.ts';
import { createOrders } from '../orders/orders.ts';
import { createTopologyOnSwitch } from '../orders/topology-on-switch.ts';
import { createLiveLegs } from '../reports/live-legs.ts';
import { routeReport } from '../reports/route-report.ts';
import type { SignalingOptions } from '../service.ts';
import { directoryOf } from '../settings-directory.ts';
import { createAllocator } from '../waiting/allocator.ts';
import { createPolicyWait } from '../waiting/policy-wait.ts';
import { createComparing } from './comparing.ts';
import { guardedSwitch } from './guarded-switch.ts';
import { createWatch } from './watch.ts';

/** How often what waits is looked at, in ms. */
const tickMs = 250;
const ticksPerAllocation = 4;
/** How often the switch is compared with the log although nothing was lost, in ticks. */
const ticksPerComparison = 120;
/** After each doubt the switch is compared once more, in ticks: what was asked of it again may have been over already, and is not reported twice. */
const ticksUntilSecondLook = 8;
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

type Report<T extends SwitchReport['type']> = Extract<SwitchReport, { type: T }>;

/** Inputs that follow from what other services decided; all else follows from the state (`tasksOf`). */
const inputsOf = (event: CallEvent, directory: Directory): readonly CallInput[] =>
  (event.type === 'SupervisionRefused'
    ? [{ type: 'supervision-refused', at: event.occurredAt, legId: event.data.legId, reason: event.data.reason, directory }]
    : []);

/**
 * Takes a switch over: connects, folds its calls up to the end of the log, compares them with what is there, and only then
 * begins to operate it.
 */
export const openTerm = async (options: SignalingOptions & { readonly mastership: Mastership }): Promise<Term> => {
  const { log, coordination, settings, logger, now, uptimeMs, timing, mastership } = options;
  const closing = new AbortController();
  const theSwitch = guardedSwitch(options.openSwitch(), mastership);
  const legs = createLiveLegs();
  const underWay = new Set<Promise<unknown>>();
  const early: SwitchReport[] = [];
  let runtime: DecisionRuntime<CallState, CallInput> | undefined;
  let isOpen = false;
  let end = (_reason: string): void => {};
  const over = new Promise<string>((resolve) => { end = resolve; });
  void mastership.lost.then(() => end('another process is the master of the switch'));

  const track = (work: Promise<unknown>): void => {
    const tracked = work
      .catch((error: unknown) => { if (!closing.signal.aborted) logger.error({ error }, 'an input could not be decided on'); })
      .finally(() => underWay.delete(tracked));
    underWay.add(tracked);
  };
  const decide = async (callId: CallId, input: CallInput, cause: OutsideCause): Promise<unknown> => runtime?.decide(callId, input, cause);
  const decideAs = (source: OutsideCause['source']) => (callId: CallId, input: CallInput, id: string) => decide(callId, input, { source, id });

  const directory: Directory = directoryOf(settings, (extension) => legs.isFree(extension) && !allocator.isReserved(extension));
  const allocator = createAllocator({ directory, now, decide: decideAs('TIMER') });
  const policyWait = createPolicyWait({ waitMs: options.policyWaitMs, now, decide: decideAs('TIMER') });
  let makings = 0;
  const topology = createTopologyOnSwitch(theSwitch, logger, (role) => `${role}.${mastership.epoch}-${(makings += 1)}`, uptimeMs);
  const collector = createCollector({ switch: theSwitch, store: options.recordings, logger, now, decide: decideAs('SWITCH') });
  const orders = createOrders({
    switch: theSwitch, topology, collector, directory, logger, now, uptimeMs, timing,
    closing: closing.signal, decide,
    may: () => (comparing.isCompared() ? 'do everything' : isOpen ? 'stop recorders' : 'do nothing'),
  });
  const watch = createWatch({ switch: theSwitch, mastership, marks: coordination.marks, name: `switch-${options.switchNumber}`, logger });
  /** Kept here, because the runtime has no state of a call while it reads it from the log again. */
  const live = new Map<CallId, CallState>();
  const liveCalls = () => [...live].map(([callId, state]) => ({ callId, state }));

  let ticks = 0;
  let lookAgainAt = Infinity;
  const comparing = createComparing({
    compare: {
      switch: theSwitch, orders, topology, legs, directory, logger, now, liveCalls, watchedUntil: watch.until, decide: decideAs('SWITCH'),
      stateOf: (callId) => (runtime ? runtime.stateOf(callId) : Promise.resolve(call.initialState())), arrived: (arrival) => take(arrival),
    },
    timing, closing: closing.signal,
    onCompared: () => {
      lookAgainAt = ticks + ticksUntilSecondLook;
      for (const { callId, state } of liveCalls()) orders.follow(callId, state);
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
  const unreadable = new Set<CallId>();
  const onState = (callId: CallId, folded: CallState): void => {
    const state = unreadable.has(callId) ? { ...folded, isUnreadable: true } : folded;
    if (isOver(state)) live.delete(callId);
    else live.set(callId, state);
    legs.update(callId, state);
    allocator.update(callId, state);
    policyWait.update(callId, state);
    orders.follow(callId, state);
    allocateSoon();
  };
  const service: DecisionService<CallState, CallInput, 'signaling'> = {
    writer: 'signaling', decider: call, inputsOf: (event) => inputsOf(event, directory), onState,
    // After a conflict the log may say more than what was told so far.
    onLoaded: onState,
    onUnreadable: (callId) => {
      unreadable.add(callId);
      const known = live.get(callId);
      if (known) onState(callId, known);
    },
  };

  /** What cannot wait until the log has the report. The answer ends it, when the log has. */
  const actAtOnce = (report: SwitchReport): (() => void) | undefined => {
    if (report.type === 'recorder-started') {
      const callId = callIdOf(report.recordingId);
      if (callId) orders.recorderRuns(callId, report.recordingId);
    }
    if (report.type !== 'key-pressed' && report.type !== 'leg-gone') return undefined;
    const known = legs.legOf(report.handle);
    if (!known) return undefined;
    const { callId, state, leg } = known;
    if (report.type === 'leg-gone') return orders.legLeft(callId, state, report.handle);
    const mode = leg.party === 'supervisor' ? modeOfKey(report.key) : undefined;
    return mode && orders.keyPressed(callId, state, leg, mode);
  };

  /** What it dialled leads nowhere; or it is over by the log, and is there yet or came late. */
  const hangUpUnlessAlive = async (handle: string): Promise<void> => {
    const known = legs.legOf(handle);
    if (known && known.leg.state !== 'ended') return;
    logger.warn('a leg that dialled what is no number of ours, or that is over by the log, is hung up');
    legs.forget(handle);
    await theSwitch.perform({ op: 'hang-up', leg: handle });
  };

  const route = async (report: Exclude<SwitchReport, Report<'reconnected'> | Report<'replaced'>>): Promise<void> => {
    const undo = actAtOnce(report);
    const routed = routeReport(report, legs, directory);
    if (!routed) return logger.debug({ report: report.type }, 'a report about nothing of ours');
    // Keys change nothing that the switch could be asked for.
    if (report.type !== 'key-pressed') orders.reported(routed.callId);
    try {
      await decide(routed.callId, routed.input, routed.cause);
      if (report.type === 'leg-arrived' || report.type === 'leg-answered') await hangUpUnlessAlive(report.handle);
    } finally {
      undo?.();
    }
  };

  /** Nobody heard the keys since the connection was lost, or since the last master; told before anything that came after. */
  const missKeys = (at: Instant): void => {
    for (const { callId, state } of liveCalls()) {
      if (state.windows.some((window) => window.isOpen)) track(decide(callId, { type: 'keys-missed', at }, { source: 'SWITCH', id: `keys-missed:${at}:${mastership.epoch}` }));
    }
  };

  const take = (report: SwitchReport): void => {
    if (closing.signal.aborted) return;
    switch (report.type) {
      case 'replaced': return end('another process has taken the switch');
      case 'reconnected':
        missKeys(report.at);
        return comparing.begin();
      default: return track(route(report));
    }
  };

  let epoch = mastership.epoch;
  const tick = (): void => {
    ticks += 1;
    policyWait.check();
    if (mastership.epoch !== epoch) {
      // Between the two epochs somebody else may have operated the switch.
      epoch = mastership.epoch;
      missKeys(now());
      comparing.begin();
    }
    if (!comparing.isCompared()) return;
    watch.look();
    orders.tryAgain();
    if (ticks % ticksPerAllocation === 0) allocator.allocate();
    if (ticks % ticksPerComparison !== 0 && ticks < lookAgainAt) return;
    lookAgainAt = Infinity;
    comparing.look();
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
    await Promise.race([theSwitch.start((report) => (isOpen ? take(report) : void early.push(report))), over]);
    runtime = await runDecisions({
      service, log, coordination, timing, mastership, switch: options.switchNumber, alarm: (alarm) => logger.error(alarm, alarm.what), onIgnored: (ignored) => logger.info(ignored, 'ignored'),
    });
    missKeys(now());
    // What goes away is taken away although the switch does not tell yet what is true on it.
    isOpen = true;
    for (const { callId, state } of liveCalls()) onState(callId, state);
    for (const report of early.splice(0)) take(report);
    await comparing.first();
  } catch (error) {
    await close();
    throw error;
  }
  const stopTicking = timing.every(tickMs, tick);
  return {
    directory, runtime, over: Promise.race([over, runtime.failed]), settled,
    whyNotAble: () => {
      if (!theSwitch.isConnected()) return 'the switch cannot be reached';
      if (!mastership.holds()) return 'the log cannot be reached, so that being the master of the switch cannot be proved';
      return comparing.isCompared() ? undefined : 'the calls on the switch are being compared with the log';
    },
    [Symbol.asyncDispose]: async () => {
      stopTicking();
      await close();
    },
  };
};

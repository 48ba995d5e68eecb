import type { CallEvent, CallId, EventType, Instant } from '@earshot/contracts';
import { processTiming, runDecisions, type CallLog, type Coordination, type DecisionRuntime, type DecisionService, type OutsideCause, type SettingsView, type Timing } from '@earshot/event-log';
import type { Logger } from '@earshot/service-kit';
import { call } from './domain/call.ts';
import type { CallInput } from './domain/call-input.ts';
import type { CallState } from './domain/call-state.ts';
import type { Directory } from './domain/directory.ts';
import { agentsFor } from './domain/offers.ts';
import type { Switch, SwitchReport, SwitchSnapshot } from './domain/switch.ts';
import { createHands } from './hands.ts';
import { createLiveLegs } from './live-legs.ts';
import { missedInputs } from './reconcile.ts';
import { routeReport } from './reports.ts';
import { directoryOf } from './settings-directory.ts';
import { createTopologyOnSwitch } from './topology-on-switch.ts';

/** How often waiting callers are offered again and tasks that did not get through are tried again, in ms. */
const tickMs = 1_000;
/** Pause before a switch that did not answer is asked again what is true on it, in ms. */
const snapshotRetryMs = 500;

export interface SignalingOptions {
  readonly log: CallLog;
  readonly coordination: Coordination;
  readonly settings: SettingsView;
  readonly switch: Switch;
  readonly logger: Logger;
  readonly owner?: string;
  /** The switch's clock for what we notice ourselves. */
  readonly now?: () => Instant;
  readonly timing?: Timing;
}

/** Signaling at work: reports of the switch become facts in the log; what the log asks for is done on the switch. */
export interface Signaling extends AsyncDisposable {
  readonly directory: Directory;
  readonly runtime: DecisionRuntime<CallState, CallInput>;
  /** Resolves when every report so far is decided on and nothing is under way on the switch. */
  settled(): Promise<void>;
}

/** Inputs that follow from what other services decided; all else follows from the state (`tasksOf`). */
const inputsOf = (event: CallEvent, directory: Directory): readonly CallInput[] =>
  event.type === 'SupervisionRefused'
    ? [{ type: 'supervision-refused', at: event.occurredAt, legId: event.data.legId, reason: event.data.reason, directory }]
    : [];

/** Starts signaling: takes over the calls that run, brings the log to what is true on the switch, then follows both. */
export const startSignaling = async (options: SignalingOptions): Promise<Signaling> => {
  const { log, coordination, settings, logger, switch: theSwitch, now = () => new Date().toISOString(), timing = processTiming } = options;
  const legs = createLiveLegs();
  const directory = directoryOf(settings, legs.isFree);
  const underWay = new Set<Promise<unknown>>();
  const earlyReports: SwitchReport[] = [];
  let runtime: DecisionRuntime<CallState, CallInput> | undefined;
  let isTakenOver = false;

  const decide = async (callId: CallId, input: CallInput, cause: OutsideCause): Promise<unknown> => runtime?.decide(callId, input, cause);
  const topology = createTopologyOnSwitch(theSwitch, logger);
  const hands = createHands({ switch: theSwitch, topology, directory, logger, now, timing, decide });

  const service: DecisionService<CallState, CallInput, 'signaling', EventType> = {
    writer: 'signaling',
    decider: call,
    inputsOf: (event) => inputsOf(event, directory),
    onState: (callId, state) => {
      legs.update(callId, state);
      if (isTakenOver) hands.follow(callId, state);
    },
  };

  const track = (work: Promise<unknown>): void => {
    const tracked = work.catch((error: unknown) => logger.error({ error }, 'a report of the switch could not be decided on')).finally(() => underWay.delete(tracked));
    underWay.add(tracked);
  };

  const hangUpStranger = async (handle: string): Promise<void> => {
    legs.forget(handle);
    await theSwitch.perform({ op: 'hang-up', leg: handle });
  };

  const take = (report: SwitchReport): void => {
    if (report.type === 'reconnected') return track(takeOver());
    const routed = routeReport(report, legs, directory);
    if (!routed) return logger.debug({ report: report.type }, 'a report about nothing of ours');
    track(runtime?.decide(routed.callId, routed.input, routed.cause).then((decision) => {
      if (report.type !== 'leg-arrived' || decision.outcome === 'accepted' || decision.because !== 'number_leads_nowhere') return undefined;
      logger.warn({ callId: routed.callId }, 'somebody dialled what is neither line, extension, service code nor outside number; the leg is hung up');
      return hangUpStranger(report.handle);
    }) ?? Promise.resolve());
  };

  const snapshotWhenThere = async (): Promise<SwitchSnapshot> => {
    for (;;) {
      try {
        return await theSwitch.snapshot();
      } catch (error) {
        logger.warn({ error }, 'the switch does not tell what is true on it; it is asked again');
        await timing.pause(snapshotRetryMs);
      }
    }
  };

  const takeOver = async (): Promise<void> => {
    const snapshot = await snapshotWhenThere();
    topology.forgetAll();
    for (const { callId, state } of runtime?.liveCalls() ?? []) {
      const gone = state.recorders.filter(({ recordingId }) => !snapshot.recorders.some((running) => running.recordingId === recordingId));
      const lengths = new Map<string, number>();
      for (const { recordingId } of gone) lengths.set(recordingId, (await theSwitch.recordingLength(recordingId)) ?? 0);
      const at = now();
      for (const [place, input] of missedInputs(state, snapshot, at, directory, (id) => lengths.get(id) ?? 0).entries()) {
        await decide(callId, input, { source: 'SWITCH', id: `missed:${at}:${place}` });
      }
    }
    for (const { handle, arrival } of snapshot.legs.filter(({ handle }) => legs.callOf(handle) === undefined)) {
      if (arrival) take(arrival);
      else await hangUpStranger(handle);
    }
    for (const { recordingId } of snapshot.recorders) {
      const isKnown = runtime?.liveCalls().some(({ state }) => state.recorders.some((recorder) => recorder.recordingId === recordingId));
      if (!isKnown) await theSwitch.perform({ op: 'stop-recorder', recordingId });
    }
  };

  let ticks = 0;
  const tick = (): void => {
    ticks += 1;
    for (const { callId, state } of runtime?.liveCalls() ?? []) {
      hands.follow(callId, state);
      const at = now();
      if (state.queue && !state.ended && agentsFor(state, directory, at).length > 0) {
        track(decide(callId, { type: 'agents-looked-for', at, directory }, { source: 'TIMER', id: `agents:${at}:${ticks}` }));
      }
    }
  };

  await theSwitch.start((report) => (isTakenOver ? take(report) : void earlyReports.push(report)));
  runtime = await runDecisions({
    service, log, coordination, timing, alarm: (alarm) => logger.error(alarm, alarm.what),
    onIgnored: (ignored) => logger.info(ignored, 'ignored'), ...(options.owner ? { owner: options.owner } : {}),
  });
  for (const { callId, state } of runtime.liveCalls()) legs.update(callId, state);
  await takeOver();
  isTakenOver = true;
  for (const report of earlyReports.splice(0)) take(report);
  for (const { callId, state } of runtime.liveCalls()) hands.follow(callId, state);
  const stopTicking = timing.every(tickMs, tick);

  const settled = async (): Promise<void> => {
    while (underWay.size > 0) await Promise.allSettled(underWay);
    await hands.idle();
  };
  return {
    directory, runtime, settled,
    [Symbol.asyncDispose]: async () => {
      stopTicking();
      await settled();
      await runtime?.[Symbol.asyncDispose]();
      await theSwitch[Symbol.asyncDispose]();
    },
  };
};

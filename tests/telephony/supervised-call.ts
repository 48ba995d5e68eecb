import type { CallEvent, CallId, SupervisionMode } from '@earshot/contracts';
import type { Phone } from '@earshot/testkit/phones';
import { hearingOf, type Hearing, type Span } from './hearing.ts';
import { bargeSpans, modeHistory, onTheWayMs, type ModeSpan } from './mode-history.ts';
import type { Change } from './random-changes.ts';
import { talk, tones, wait, type Stage } from './stage.ts';
import { toldCourse } from './told-course.ts';

export interface Cast {
  readonly customer: Phone;
  readonly agent: Phone;
  readonly supervisor: Phone;
}

/** Something that happens to the system as soon as a key was let go. */
export interface Disturbance {
  readonly name: string;
  /** False when signaling does not hear the switch for a while: what is pressed then is pressed again, as people do. */
  readonly keepsKeys: boolean;
  readonly happen: () => Promise<void>;
}

/** A supervised call that is over: what the log and the phones say of it. */
export interface Played {
  readonly callId: CallId;
  readonly agentLegId: string;
  readonly events: readonly CallEvent[];
  readonly history: readonly ModeSpan[];
  /** From when customer and agent heard each other until the customer hung up. */
  readonly talked: Span;
  /** When the customer may hear the supervisor. */
  readonly barged: readonly Span[];
  readonly pressed: readonly Press[];
  readonly heard: { readonly customer: Hearing; readonly agent: Hearing };
}

interface Press {
  readonly mode: SupervisionMode;
  readonly at: number;
}

/** How long a key may take to be heard of, while a service comes back, in ms. */
const patienceMs = 30_000;
/** After how long a key is pressed again that signaling could not hear of, in ms. */
const againMs = 1_500;

/** When the key of each mode of the history went down; a key that was lost led to none. */
const pressTimes = (history: readonly ModeSpan[], pressed: readonly Press[]): readonly number[] => {
  let next = 0;
  return history.slice(1).map(({ mode }) => {
    const found = pressed.findIndex((press, place) => place >= next && press.mode === mode);
    next = found < 0 ? pressed.length : found + 1;
    return pressed[found]?.at ?? Infinity;
  });
};

/** Waits until the mode was decided last and holds on the switch. False: it did not come about in time. */
const untilHolds = async (
  stage: Stage,
  callId: CallId,
  mode: SupervisionMode,
  limitMs: number,
): Promise<boolean> => {
  for (const giveUpAt = Date.now() + limitMs; Date.now() < giveUpAt; await wait(20)) {
    const last = modeHistory(stage.log.of(callId)).at(-1);
    if (last?.mode === mode && last.appliedAt !== Infinity) return true;
  }
  return false;
};

/** Waits until a call has ended, and everything that follows from it is in the log. */
export const untilLeft = async (stage: Stage, callId: CallId): Promise<void> => {
  await stage.log.until('CallEnded', { callId, limitMs: patienceMs });
  for (const event of stage.log.of(callId)) {
    if (event.type !== 'LegAnswered' && event.type !== 'SupervisionStarted') continue;
    const { legId } = event.data;
    await stage.log.until(event.type === 'LegAnswered' ? 'LegEnded' : 'SupervisionEnded', {
      callId,
      limitMs: patienceMs,
      fits: ({ data }) => data.legId === legId,
    });
  }
};

/**
 * A call that is supervised through all the changes. `disturbances` happen one each, spread evenly over them.
 * @throws with the course of the call when a key does not lead to its mode
 */
export const playSupervised = async (
  stage: Stage,
  { customer, agent, supervisor }: Cast,
  changes: readonly Change[],
  disturbances: readonly Disturbance[] = [],
): Promise<Played> => {
  const { callId, connectedAt } = await talk(stage, customer);
  await supervisor.dial('*901004');
  if (!(await untilHolds(stage, callId, 'spy', patienceMs)))
    throw new Error(`Nobody spies:\n${toldCourse({ events: stage.log.of(callId), pressed: [] })}`);
  const pressed: Press[] = [];
  const press = async ({ key, mode }: Change): Promise<void> => {
    pressed.push({ mode, at: Date.now() });
    await supervisor.press(key);
  };
  const each = disturbances.length === 0 ? Infinity : Math.floor(changes.length / disturbances.length);
  let isDeaf = false;
  for (const [place, change] of changes.entries()) {
    await press(change);
    const disturbance = place % each === 0 ? disturbances[place / each] : undefined;
    await disturbance?.happen();
    isDeaf ||= disturbance?.keepsKeys === false;
    if (!disturbance && !isDeaf && change.listenMs === null) continue;
    let holds = await untilHolds(stage, callId, change.mode, isDeaf ? againMs : patienceMs);
    for (let again = 0; isDeaf && !holds && again < patienceMs / againMs; again += 1) {
      await press(change);
      holds = await untilHolds(stage, callId, change.mode, againMs);
    }
    if (!holds) {
      throw new Error(
        `Key ${change.key} (change ${place}${disturbance ? `, ${disturbance.name}` : ''}) did not lead to ` +
          `${change.mode}:\n${toldCourse({ events: stage.log.of(callId), pressed })}`,
      );
    }
    if (!disturbance) isDeaf = false;
    await wait(onTheWayMs + (change.listenMs ?? 0));
  }
  const endedAt = Date.now();
  await customer.hangUp();
  await untilLeft(stage, callId);
  const events = stage.log.of(callId);
  const agentLegId =
    events.flatMap((event) => (event.type === 'SupervisionStarted' ? [event.data.supervisedLegId] : []))[0] ??
    '';
  const history = modeHistory(events);
  return {
    callId,
    agentLegId,
    events,
    history,
    pressed,
    talked: { from: connectedAt + onTheWayMs, to: endedAt - 20 },
    barged: bargeSpans(history, pressTimes(history, pressed), endedAt),
    heard: {
      customer: await hearingOf(customer, tones.agent),
      agent: await hearingOf(agent, tones.customer),
    },
  };
};

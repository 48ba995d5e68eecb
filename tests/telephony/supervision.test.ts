import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SupervisionMode } from '@earshot/contracts';
import type { Phone } from '@earshot/testkit/phones';
import { expectSoundOfControl, startSpiedControl, type SpiedControl } from './control-call.ts';
import { hearingOf, interruptions, leaks, lost, type Hearing, type Span } from './hearing.ts';
import { openStage, talk, tones, wait, type Stage } from './stage.ts';

/** Longest time from the switch's last operation until a phone has heard what was still on its way, in ms. */
const onTheWayMs = 150;
/** How long each mode is listened to, in ms. */
const steadyMs = 800;

interface Steady {
  readonly mode: SupervisionMode;
  readonly from: number;
  readonly to: number;
}

/** All six changes: every mode from every other. */
const keys: readonly (readonly [key: string, mode: SupervisionMode])[] = [
  ['1', 'whisper'],
  ['2', 'barge'],
  ['0', 'spy'],
  ['2', 'barge'],
  ['1', 'whisper'],
  ['0', 'spy'],
];

/** Who hears the supervisor in which mode (docs/product.md 1). */
const hearsSupervisor: Readonly<
  Record<SupervisionMode, { readonly agent: boolean; readonly customer: boolean }>
> = {
  spy: { agent: false, customer: false },
  whisper: { agent: true, customer: false },
  barge: { agent: true, customer: true },
};

interface Played {
  readonly steady: readonly Steady[];
  /** From a press of the key for barge until the voice that was taken away again has faded. */
  readonly barged: readonly { from: number; to: number }[];
  readonly talked: Span;
  readonly heard: Readonly<Record<'customer' | 'agent' | 'supervisor', Hearing>>;
}

describe("Benjamin supervises Olivia's call in every mode and through all six changes", () => {
  let stage: Stage;
  let customer: Phone;
  let olivia: Phone;
  let benjamin: Phone;
  let control: SpiedControl;
  let played: Played;

  const play = async (): Promise<Played> => {
    const { callId, connectedAt } = await talk(stage, customer);
    const applied = async (since: number): Promise<number> =>
      Date.parse(
        (
          await stage.log.until('TopologyApplied', {
            since,
            callId,
            fits: ({ data }) => data.pairs !== null && data.pairs.length !== 2,
          })
        ).occurredAt,
      );
    const steady: Steady[] = [];
    const barged: { from: number; to: number }[] = [];
    let since = stage.log.count;
    await benjamin.dial('*901004');
    let from = await applied(since);
    let mode: SupervisionMode = 'spy';
    for (const [key, next] of keys) {
      await wait(onTheWayMs + steadyMs);
      since = stage.log.count;
      const pressedAt = Date.now();
      const pressing = benjamin.press(key);
      steady.push({ mode, from: from + onTheWayMs, to: pressedAt - 20 });
      await pressing;
      from = await applied(since);
      if (next === 'barge') barged.push({ from: pressedAt, to: Infinity });
      else if (mode === 'barge') (barged.at(-1) ?? { to: 0 }).to = from + onTheWayMs;
      mode = next;
    }
    await wait(onTheWayMs + steadyMs);
    const endedAt = Date.now();
    steady.push({ mode, from: from + onTheWayMs, to: endedAt - 20 });
    await customer.hangUp();
    await stage.log.until('CallEnded', { callId });
    await stage.log.until('LegEnded', { callId, fits: ({ data }) => data.legId.endsWith('-l2') });
    return {
      steady,
      barged,
      talked: { from: connectedAt + onTheWayMs, to: endedAt - 20 },
      heard: {
        customer: await hearingOf(customer, tones.agent),
        agent: await hearingOf(olivia, tones.customer),
        supervisor: await hearingOf(benjamin, tones.agent),
      },
    };
  };

  beforeAll(async () => {
    stage = await openStage();
    await stage.put('recording-policies', 'support', { setting: 'always' });
    [olivia, benjamin, customer] = await Promise.all([
      stage.extension('1004', { answerAfterMs: 300 }),
      stage.extension('1001', { tone: tones.supervisor }),
      stage.customer(),
    ]);
    control = await startSpiedControl(stage);
    played = await play();
  }, 120_000);

  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  it('is heard by agent and customer as the table says', async () => {
    const { steady, heard } = played;
    let [ofCall, ofControl] = [0, 0];
    for (const { mode, from, to } of steady) {
      const span = { from, to };
      for (const party of ['agent', 'customer'] as const) {
        if (hearsSupervisor[mode][party]) {
          expect(
            heard[party].report.windowsHearing(tones.supervisor, from, to).length,
            `${party} in ${mode}`,
          ).toBeGreaterThan(20);
          ofCall += interruptions(heard[party], [tones.supervisor], span);
          ofControl += await control.interrupted(span);
        } else
          expect(leaks(heard[party], span), `${party} hears nothing of the supervisor in ${mode}`).toEqual(
            [],
          );
      }
    }
    expectSoundOfControl(ofCall, ofControl);
  });

  it('hears both parties in every mode', async () => {
    let [ofCall, ofControl] = [0, 0];
    for (const span of played.steady) {
      ofControl += await control.interrupted(span);
      for (const party of ['customer', 'agent'] as const) {
        const heard = played.heard.supervisor.report.windowsHearing(tones[party], span.from, span.to);
        expect(heard.length, `windows of the ${party} in ${span.mode}`).toBeGreaterThan(20);
      }
      ofCall += interruptions(played.heard.supervisor, [tones.customer, tones.agent], span);
    }
    expectSoundOfControl(ofCall, ofControl);
  });

  it('never reaches the customer with one window outside barge, also not while modes change', () => {
    expect(leaks(played.heard.customer, played.talked, played.barged)).toEqual([]);
    expect(played.barged).toHaveLength(2);
  });

  it('costs agent and customer no window of each other', async () => {
    const { talked, heard } = played;
    const ofCall = lost(heard.customer, tones.agent, talked) + lost(heard.agent, tones.customer, talked);
    expectSoundOfControl(ofCall, await control.lost(talked));
    expect(heard.customer.report.windowsHearing(tones.agent, talked.from, talked.to).length).toBeGreaterThan(
      200,
    );
  });

  it('presses keys that nobody receives', () => {
    for (const phone of [customer, olivia])
      expect(phone.events.filter(({ type }) => type === 'key_received')).toEqual([]);
  });
});

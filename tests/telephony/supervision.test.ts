import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SupervisionMode } from '@earshot/contracts';
import { toneReport, type Phone, type ToneReport } from '@earshot/testkit/phones';
import { allTones, openStage, talk, tones, wait, type Stage } from './stage.ts';

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
const keys: readonly (readonly [key: string, mode: SupervisionMode])[] =
  [['1', 'whisper'], ['2', 'barge'], ['0', 'spy'], ['2', 'barge'], ['1', 'whisper'], ['0', 'spy']];

/** Who hears the supervisor in which mode (product.md 1). */
const hearsSupervisor: Readonly<Record<SupervisionMode, { readonly agent: boolean; readonly customer: boolean }>> = {
  spy: { agent: false, customer: false }, whisper: { agent: true, customer: false }, barge: { agent: true, customer: true },
};

describe('Benjamin supervises Olivia\'s call in every mode and through all six changes', () => {
  let stage: Stage;
  let customer: Phone;
  let olivia: Phone;
  let benjamin: Phone;
  const steady: Steady[] = [];
  /** From a press of the key for barge until the voice that was taken away again has faded. */
  const barged: { from: number; to: number }[] = [];
  let connectedAt = 0;
  let endedAt = 0;
  let heard: { readonly customer: ToneReport; readonly agent: ToneReport; readonly supervisor: ToneReport };

  beforeAll(async () => {
    stage = await openStage();
    await stage.put('recording-policies', 'support', { setting: 'always' });
    [olivia, benjamin, customer] = await Promise.all([
      stage.extension('1004', { answerAfterMs: 300 }), stage.extension('1001', { tone: tones.supervisor }), stage.customer(),
    ]);
    const call = await talk(stage, customer);
    connectedAt = call.connectedAt;
    const { callId } = call;
    const applied = async (since: number): Promise<number> =>
      Date.parse((await stage.log.until('TopologyApplied', { since, callId, fits: ({ data }) => data.topologyId.includes('-t') && data.pairs?.length !== 2 })).occurredAt);

    let since = stage.log.count;
    await benjamin.dial('*901004');
    let from = await applied(since);
    let mode: SupervisionMode = 'spy';
    for (const [key, next] of keys) {
      await wait(onTheWayMs + steadyMs);
      since = stage.log.count;
      const pressing = benjamin.press(key);
      const pressedAt = Date.now();
      steady.push({ mode, from: from + onTheWayMs, to: pressedAt - 20 });
      await pressing;
      from = await applied(since);
      if (next === 'barge') barged.push({ from: pressedAt, to: Infinity });
      else if (mode === 'barge') (barged.at(-1) ?? { to: 0 }).to = from + onTheWayMs;
      mode = next;
    }
    await wait(onTheWayMs + steadyMs);
    endedAt = Date.now();
    steady.push({ mode, from: from + onTheWayMs, to: endedAt - 20 });
    await customer.hangUp();
    await stage.log.until('CallEnded', { callId });
    const report = async (phone: Phone): Promise<ToneReport> => toneReport(await phone.heard(), allTones);
    heard = { customer: await report(customer), agent: await report(olivia), supervisor: await report(benjamin) };
  }, 240_000);

  afterAll(async () => { await stage?.[Symbol.asyncDispose](); });

  it('is heard by agent and customer exactly as the table says, in every 20 ms window', () => {
    for (const { mode, from, to } of steady) {
      for (const party of ['agent', 'customer'] as const) {
        const windows = heard[party].windows.filter(({ at }) => at >= from && at < to).length;
        expect(windows, `windows of the ${party} while ${mode}`).toBeGreaterThan(20);
        if (hearsSupervisor[mode][party]) expect(heard[party].windowsHearing(tones.supervisor, from, to), `${party} hears the supervisor in ${mode}`).toHaveLength(windows);
        else expect(heard[party].windowsWithTrace(tones.supervisor, from, to), `${party} hears nothing of the supervisor in ${mode}`).toHaveLength(0);
      }
    }
  });

  it('hears both parties in every mode', () => {
    for (const { mode, from, to } of steady) {
      for (const party of ['customer', 'agent'] as const) {
        const lost = heard.supervisor.gaps(tones[party], from, to);
        expect(lost, `windows in which the supervisor does not hear the ${party} in ${mode}`).toEqual([]);
        expect(heard.supervisor.windowsHearing(tones[party], from, to).length).toBeGreaterThan(20);
      }
    }
  });

  it('never reaches the customer with one window outside barge, also not while modes change', () => {
    const traces = heard.customer.windowsWithTrace(tones.supervisor, connectedAt + onTheWayMs).filter(({ at }) => !barged.some(({ from, to }) => at >= from && at <= to));
    expect(traces).toEqual([]);
    expect(barged).toHaveLength(2);
  });

  it('costs agent and customer no window of each other', () => {
    const [from, to] = [connectedAt + onTheWayMs, endedAt - 20];
    expect(heard.customer.gaps(tones.agent, from, to)).toEqual([]);
    expect(heard.agent.gaps(tones.customer, from, to)).toEqual([]);
    expect(heard.customer.windowsHearing(tones.agent, from, to).length).toBeGreaterThan(200);
  });

  it('presses keys that nobody receives', () => {
    for (const phone of [customer, olivia]) expect(phone.events.filter(({ type }) => type === 'key_received')).toEqual([]);
  });
});

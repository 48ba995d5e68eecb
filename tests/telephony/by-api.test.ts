import { randomUUID } from 'node:crypto';
import type { CallId, SupervisionMode } from '@earshot/contracts';
import type { Phone } from '@earshot/testkit/phones';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withToken } from '../../infra/local/apply-settings.ts';
import { hearingOf, leaks, type Hearing, type Span } from './hearing.ts';
import { onTheWayMs } from './mode-history.ts';
import { openStage, talk, tones, wait, type Stage } from './stage.ts';

/** How long each mode is listened to, in ms. */
const steadyMs = 800;

interface Steady extends Span {
  readonly mode: SupervisionMode;
}

describe('Benjamin joins by HTTP, and changes the mode by HTTP', () => {
  let stage: Stage;
  let [customer, olivia, benjamin]: Phone[] = [];
  let steady: readonly Steady[];
  let barged: readonly Span[];
  let talked: Span;
  let heard: { readonly customer: Hearing; readonly agent: Hearing; readonly supervisor: Hearing };

  const ask = async (method: string, path: string, body: object): Promise<string> => {
    const answer = await fetch(`${stage.system.services.supervision.url}${path}`, {
      method,
      headers: { ...withToken(stage.system.people['1001']?.token ?? ''), 'content-type': 'application/json' },
      body: JSON.stringify({ commandId: randomUUID(), ...body }),
    });
    if (!answer.ok) throw new Error(`${method} was answered ${answer.status}: ${await answer.text()}`);
    return ((await answer.json()) as { supervisionId: string }).supervisionId;
  };
  /** Resolves when the switch carries what was decided since. */
  const applied = async (callId: CallId, since: number): Promise<number> => {
    const changed = await stage.log.until('TopologyChanged', { since, callId });
    const { topologyId } = changed.data;
    const done = await stage.log.until('TopologyApplied', {
      since,
      callId,
      fits: ({ data }) => data.topologyId === topologyId && data.outcome === 'done',
    });
    return Date.parse(done.occurredAt);
  };

  const play = async (one: Phone, agent: Phone, supervisor: Phone): Promise<void> => {
    const { callId, connectedAt } = await talk(stage, one);
    const rung = supervisor.events.length;
    const id = await ask('POST', `/calls/${callId}/supervisions`, { agent: '1004', mode: 'spy' });
    await supervisor.until('incoming', { since: rung });
    await wait(steadyMs);
    let since = stage.log.count;
    await supervisor.answer();
    let from = await applied(callId, since);
    const spans: Steady[] = [];
    const voiced: { from: number; to: number }[] = [];
    let mode: SupervisionMode = 'spy';
    for (const next of ['whisper', 'spy', 'barge', 'whisper', 'barge', 'spy'] as const) {
      await wait(onTheWayMs + steadyMs);
      since = stage.log.count;
      const askedAt = Date.now();
      spans.push({ mode, from: from + onTheWayMs, to: askedAt - 20 });
      await ask('PATCH', `/supervisions/${id}`, { mode: next });
      from = await applied(callId, since);
      if (next === 'barge') voiced.push({ from: askedAt, to: Infinity });
      else if (mode === 'barge') (voiced.at(-1) ?? { to: 0 }).to = from + onTheWayMs;
      mode = next;
    }
    await wait(onTheWayMs + steadyMs);
    const endedAt = Date.now();
    spans.push({ mode, from: from + onTheWayMs, to: endedAt - 20 });
    await one.hangUp();
    await stage.log.until('CallEnded', { callId });
    await stage.log.until('LegEnded', { callId, fits: ({ data }) => data.legId === `${id}-l1` });
    steady = spans;
    barged = voiced;
    talked = { from: connectedAt + onTheWayMs, to: endedAt - 20 };
    heard = {
      customer: await hearingOf(one, tones.agent),
      agent: await hearingOf(agent, tones.customer),
      supervisor: await hearingOf(supervisor, tones.agent),
    };
  };

  beforeAll(async () => {
    stage = await openStage();
    [olivia, benjamin, customer] = await Promise.all([
      stage.extension('1004', { answerAfterMs: 300 }),
      stage.extension('1001', { tone: tones.supervisor }),
      stage.customer(),
    ]);
    await play(customer, olivia, benjamin);
  }, 120_000);
  afterAll(() => stage?.[Symbol.asyncDispose]());

  it('the customer hears nothing of him but in barge: not while his phone rings, not when he answers, not while modes change', () => {
    expect(leaks(heard.customer, talked, barged)).toEqual([]);
    expect(barged).toHaveLength(2);
  });

  it('he is heard as he asked, and hears both in every mode', () => {
    const windows = (hearing: Hearing, tone: number, { from, to }: Span): number =>
      hearing.report.windowsHearing(tone, from, to).length;
    for (const span of steady) {
      const { mode } = span;
      expect(windows(heard.customer, tones.supervisor, span) > 20, `customer in ${mode}`).toBe(
        mode === 'barge',
      );
      expect(windows(heard.agent, tones.supervisor, span) > 20, `agent in ${mode}`).toBe(mode !== 'spy');
      for (const party of ['customer', 'agent'] as const)
        expect(windows(heard.supervisor, tones[party], span), `${party} in ${mode}`).toBeGreaterThan(20);
    }
  });
});

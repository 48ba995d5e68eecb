import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { canRunAsterisk, tones } from '@earshot/testkit/asterisk';
import { toneReport, type ToneReport } from '@earshot/testkit/phones';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { limitMs, setStage, type Stage } from './testing/call-on-asterisk.ts';

const runnable = await canRunAsterisk();
if (!runnable.ok) console.warn(`NO REAL SWITCH IS TESTED: ${runnable.why}`);

/** What a phone hears reaches its file this much later than it was said, at most: its jitter buffer, and the disk. */
const settlingMs = 400;
const all = [tones.customer, tones.agent, tones.supervisor];
type Mode = 'spy' | 'whisper' | 'barge';
const modes: readonly Mode[] = ['spy', 'whisper', 'barge'];

/** Numbers that follow from a seed (mulberry32), below `below`. */
const numbersFrom = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
};

describe.skipIf(!runnable.ok)('a supervisor on a real Asterisk', () => {
  let stage: Stage;
  let call: Awaited<ReturnType<Stage['conversation']>>;
  let supervisor: string;
  let made = 0;
  let current: { mode: Mode; snoop: string; bridge: string } | undefined;

  beforeAll(async () => {
    stage = await setStage();
    call = await stage.conversation();
    ({ handle: supervisor } = await stage.dialled(stage.phones.supervisor, '*901004'));
  }, 180_000);
  afterAll(() => stage?.[Symbol.asyncDispose](), 60_000);

  const change = async (mode: Mode): Promise<void> => {
    made += 1;
    const next = { mode, snoop: `${call.callId}-snoop-${made}`, bridge: `${call.callId}-private-${made}` };
    const bridge = mode === 'barge' ? call.main : next.bridge;
    if (mode !== 'barge') {
      await stage.done(
        { op: 'make-bridge', bridge },
        { op: 'make-snoop', snoop: next.snoop, on: call.agent, speaksTo: mode === 'spy' ? 'nobody' : 'leg' },
        { op: 'place', participant: next.snoop, bridge, keys: 'absorbed' },
      );
    }
    await stage.done({ op: 'place', participant: supervisor, bridge, keys: 'absorbed' });
    if (current && current.mode !== 'barge')
      await stage.done(
        { op: 'drop-snoop', snoop: current.snoop },
        { op: 'drop-bridge', bridge: current.bridge },
      );
    current = next;
  };
  const heardBy = async (who: 'customer' | 'agent' | 'supervisor'): Promise<ToneReport> =>
    toneReport(await stage.phones[who].heard(), all);
  const heardNow = async (who: 'customer' | 'agent', isHeard: boolean, since: number): Promise<void> => {
    await vi.waitFor(
      async () => {
        const [last] = (await heardBy(who)).windowsHearing(tones.supervisor, since).slice(-1);
        expect(last !== undefined && last.at > Date.now() - settlingMs).toBe(isHeard);
      },
      { timeout: limitMs, interval: 20 },
    );
  };

  it('changes mode forty times at random, straight back and forth among it: nobody hears what the mode forbids', async () => {
    const seed = Number(process.env['MODES_SEED'] ?? randomInt(2 ** 31));
    console.log(`modes from seed ${seed}: repeat with MODES_SEED=${seed}`);
    const next = numbersFrom(seed);
    const spans: { mode: Mode; from: number; to: number }[] = [];
    let mode: Mode = 'spy';
    for (let turn = 0; turn < 40; turn += 1) {
      const others = modes.filter((other) => other !== mode);
      const before = spans.at(-2)?.mode;
      // Every other turn goes back to where it came from.
      mode = turn % 2 === 1 && before !== undefined && before !== mode ? before : (others[next(2)] ?? 'spy');
      const from = Date.now();
      await change(mode);
      if (spans.length > 0) Object.assign(spans.at(-1) ?? {}, { to: Date.now() });
      spans.push({ mode, from, to: Infinity });
      await wait(50 + next(250));
    }
    await wait(settlingMs);
    const began = spans[0]?.from ?? 0;
    const within = (at: number, ...those: Mode[]): boolean =>
      spans.some((span) => those.includes(span.mode) && at >= span.from && at < span.to + settlingMs);
    const [customer, agent, ears] = [
      await heardBy('customer'),
      await heardBy('agent'),
      await heardBy('supervisor'),
    ];
    expect(
      customer.windowsWithTrace(tones.supervisor, began).filter(({ at }) => !within(at, 'barge')),
    ).toEqual([]);
    expect(
      agent.windowsWithTrace(tones.supervisor, began).filter(({ at }) => !within(at, 'barge', 'whisper')),
    ).toEqual([]);
    expect(new Set(spans.map((span) => span.mode)).size).toBeGreaterThan(1);
    expect(ears.windowsHearing(tones.customer, began).length).toBeGreaterThan(100);
    expect((await stage.snapshot()).legs).toHaveLength(3);
    const gaps = [...customer.gaps(tones.agent, began), ...agent.gaps(tones.customer, began)].length;
    console.log(`windows of 20 ms that customer and agent lost of each other in 40 changes: ${gaps}`);
  }, 120_000);

  it('is heard by nobody from the mute on, hears on, and costs the others nothing that a quiet time does not cost', async () => {
    if (current?.mode !== 'barge') await change('barge');
    await heardNow('customer', true, 0);
    const delays: number[] = [];
    const quietFrom = Date.now();
    await wait(3_000);
    const mutedFrom = Date.now();
    for (let round = 0; round < 10; round += 1) {
      const asked = Date.now();
      await stage.done({ op: 'mute', leg: supervisor });
      const answered = Date.now();
      await wait(300);
      await stage.done({ op: 'unmute', leg: supervisor });
      const again = Date.now();
      await wait(300);
      const windows = (await heardBy('customer')).windowsWithTrace(tones.supervisor, asked, again);
      delays.push((windows.at(-1)?.at ?? asked) - answered);
    }
    const mutedTo = Date.now();
    const [customer, agent, ears] = [
      await heardBy('customer'),
      await heardBy('agent'),
      await heardBy('supervisor'),
    ];
    const lost = (from: number, to: number): number =>
      customer.gaps(tones.agent, from, to).length + agent.gaps(tones.customer, from, to).length;
    console.log(
      `last trace of the muted at the customer, ms after the answer to mute: ${delays.join(' ')}; lost windows: quiet ${lost(quietFrom, mutedFrom)} in 3 s, muting ${lost(mutedFrom, mutedTo)} in ${mutedTo - mutedFrom} ms`,
    );
    expect(ears.gaps(tones.customer, mutedFrom, mutedTo).length).toBeLessThan(10);
    await stage.done({ op: 'mute', leg: supervisor });
    await heardNow('customer', false, mutedFrom);
    await heardNow('agent', false, mutedFrom);
    const since = Date.now();
    await change('whisper');
    await change('barge');
    await wait(settlingMs * 2);
    expect((await heardBy('customer')).windowsWithTrace(tones.supervisor, since)).toEqual([]);
    expect((await heardBy('agent')).windowsWithTrace(tones.supervisor, since)).toEqual([]);
    await stage.done({ op: 'unmute', leg: supervisor });
    await heardNow('customer', true, since);
  }, 120_000);
});

import { setTimeout as wait } from 'node:timers/promises';
import { makeGreeting } from '@earshot/asterisk';
import { canRunAsterisk } from '@earshot/testkit/asterisk';
import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { SwitchReport } from '../../domain/switch.ts';
import { limitMs, setStage, type Stage } from './testing/call-on-asterisk.ts';

const runnable = await canRunAsterisk();
if (!runnable.ok) console.warn(`NO REAL SWITCH IS TESTED: ${runnable.why}`);

const nothing = { recorders: [], prompts: [], keysOf: [] };
/** Waits for what must be so before the next test. */
const until = (isSo: () => boolean | Promise<boolean>): Promise<void> =>
  vi.waitFor(
    async () => {
      if (!(await isSo())) throw new Error('The switch did not come to rest');
    },
    { timeout: limitMs },
  );
const line = '+41445550100';

describe.skipIf(!runnable.ok)('the connection to a real Asterisk', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage();
  }, 180_000);
  afterAll(() => stage?.[Symbol.asyncDispose](), 60_000);
  afterEach(async () => {
    stage.connection.mend();
    await until(() => stage.theSwitch.isConnected());
    for (const phone of Object.values(stage.phones)) await phone.hangUp();
    for (const { handle } of (await stage.snapshot()).legs)
      await stage.theSwitch.perform({ op: 'hang-up', leg: handle });
    await until(async () => (await stage.snapshot()).legs.length === 0);
  }, 60_000);

  const arrivalsSince = (since: number): string[] =>
    stage.reports
      .slice(since)
      .filter((report) => report.type === 'leg-arrived')
      .map(({ handle }) => handle);
  const reconnected = (since: number) => stage.reported('reconnected', since);

  it('tells a wrong password in a sentence', async () => {
    await expect(stage.another({ password: 'wrong' }).start(() => {})).rejects.toThrow(
      'refuses the user "earshot": set SWITCH_USER and SWITCH_PASSWORD',
    );
  });

  it.each(['cut', 'swallow'] as const)(
    'is waited for at the start when it does not answer (%s), and each try is told of',
    async (fault) => {
      const problems: string[] = [];
      const late = stage.another({
        url: stage.connection.url,
        app: 'late',
        onProblem: (text) => void problems.push(text),
      });
      stage.connection[fault]();
      const starting = late.start(() => {});
      await vi.waitFor(() => expect(problems.length).toBeGreaterThan(fault === 'cut' ? 1 : 0), {
        timeout: limitMs,
      });
      expect(problems[0]).toMatch(
        /^There is no connection to the switch at http:\/\/127\.0\.0\.1:\d+: .+\. Next try in [\d.]+ s\.$/,
      );
      expect(late.isConnected()).toBe(false);
      expect(await late.perform({ op: 'hang-up', leg: 'nobody' })).toMatchObject({ outcome: 'unknown' });
      stage.connection.mend();
      await starting;
      expect(late.isConnected()).toBe(true);
      await late[Symbol.asyncDispose]();
    },
    60_000,
  );

  it('is no longer waited for once it is disposed of', async () => {
    const late = stage.another({ url: 'http://127.0.0.1:9' });
    const starting = late.start(() => {});
    await wait(300);
    await late[Symbol.asyncDispose]();
    await starting;
    expect(late.isConnected()).toBe(false);
  });

  it('tells every call once that came while it was lost, or while it was coming back', async () => {
    const callers = await Promise.all(
      [2, 3, 4, 5].map((n) => stage.rig.outside(`+4179555200${n}`, 'silence')),
    );
    for (const pauses of [
      [0, 200, 500, 800],
      [600, 700, 750, 800],
      [780, 790, 800, 810],
      [400, 900, 950, 1000],
    ]) {
      const since = stage.reports.length;
      stage.connection.cut();
      const dialling = callers.map(async (caller, place) => {
        await wait(pauses[place] ?? 0);
        await caller.dial(line);
      });
      await wait(800);
      stage.connection.mend();
      await Promise.all(dialling);
      await reconnected(since);
      await vi.waitFor(() => expect(arrivalsSince(since)).toHaveLength(4), { timeout: limitMs });
      await wait(500);
      expect(new Set(arrivalsSince(since)).size).toBe(4);
      expect(arrivalsSince(since)).toHaveLength(4);
      for (const caller of callers) await caller.hangUp();
      await vi.waitFor(async () => expect((await stage.snapshot()).legs).toEqual([]), { timeout: limitMs });
    }
  }, 120_000);

  it('counts as lost when nothing comes through, and tells the call that came meanwhile, once', async () => {
    const since = stage.reports.length;
    stage.connection.swallow();
    await stage.phones.customer.dial(line);
    expect(await stage.theSwitch.perform({ op: 'stop-recorder', recordingId: 'none' })).toMatchObject({
      outcome: 'unknown',
    });
    await vi.waitFor(() => expect(stage.theSwitch.isConnected()).toBe(false), { timeout: limitMs });
    expect(stage.problems.at(-1)).toMatch(/answers no ping/);
    stage.connection.mend();
    await reconnected(since);
    await vi.waitFor(() => expect(arrivalsSince(since)).toHaveLength(1), { timeout: limitMs });
    const [leg = ''] = arrivalsSince(since);
    await stage.done({ op: 'answer', leg });
    await stage.reported('leg-answered', since);
    expect(arrivalsSince(since)).toEqual([leg]);
  }, 60_000);

  it('shows afterwards what ended meanwhile, and tells of a recorder that did', async () => {
    const call = await stage.conversation();
    const waiting = await stage.dialled(stage.phones.supervisor, line);
    const [promptId, recordingId] = [`${call.callId}-p9`, `${call.callId}-r9`];
    const text = 'Welcome.';
    await makeGreeting(text);
    await stage.done({ op: 'start-recorder', recordingId, bridge: call.main });
    await stage.reported('recorder-started');
    await stage.done({
      op: 'play',
      promptId,
      leg: waiting.handle,
      text,
      contentHash: createHash('sha256').update(text).digest('hex'),
    });
    await stage.reported('prompt-started');
    const since = stage.reports.length;
    stage.connection.cut();
    await wait(1_500);
    await stage.phones.customer.hangUp();
    await stage.phones.agent.hangUp();
    await wait(500);
    stage.connection.mend();
    await reconnected(since);
    const seen = await stage.theSwitch.snapshot({
      prompts: [promptId],
      recorders: [recordingId],
      keysOf: [],
    });
    expect(seen).toMatchObject({ prompts: [], recorders: [] });
    expect(seen.legs.map(({ handle }) => handle)).toEqual([waiting.handle]);
    const stopped = await stage.reported('recorder-stopped', since);
    expect(stopped.durationMs).toBeGreaterThan(1_000);
    expect(await stage.theSwitch.recordingLength(recordingId)).toBe(stopped.durationMs);
  }, 60_000);

  it('can be taken by another process: it is told at once, nothing is done any more, and both live', async () => {
    const call = await stage.conversation();
    const since = stage.reports.length;
    const theirs: SwitchReport[] = [];
    const another = stage.another();
    await another.start((report) => void theirs.push(report));
    await stage.reported('replaced', since);
    expect(stage.theSwitch.isConnected()).toBe(false);
    expect(await stage.theSwitch.perform({ op: 'hang-up', leg: call.agent })).toMatchObject({
      outcome: 'unknown',
    });
    await expect(stage.theSwitch.snapshot(nothing)).rejects.toThrow('no connection');
    await wait(6_000);
    expect(another.isConnected()).toBe(true);
    expect(await another.snapshot(nothing)).toMatchObject({
      legs: [{ state: 'answered' }, { state: 'answered' }],
    });
    expect(stage.reports.slice(since).map(({ type }) => type)).toEqual(['replaced']);
    await stage.restart();
    expect(theirs.map(({ type }) => type)).toEqual(['replaced']);
  }, 60_000);
});

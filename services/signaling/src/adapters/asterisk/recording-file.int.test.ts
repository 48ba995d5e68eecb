import { setTimeout as wait } from 'node:timers/promises';
import { samplesOf } from '@earshot/asterisk';
import { canRunAsterisk, tones } from '@earshot/testkit/asterisk';
import { toneReport, windowMs } from '@earshot/testkit/phones';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { limitMs, setStage, type Stage } from './testing/call-on-asterisk.ts';

const runnable = await canRunAsterisk();
if (!runnable.ok) console.warn(`NO REAL SWITCH IS TESTED: ${runnable.why}`);

const samplesPerMs = 8;
const all = [tones.customer, tones.agent];
/** Between taking a leg away and its last frame in the recording lie its jitter buffer and the mixer. */
const settlingMs = 300;

describe.skipIf(!runnable.ok)('a recording on a real Asterisk', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage();
  }, 180_000);
  afterAll(() => stage?.[Symbol.asyncDispose](), 60_000);

  it('can be read cut at both ends: the part has its exact length and its own sound, and nothing of before or after', async () => {
    const { agent, callId, main } = await stage.conversation();
    const recordingId = `${callId}-r1`;
    await stage.done({ op: 'take-out', participant: agent, bridge: main });
    await wait(settlingMs);
    await stage.done({ op: 'start-recorder', recordingId, bridge: main });
    const startedAt = Date.parse((await stage.reported('recorder-started')).at);
    const since = (): number => Date.now() - startedAt;
    await wait(1_000);
    const enters = since();
    await stage.done({ op: 'place', participant: agent, bridge: main, keys: 'passed' });
    await wait(1_500);
    const leaves = since();
    await stage.done({ op: 'take-out', participant: agent, bridge: main });
    await wait(1_000);
    await stage.done({ op: 'stop-recorder', recordingId });
    const { durationMs } = await stage.reported('recorder-stopped');

    await vi.waitFor(() => stage.theSwitch.readRecording(recordingId, { fromMs: 0, toMs: 0 }), {
      timeout: limitMs,
      interval: 10,
    });
    const heardIn = async (fromMs: number, toMs: number) => {
      const part = await stage.theSwitch.readRecording(recordingId, { fromMs, toMs });
      const samples = samplesOf(Buffer.concat(await Array.fromAsync(part?.data ?? [])));
      expect(part?.durationMs).toBe(toMs - fromMs);
      expect(samples).toHaveLength((toMs - fromMs) * samplesPerMs);
      const report = toneReport({ samples, timeOf: (sample) => sample / samplesPerMs }, all);
      const share = (tone: number): number => report.windowsHearing(tone).length / report.windows.length;
      return { customer: share(tones.customer), agent: share(tones.agent), windows: report.windows.length };
    };
    const between = await heardIn(enters + settlingMs, leaves - settlingMs);
    expect(between.windows).toBeGreaterThanOrEqual(
      Math.floor((leaves - enters - 2 * settlingMs) / windowMs) - 1,
    );
    expect(between).toMatchObject({ customer: 1, agent: 1 });
    expect(await heardIn(100, enters - 20)).toMatchObject({ customer: 1, agent: 0 });
    expect(await heardIn(leaves + settlingMs, durationMs - 20)).toMatchObject({ customer: 1, agent: 0 });
    expect((await heardIn(0, durationMs)).agent).toBeGreaterThan(0.2);
  }, 60_000);
});

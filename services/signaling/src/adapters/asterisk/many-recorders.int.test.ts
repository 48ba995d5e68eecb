import { canRunAsterisk } from '@earshot/testkit/asterisk';
import { describe, expect, it } from 'vitest';
import { setStage } from './testing/call-on-asterisk.ts';

const runnable = await canRunAsterisk();
if (!runnable.ok) console.warn(`NO REAL SWITCH IS TESTED: ${runnable.why}`);

const calls = 150;
const callOf = (place: number): string => `019b76da-a800-7af4-bab1-${place.toString(16).padStart(12, '0')}`;

describe.skipIf(!runnable.ok)('a real Asterisk with its own limit of connections', () => {
  it('tells of 150 recorders and 150 prompts, over few connections, and takes a stop in between', async () => {
    await using stage = await setStage();
    const recorders = Array.from({ length: calls }, (_, place) => ({
      recordingId: `${callOf(place)}-r1`,
      bridge: `${callOf(place)}-main`,
    }));
    await Promise.all(
      recorders.map(async ({ recordingId, bridge }) =>
        stage.done({ op: 'make-bridge', bridge }, { op: 'start-recorder', recordingId, bridge }),
      ),
    );
    stage.connection.peak();
    const prompts = Array.from({ length: calls }, (_, place) => `${callOf(place)}-p1`);
    const asked = { recorders: recorders.map(({ recordingId }) => recordingId), prompts, keysOf: [] };
    const asking = stage.theSwitch.snapshot(asked);
    let isTold = false;
    void asking.then(() => {
      isTold = true;
    });
    await stage.done({ op: 'stop-recorder', recordingId: `${callOf(0)}-r1` });
    expect(isTold).toBe(false);
    const seen = await asking;
    expect(seen.recorders.filter(({ recordingId }) => recordingId !== `${callOf(0)}-r1`)).toEqual(
      recorders.slice(1),
    );
    expect(seen.prompts).toEqual([]);
    // Eight requests at once; connections that are closing overlap with new ones.
    expect(stage.connection.peak()).toBeLessThan(30);
  }, 120_000);
});

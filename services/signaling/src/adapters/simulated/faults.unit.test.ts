import { describe, expect, it } from 'vitest';
import type { SwitchOperation, SwitchReport } from '../../domain/switch.ts';
import { virtualClock } from './clock.ts';
import { createSimulatedSwitch } from './simulated-switch.ts';

const nothing = { recorders: [], prompts: [], keysOf: [] };

const withCaller = async () => {
  const clock = virtualClock();
  const simulated = createSimulatedSwitch({ clock });
  const reports: SwitchReport[] = [];
  await simulated.start((report) => void reports.push(report));
  const caller = simulated.phones.outside('+41795551001');
  const { handle, callId } = caller.dial('+41445550100');
  const answer: SwitchOperation = { op: 'answer', leg: handle };
  const types = () => reports.map(({ type }) => type);
  return { clock, simulated, caller, handle, callId, answer, types, reports };
};

describe('a call on a simulated switch that goes wrong', () => {
  it('stays as it is when an operation is refused, once', async () => {
    const { simulated, answer, types } = await withCaller();
    simulated.faults.next(({ op }) => op === 'answer', { outcome: 'refused', reason: 'busy' });
    expect(await simulated.perform(answer)).toEqual({ outcome: 'refused', reason: 'busy' });
    expect(types()).toEqual(['leg-arrived']);
    expect(await simulated.perform(answer)).toEqual({ outcome: 'done' });
  });

  it.each([true, false])(
    'goes on when the outcome of an operation is unknown; it was done: %s',
    async (happens) => {
      const { simulated, answer, handle } = await withCaller();
      const stop = simulated.faults.always(({ op }) => op === 'answer', {
        outcome: 'unknown',
        reason: 'no answer',
        happens,
      });
      expect(await simulated.perform(answer)).toEqual({ outcome: 'unknown', reason: 'no answer' });
      expect((await simulated.snapshot(nothing)).legs).toMatchObject([
        { handle, state: happens ? 'answered' : 'arrived' },
      ]);
      stop();
      expect(await simulated.perform(answer)).toEqual({ outcome: 'done' });
    },
  );

  it('reports nothing while the connection is lost, then that it is back; the snapshot shows what was missed', async () => {
    const { simulated, answer, caller, types } = await withCaller();
    simulated.loseConnection();
    expect(await simulated.perform(answer)).toMatchObject({ outcome: 'unknown' });
    await expect(simulated.snapshot(nothing)).rejects.toThrow('No connection');
    caller.hangUp();
    simulated.reconnect();
    expect(types()).toEqual(['leg-arrived', 'reconnected']);
    expect((await simulated.snapshot(nothing)).legs).toEqual([]);
  });

  it('goes on while the connection is lost: keys, prompts and hang-ups happen untold, and an arrival is told afterwards', async () => {
    const { clock, simulated, answer, caller, handle, callId, types, reports } = await withCaller();
    await simulated.perform(answer);
    await simulated.perform({
      op: 'play',
      promptId: `${callId}-p1`,
      leg: handle,
      text: 'Welcome.',
      contentHash: '',
    });
    simulated.loseConnection();
    expect(simulated.isConnected()).toBe(false);
    caller.press('3');
    clock.advance(5_000);
    const late = simulated.phones.outside('+41795551002').dial('+41445550100');
    const goneAgain = simulated.phones.outside('+41795551003');
    goneAgain.dial('+41445550100');
    goneAgain.hangUp();
    simulated.reconnect();
    expect(types()).toEqual(['leg-arrived', 'leg-answered', 'prompt-started', 'leg-arrived', 'reconnected']);
    expect(reports.at(-2)).toMatchObject(late);
    expect(await simulated.snapshot({ ...nothing, prompts: [`${callId}-p1`] })).toMatchObject({
      prompts: [],
    });
  });

  it('is seen as it was when a snapshot was asked for, however late it is told, or not at all', async () => {
    const { clock, simulated, caller, handle } = await withCaller();
    simulated.faults.snapshots({ tellsAfterMs: 2_000 });
    const slow = simulated.snapshot(nothing);
    caller.hangUp();
    clock.advance(2_000);
    expect((await slow).legs).toMatchObject([{ handle }]);
    simulated.faults.snapshots({ fails: 'too busy' });
    await expect(simulated.snapshot(nothing)).rejects.toThrow('too busy');
    simulated.faults.clear();
    expect((await simulated.snapshot(nothing)).legs).toEqual([]);
  });

  it('is recorded although nobody was told so, when a recorder starts after its stop was refused', async () => {
    const { clock, simulated, answer, callId, types } = await withCaller();
    const [bridge, recordingId] = [`${callId}-main`, `${callId}-r1`];
    await simulated.perform(answer);
    await simulated.perform({ op: 'make-bridge', bridge });
    simulated.faults.next(({ op }) => op === 'start-recorder', {
      outcome: 'unknown',
      reason: 'no answer',
      happens: { afterMs: 800 },
    });
    expect(await simulated.perform({ op: 'start-recorder', recordingId, bridge })).toMatchObject({
      outcome: 'unknown',
    });
    expect(await simulated.perform({ op: 'stop-recorder', recordingId })).toMatchObject({
      outcome: 'refused',
    });
    clock.advance(800);
    expect(types()).toContain('recorder-started');
    expect((await simulated.snapshot({ ...nothing, recorders: [recordingId] })).recorders).toEqual([
      { recordingId, bridge },
    ]);
    expect(await simulated.perform({ op: 'stop-recorder', recordingId })).toEqual({ outcome: 'done' });
  });

  it('tells nothing more once another process has taken the switch, until it is started again', async () => {
    const { simulated, answer, caller, types } = await withCaller();
    simulated.replace();
    expect(simulated.isConnected()).toBe(false);
    expect(await simulated.perform(answer)).toMatchObject({ outcome: 'unknown' });
    caller.hangUp();
    expect(types()).toEqual(['leg-arrived', 'replaced']);
  });

  it('is recorded without the voice of a muted leg', async () => {
    const { clock, simulated, answer, handle, callId } = await withCaller();
    const bridge = `${callId}-main`;
    await simulated.perform(answer);
    await simulated.perform({ op: 'make-bridge', bridge });
    await simulated.perform({ op: 'place', participant: handle, bridge, keys: 'passed' });
    await simulated.perform({ op: 'start-recorder', recordingId: `${callId}-r1`, bridge });
    clock.advance(1_000);
    await simulated.perform({ op: 'mute', leg: handle });
    clock.advance(1_000);
    expect(simulated.recordings()).toMatchObject([
      { voices: [{ speaker: handle, fromMs: 0, untilMs: 1_000 }] },
    ]);
  });

  it("is recorded from the recorder's start only, each voice while it was there, in a marker that says it is simulated", async () => {
    const { clock, simulated, answer, handle, callId } = await withCaller();
    const [bridge, agent] = [`${callId}-main`, `${callId}-l2`];
    await simulated.perform(answer);
    simulated.phones.extension('1004').script = { does: 'answer', afterMs: 500 };
    await simulated.perform({
      op: 'ring',
      leg: agent,
      to: { kind: 'extension', extension: '1004' },
      callerNumber: '',
      ringForMs: 20_000,
    });
    await simulated.perform({ op: 'make-bridge', bridge });
    await simulated.perform({ op: 'place', participant: handle, bridge, keys: 'passed' });
    clock.advance(2000);
    await simulated.perform({ op: 'start-recorder', recordingId: `${callId}-r1`, bridge });
    clock.advance(1000);
    await simulated.perform({ op: 'place', participant: agent, bridge, keys: 'passed' });
    clock.advance(3000);
    await simulated.perform({ op: 'stop-recorder', recordingId: `${callId}-r1` });
    expect(simulated.recordings()).toMatchObject([
      {
        durationMs: 4000,
        voices: [
          { speaker: handle, fromMs: 0, untilMs: 4000 },
          { speaker: agent, fromMs: 1000, untilMs: 4000 },
        ],
      },
    ]);
    const part = await simulated.readRecording(`${callId}-r1`, { fromMs: 500, toMs: 3000 });
    expect(part).toMatchObject({ fileName: `${callId}-r1.json`, durationMs: 2500 });
    const marker: unknown = JSON.parse(Buffer.concat(await Array.fromAsync(part?.data ?? [])).toString());
    expect(marker).toMatchObject({
      simulated: 'no audio: this call ran on the simulated switch',
      durationMs: 2500,
      voices: [
        { speaker: handle, fromMs: 0, untilMs: 2500 },
        { speaker: agent, fromMs: 500, untilMs: 2500 },
      ],
    });
  });
});

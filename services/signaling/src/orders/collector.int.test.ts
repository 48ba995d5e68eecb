import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@earshot/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { virtualClock } from '../adapters/simulated/clock.ts';
import { createSimulatedSwitch } from '../adapters/simulated/simulated-switch.ts';
import type { CallInput } from '../domain/call-input.ts';
import type { Switch } from '../domain/switch.ts';
import { at, callId, leg, playCall, type PlayedCall } from '../domain/testing/played-call.ts';
import { createCollector } from './collector.ts';
import { openRecordingStore, type RecordingStore } from './recording-store.ts';

const recordingId = `${callId}-r1`;
const logger = createLogger({ service: 'signaling', instance: 'test', level: 'silent' });
const file = `${recordingId}.json`;
type Collected = Extract<CallInput, { type: 'recording-collected' }>;

const talking = (): PlayedCall => {
  const played = playCall();
  played.given('LegArrived', {
    legId: leg(1),
    handle: 'h1',
    party: 'customer',
    agent: null,
    number: '+41795551001',
  });
  played.given('LegArrived', { legId: leg(2), handle: 'h2', party: 'agent', agent: null, number: null });
  for (const legId of [leg(1), leg(2)]) played.given('LegAnswered', { legId });
  played.given('ConversationChanged', {
    revision: 1,
    parties: [
      { legId: leg(1), as: 'talking' },
      { legId: leg(2), as: 'talking' },
    ],
  });
  return played;
};

describe('collecting a recording', () => {
  let parent: string;
  let count = 0;
  const newFolder = (): string => join(parent, `recordings-${(count += 1)}`);
  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'earshot-collector-'));
  });
  afterAll(() => rm(parent, { recursive: true, force: true }));

  /** Recorded from second 7 to 20; the agent left at 17, so that 10 s of 13 may be kept. */
  const recorded = async (change: (played: PlayedCall) => void = () => {}) => {
    const clock = virtualClock(Date.parse(at(7)));
    const theSwitch = createSimulatedSwitch({ clock });
    await theSwitch.start(() => {});
    await theSwitch.perform({ op: 'make-bridge', bridge: 'main' });
    await theSwitch.perform({ op: 'start-recorder', recordingId, bridge: 'main' });
    clock.advance(13_000);
    await theSwitch.perform({ op: 'stop-recorder', recordingId });
    const played = talking();
    played.given('RecordingAllowed', { recordingId, ground: 'line_always', windowId: null }, 6.5);
    played.given('RecorderStarted', { recordingId }, 7);
    change(played);
    played.when({ type: 'leg-gone', at: at(17), handle: 'h2', reason: 'hung_up' });
    played.given('RecorderStopped', { recordingId, durationMs: 13_000 }, 20);
    return { theSwitch, played };
  };

  /** A process that collects; what it decides goes into the call. */
  const collectorFor = (
    played: PlayedCall,
    theSwitch: Pick<Switch, 'readRecording' | 'perform'>,
    store: RecordingStore,
  ) => {
    const told: Collected[] = [];
    const collector = createCollector({
      switch: theSwitch,
      store,
      logger,
      now: () => at(21),
      decide: async (_, input) => {
        told.push(input as Collected);
        played.when(input);
      },
    });
    return { told, collect: () => collector.collect(callId, () => played.state, recordingId) };
  };
  const markerIn = async (folder: string): Promise<unknown> =>
    JSON.parse(await readFile(join(folder, file), 'utf8'));
  const isOnSwitch = async (theSwitch: Switch): Promise<boolean> =>
    (await theSwitch.recordingLength(recordingId)) !== undefined;

  it('keeps what was allowed, tells how much that is, and removes the rest', async () => {
    const { theSwitch, played } = await recorded();
    const folder = newFolder();
    const { told, collect } = collectorFor(played, theSwitch, openRecordingStore(folder));
    expect(await collect()).toEqual({ outcome: 'done' });
    expect(told).toEqual([
      { type: 'recording-collected', at: at(21), recordingId, durationMs: 10_000, cutMs: 3_000 },
    ]);
    expect(await markerIn(folder)).toMatchObject({ durationMs: 10_000, startedAt: at(7) });
    expect(await isOnSwitch(theSwitch)).toBe(false);
    expect(played.state.recordings).toMatchObject([{ isCollected: true, keptMs: 10_000 }]);
    await collect();
    expect(told).toHaveLength(1);
  });

  it('comes to the same end wherever a process died on the way', async () => {
    for (let diesAfter = 0; diesAfter < 8; diesAfter += 1) {
      const { theSwitch, played } = await recorded();
      const folder = newFolder();
      const store = openRecordingStore(folder);
      let steps = 0;
      const step = async <T>(work: () => Promise<T>): Promise<T> => {
        if ((steps += 1) > diesAfter) throw new Error('died');
        const answer = await work();
        if ((steps += 1) > diesAfter) throw new Error('died');
        return answer;
      };
      const dying = createCollector({
        switch: {
          readRecording: (id, part) => step(() => theSwitch.readRecording(id, part)),
          perform: (operation) => step(() => theSwitch.perform(operation)),
        },
        store: { ...store, put: (name, data) => step(() => store.put(name, data)) },
        logger,
        now: () => at(21),
        decide: (_, input) => step(async () => played.when(input)),
      });
      await dying.collect(callId, () => played.state, recordingId).catch(() => {});
      await collectorFor(played, theSwitch, store).collect();
      expect(played.state.recordings).toMatchObject([{ isCollected: true, keptMs: 10_000 }]);
      expect(await markerIn(folder)).toMatchObject({ durationMs: 10_000 });
      expect(await isOnSwitch(theSwitch)).toBe(false);
    }
  });

  it('keeps nothing of a recorder whose start was never seen, and removes what it left', async () => {
    const { theSwitch, played } = await recorded();
    const [recording] = played.state.recordings;
    if (!recording) throw new Error('no recording');
    const unseen = { ...played.state, recordings: [{ ...recording, startedAt: null }] };
    const folder = newFolder();
    const { told } = collectorFor(played, theSwitch, openRecordingStore(folder));
    const collector = createCollector({
      switch: theSwitch,
      store: openRecordingStore(folder),
      logger,
      now: () => at(21),
      decide: async (_, input) => void told.push(input as Collected),
    });
    expect(await collector.collect(callId, () => unseen, recordingId)).toEqual({ outcome: 'done' });
    expect(told).toMatchObject([{ durationMs: 0, cutMs: 13_000 }]);
    expect(await readdir(parent)).not.toContain(folder);
    expect(await isOnSwitch(theSwitch)).toBe(false);
  });

  it('leaves what was collected when the recorder started once more, too late', async () => {
    const { theSwitch, played } = await recorded();
    const folder = newFolder();
    const store = openRecordingStore(folder);
    await collectorFor(played, theSwitch, store).collect();
    played.when({ type: 'recorder-started', at: at(22), recordingId });
    played.when({ type: 'recorder-stopped', at: at(25), recordingId, durationMs: 3_000 });
    const { told, collect } = collectorFor(played, theSwitch, store);
    await collect();
    expect(told).toMatchObject([{ durationMs: 10_000, cutMs: 3_000 }]);
    expect(await markerIn(folder)).toMatchObject({ durationMs: 10_000 });
    expect(played.state.recordings).toMatchObject([{ isCollected: true }]);
  });

  it('removes what the recorder left, and says that nothing is kept, when there is no folder for recordings', async () => {
    const { theSwitch, played } = await recorded();
    const { told, collect } = collectorFor(played, theSwitch, openRecordingStore(''));
    expect(await collect()).toEqual({ outcome: 'done' });
    expect(told).toMatchObject([{ durationMs: 0, cutMs: 3_000 }]);
    expect(await isOnSwitch(theSwitch)).toBe(false);
  });

  it('is to be tried again, with everything still on the switch, while the folder cannot be written', async () => {
    const { theSwitch, played } = await recorded();
    const folder = newFolder();
    await writeFile(folder, 'a file where the folder should be');
    const { told, collect } = collectorFor(played, theSwitch, openRecordingStore(folder));
    expect(await collect()).toMatchObject({
      outcome: 'unknown',
      reason: expect.stringContaining('cannot be written'),
    });
    expect(told).toEqual([]);
    expect(await isOnSwitch(theSwitch)).toBe(true);
    await rm(folder);
    expect(await collect()).toEqual({ outcome: 'done' });
    expect(told).toMatchObject([{ durationMs: 10_000 }]);
  });

  it('is to be tried again while the switch does not answer', async () => {
    const { theSwitch, played } = await recorded();
    const folder = newFolder();
    const { told, collect } = collectorFor(played, theSwitch, openRecordingStore(folder));
    theSwitch.loseConnection();
    expect(await collect()).toMatchObject({ outcome: 'unknown' });
    theSwitch.reconnect();
    theSwitch.faults.next(({ op }) => op === 'discard-recording', {
      outcome: 'unknown',
      reason: 'no answer',
      happens: true,
    });
    expect(await collect()).toMatchObject({ outcome: 'unknown' });
    expect(told).toEqual([]);
    expect(await collect()).toEqual({ outcome: 'done' });
    expect(told).toMatchObject([{ durationMs: 10_000, cutMs: 3_000 }]);
    expect(await markerIn(folder)).toMatchObject({ durationMs: 10_000 });
  });
});

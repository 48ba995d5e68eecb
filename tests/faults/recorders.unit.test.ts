import { callSubject, type CallId } from '@earshot/contracts';
import { describe, expect, it } from 'vitest';
import { ofType } from './log-reader.ts';
import { tellStory, type Story } from './stories.ts';

const running = ({ world }: Story): number =>
  world.theSwitch.recordings().filter(({ durationMs }) => durationMs === null).length;

/** The decision to record is withdrawn although the parties talk on. */
const withdraws = async ({ world: { store, clock, log } }: Story, callId: CallId): Promise<void> => {
  const last = log.of(callId).findLast(({ writer }) => writer === 'recording-consent');
  await store.connect().log.append({
    callId,
    writer: 'recording-consent',
    id: 'withdrawn',
    expectedSequence: last?.sequence ?? 0,
    causation: { source: 'API', id: 'test', sequence: null },
    events: [
      {
        type: 'RecordingWithdrawn',
        occurredAt: new Date(clock.now()).toISOString(),
        actor: { kind: 'service', service: 'recording-consent' },
        data: { recordingId: `${callId}-r1`, reason: 'parties_parted' },
      },
    ],
  });
};

/** Writes a commit that nobody can read, as a decision about recording. */
const writesUnreadable = ({ world: { store } }: Story, callId: CallId): void => {
  const data = new TextEncoder().encode('{}');
  const [any] = store.store.calls.messages;
  if (!any) throw new Error('The log is empty');
  store.store.calls.add({ ...any, subject: callSubject(callId, 'recording-consent'), id: '', data });
};

describe('a recorder', () => {
  it('does not run for a caller who pressed 3 to opt out after a menu while recording-consent was behind', async () => {
    const story = await tellStory();
    const { world } = story;
    story.phone('2001').script = { does: 'answer', afterMs: 1_500 };
    story.phone('888').script = { does: 'wait' };
    const callId = story.dials(0, 'sales');
    await world.pass(300);
    story.process('recording-consent').fallBehind();
    await story.presses(story.caller(0), '1');
    await story.presses(story.caller(0), '3');
    await world.pass(3_000);
    story.process('recording-consent').catchUp();
    await world.pass(2_000);
    expect(story.phone('2001').state).toBe('talking');
    expect(ofType(world.log.of(callId), 'ConsentChosen').map(({ data }) => data.choice)).toEqual([
      'caller_opted_out',
    ]);
    expect(world.theSwitch.recordings()).toEqual([]);
    expect(await story.broken()).toEqual([]);
  });

  it('does not run for a caller on opt-out whose keys could not be heard', async () => {
    const story = await tellStory();
    const { world } = story;
    story.phone('2001').script = { does: 'answer', afterMs: 2_500 };
    story.phone('888').script = { does: 'wait' };
    story.dials(0, 'sales');
    await world.pass(300);
    await story.presses(story.caller(0), '1');
    world.theSwitch.loseConnection();
    await story.presses(story.caller(0), '3');
    world.theSwitch.reconnect();
    await world.pass(5_000);
    expect(story.phone('2001').state).toBe('talking');
    expect(world.theSwitch.recordings()).toEqual([]);
    expect(await story.broken()).toEqual([]);
  });

  it('that starts late, after the order to stop it was refused and its decision was withdrawn, is stopped', async () => {
    const story = await tellStory();
    const { world } = story;
    world.theSwitch.faults.next(({ op }) => op === 'start-recorder', {
      outcome: 'unknown',
      reason: 'the switch is stuck',
      happens: { afterMs: 2_000 },
    });
    const callId = await story.talks(0, 'orders');
    await world.pass(500);
    expect(world.theSwitch.recordings()).toEqual([]);
    await withdraws(story, callId);
    await world.pass(3_000);
    expect(world.theSwitch.recordings().map(({ durationMs }) => durationMs !== null)).toEqual([true]);
    expect(await story.broken()).toEqual([]);
  });

  it('is stopped at once when the caller leaves although the log is away', async () => {
    const story = await tellStory();
    await story.talks(0, 'orders');
    expect(running(story)).toBe(1);
    story.process('signaling').loseLog(true);
    story.world.phones.hangUp(story.caller(0));
    await story.world.run(3);
    expect(running(story)).toBe(0);
    story.process('signaling').findLog();
    expect(await story.broken()).toEqual([]);
  });

  it('that starts while the agent hangs up is stopped at once, and nothing of it can be fetched', async () => {
    const story = await tellStory();
    const { world } = story;
    world.connections.onAsked(({ operation }) => {
      if (operation.op === 'start-recorder') world.phones.hangUp(story.phone('2001'));
    });
    story.phone('888').script = { does: 'wait' };
    story.dials(0, 'orders');
    await world.pass(3_000);
    expect(world.theSwitch.recordings()).toHaveLength(1);
    expect(running(story)).toBe(0);
    expect(await story.broken()).toEqual([]);
    expect(world.kept().filter(({ durationMs }) => durationMs > 0)).toEqual([]);
  });

  it('is stopped by whoever relieves signaling when the caller left while nobody watched', async () => {
    const story = await tellStory();
    await story.talks(0, 'orders');
    story.relieves('signaling');
    await story.world.pass(500);
    story.world.phones.hangUp(story.caller(0));
    await story.world.pass(4_000);
    expect(running(story)).toBe(0);
    expect(await story.broken()).toEqual([]);
  });

  it('is stopped when a commit of its call cannot be read, and nobody else can forbid it', async () => {
    const story = await tellStory();
    const callId = await story.talks(0, 'orders');
    expect(running(story)).toBe(1);
    story.process('recording-consent').kill();
    writesUnreadable(story, callId);
    await story.world.pass(500);
    expect(running(story)).toBe(0);
    expect(story.caller(0).state).toBe('talking');
  });

  it('is stopped by whoever relieves signaling when a commit of its call cannot be read', async () => {
    const story = await tellStory();
    const callId = await story.talks(0, 'orders');
    story.process('recording-consent').kill();
    story.relieves('signaling');
    writesUnreadable(story, callId);
    await story.world.pass(4_000);
    expect(running(story)).toBe(0);
  });
});

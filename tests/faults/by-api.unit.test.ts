import { describe, expect, it } from 'vitest';
import { changeByApi, joinByApi } from './by-api.ts';
import { ofType } from './log-reader.ts';
import { tellStory, type Story } from './stories.ts';

/** Benjamin has asked by API to supervise Olivia, and has answered. */
const joined = async (mode: 'spy' | 'barge' = 'spy') => {
  const story = await tellStory();
  const callId = await story.talks(0, 'support');
  joinByApi(story.world, '1001', '1004', mode);
  await story.world.pass(2_000);
  return { story, callId };
};
const modes = ({ world }: Story, callId: string) =>
  ofType(world.log.of(callId), 'SupervisionStarted', 'SupervisionModeChanged').map(({ data }) => data.mode);
const isHeard = (story: Story): boolean => story.hears(story.caller(0), story.phone('1001'));

describe('a supervisor who joins by API', () => {
  it('joins once, whichever processes get the command and however often', async () => {
    const { story, callId } = await joined();
    story.world.start('supervision');
    await story.world.pass(2_000);
    expect(story.hears(story.phone('1001'), story.caller(0))).toBe(true);
    expect(ofType(story.world.log.of(callId), 'SupervisionRequestedByApi')).toHaveLength(1);
    changeByApi(story.world, '1001', 'barge');
    await story.world.pass(500);
    expect(isHeard(story)).toBe(true);
    expect(modes(story, callId)).toEqual(['spy', 'barge']);
    changeByApi(story.world, '1001', null);
    await story.world.pass(1_000);
    expect(story.phone('1001').state).toBe('idle');
    expect(await story.broken()).toEqual([]);
  });

  it.each([
    ['before it has rung the phone', true],
    ['while the phone rings, which is answered before anybody took over', false],
  ])('joins although signaling is relieved %s', async (_, isBefore) => {
    const story = await tellStory();
    const callId = await story.talks(0, 'support');
    story.phone('1001');
    if (isBefore) story.process('signaling').fallBehind();
    joinByApi(story.world, '1001', '1004', 'spy');
    await story.world.pass(200);
    expect(story.phone('1001').state).toBe(isBefore ? 'idle' : 'ringing');
    story.relieves('signaling');
    await story.world.pass(8_000);
    expect(modes(story, callId)).toEqual(['spy']);
    expect(story.hears(story.phone('1001'), story.caller(0))).toBe(true);
    expect(await story.broken()).toEqual([]);
  });

  it('is rung no more when nobody could ring for ten seconds: it is over, and the phone stays silent', async () => {
    const story = await tellStory();
    const callId = await story.talks(0, 'support');
    story.phone('1001');
    story.process('signaling').kill();
    joinByApi(story.world, '1001', '1004', 'spy');
    await story.world.pass(15_000);
    expect(ofType(story.world.log.of(callId), 'SupervisionEnded').map(({ data }) => data.reason)).toEqual([
      'phone_not_rung',
    ]);
    story.world.store.store.expireLeases();
    story.world.start('signaling');
    await story.world.pass(6_000);
    expect(story.phone('1001').state).toBe('idle');
    expect(
      story.asked.filter(({ operation }) => operation.op === 'ring' && operation.leg.includes('-v')),
    ).toEqual([]);
    expect(await story.broken()).toEqual([]);
  });
});

describe('a voice that another mode by API takes away', () => {
  it.each([{ tellsAfterMs: 5_000 }, { fails: 'no answer' }])(
    'is gone although the order got no answer and the switch is slow to tell what is true: %j',
    async (telling) => {
      const { story } = await joined('barge');
      expect(isHeard(story)).toBe(true);
      const { faults } = story.world.theSwitch;
      faults.next(({ op }) => op === 'mute', { outcome: 'unknown', reason: 'lost', happens: false });
      faults.snapshots(telling);
      changeByApi(story.world, '1001', 'spy');
      await story.world.pass(500);
      expect(isHeard(story)).toBe(false);
      faults.clear();
      await story.world.pass(10_000);
      expect([isHeard(story), story.hears(story.phone('1001'), story.caller(0))]).toEqual([false, true]);
      expect(await story.broken()).toEqual([]);
    },
  );

  it('is gone at the key that asks for the same when the switch has not answered yet', async () => {
    const { story } = await joined('barge');
    const { faults } = story.world.theSwitch;
    const answers = faults.always(({ op }) => op === 'mute', {
      outcome: 'unknown',
      reason: 'lost',
      happens: false,
    });
    faults.snapshots({ tellsAfterMs: 5_000 });
    changeByApi(story.world, '1001', 'spy');
    await story.world.pass(500);
    expect(isHeard(story)).toBe(true);
    answers();
    await story.presses(story.phone('1001'), '0');
    expect(isHeard(story)).toBe(false);
    faults.clear();
    await story.world.pass(10_000);
    expect(await story.broken()).toEqual([]);
  });
});

describe('a change by API and a key', () => {
  it('that was pressed before it and comes to the log behind it gives no voice', async () => {
    const { story, callId } = await joined('spy');
    // What signaling hears stays with it for a while.
    story.process('signaling').loseLog(false);
    await story.presses(story.phone('1001'), '2');
    await story.world.pass(300);
    changeByApi(story.world, '1001', 'spy');
    await story.world.pass(500);
    story.process('signaling').findLog();
    await story.world.pass(3_000);
    expect(modes(story, callId)).toEqual(['spy', 'spy']);
    expect(isHeard(story)).toBe(false);
    expect(await story.broken()).toEqual([]);
  });

  it('that takes the voice away and comes behind a barge by API keeps it away', async () => {
    const { story } = await joined('barge');
    expect(isHeard(story)).toBe(true);
    story.process('signaling').loseLog(false);
    await story.presses(story.phone('1001'), '0');
    await story.world.pass(300);
    expect(isHeard(story)).toBe(false);
    changeByApi(story.world, '1001', 'barge');
    await story.world.pass(500);
    story.process('signaling').findLog();
    await story.world.pass(3_000);
    expect(isHeard(story)).toBe(false);
    expect(await story.broken()).toEqual([]);
  });
});

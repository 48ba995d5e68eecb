import { describe, expect, it } from 'vitest';
import { tellStory, type Story } from './stories.ts';
import { putSetting, ringGroupsMarking, supervisors, type PutSetting } from './tenant.ts';

const put = async ({ world }: Story, settings: readonly PutSetting[]): Promise<void> => {
  for (const setting of settings) await putSetting(world.store, setting);
};

/** Benjamin barges on Olivia's call, and may do nothing else. */
const bargesOnly = async (): Promise<Story> => {
  const story = await tellStory();
  await put(story, ringGroupsMarking(supervisors, ['barge']));
  await story.talks(0, 'support');
  story.phone('1001').dial('*921004');
  await story.world.pass(1_000);
  expect(isHeard(story)).toBe(true);
  return story;
};
const isHeard = (story: Story): boolean => story.hears(story.caller(0), story.phone('1001'));

describe('a key for a mode that the supervisor may not use', () => {
  it.each(['0', '1', '01', '1010'])('leaves the supervisor heard as before: %s', async (keys) => {
    const story = await bargesOnly();
    for (const key of keys) await story.presses(story.phone('1001'), key);
    await story.world.pass(1_000);
    expect(isHeard(story)).toBe(true);
    expect(await story.broken()).toEqual([]);
  });

  it('takes the voice away while nobody decides on it, and gives it back as soon as somebody does', async () => {
    const story = await bargesOnly();
    story.process('supervision').fallBehind();
    await story.presses(story.phone('1001'), '0');
    await story.world.pass(3_000);
    expect(isHeard(story)).toBe(false);
    story.process('supervision').catchUp();
    await story.world.pass(1_000);
    expect(isHeard(story)).toBe(true);
    expect(await story.broken()).toEqual([]);
  });

  it('leaves the supervisor heard also when the log is away at the key and signaling is relieved', async () => {
    const story = await bargesOnly();
    story.process('signaling').loseLog(true);
    await story.presses(story.phone('1001'), '0');
    expect(isHeard(story)).toBe(false);
    story.relieves('signaling');
    await story.world.pass(10_000);
    expect(isHeard(story)).toBe(true);
    expect(await story.broken()).toEqual([]);
  });

  it('gives no voice to who may only spy', async () => {
    const story = await tellStory();
    await put(story, ringGroupsMarking(supervisors, ['spy']));
    await story.talks(0, 'support');
    const boss = story.phone('1001');
    boss.dial('*901004');
    await story.world.pass(1_000);
    let wasHeard = false;
    story.world.theSwitch.onHearing(({ pairs }) => {
      wasHeard ||= pairs.some(({ speaker }) => speaker === boss.leg);
    });
    for (const key of '1202') {
      await story.presses(boss, key);
      await story.world.pass(500);
    }
    expect([wasHeard, story.hears(boss, story.caller(0))]).toEqual([false, true]);
    expect(await story.broken()).toEqual([]);
  });
});

describe('a mode that is taken away', () => {
  it('ends within a second the supervision that runs in it, and no other', async () => {
    const story = await tellStory();
    await story.talks(0, 'support');
    const [boss, other] = [story.phone('1001'), story.phone('2002')];
    boss.dial('*921004');
    other.dial('*901004');
    await story.world.pass(1_000);
    await put(story, ringGroupsMarking(supervisors, ['spy']));
    await story.world.pass(1_000);
    expect([isHeard(story), boss.leg === undefined, story.hears(other, story.caller(0))]).toEqual([
      false,
      true,
      true,
    ]);
    expect(await story.broken()).toEqual([]);
  });
});

describe('two supervisors who barge', () => {
  const hearEachOther = (story: Story, value: 'barging' | 'nobody'): Promise<void> =>
    put(story, [{ kind: 'supervision', id: 'tenant', value: { enabled: true, hearEachOther: value } }]);

  it('are parted within a second when they shall hear nobody of each other, and back when they shall', async () => {
    const story = await tellStory();
    await story.talks(0, 'support');
    const [boss, other, customer] = [story.phone('1001'), story.phone('2002'), story.caller(0)];
    boss.dial('*921004');
    await story.world.pass(1_000);
    other.dial('*921004');
    await story.world.pass(1_000);
    const heard = () => [
      story.hears(boss, other),
      story.hears(other, boss),
      story.hears(customer, boss),
      story.hears(customer, other),
      story.hears(other, customer),
    ];
    expect(heard()).toEqual([true, true, true, true, true]);
    await hearEachOther(story, 'nobody');
    await story.world.pass(1_000);
    expect(heard()).toEqual([false, false, true, false, false]);
    await story.presses(boss, '0');
    await story.world.pass(1_000);
    expect(heard()).toEqual([false, false, false, true, true]);
    await hearEachOther(story, 'barging');
    await story.world.pass(1_000);
    expect(heard()).toEqual([true, false, false, true, true]);
    expect(await story.broken()).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { tellStory, type Story } from './stories.ts';

const bargedCall = async (): Promise<Story> => {
  const story = await tellStory();
  await story.talks(0, 'support');
  story.phone('1001').dial('*921004');
  await story.world.pass(1_000);
  expect(story.hears(story.caller(0), story.phone('1001'))).toBe(true);
  return story;
};

describe('the voice of a supervisor', () => {
  it.each(['1010', '2020', '0202101', '1212', '0120210'])(
    'is heard as the mode says after each of the keys %s, and the supervisor stays',
    async (keys) => {
      const story = await tellStory();
      const [boss, agent, customer] = [story.phone('1001'), story.phone('1004'), story.caller(0)];
      await story.talks(0, 'support');
      boss.dial('*901004');
      await story.world.pass(1_000);
      for (const key of keys) {
        await story.presses(boss, key);
        await story.world.pass(500);
        expect({
          key,
          agent: story.hears(agent, boss),
          customer: story.hears(customer, boss),
          boss: story.hears(boss, customer),
        }).toEqual({ key, agent: key !== '0', customer: key === '2', boss: true });
      }
      expect(await story.broken()).toEqual([]);
    },
  );

  it('is gone at the key that silences it although supervision is away', async () => {
    const story = await bargedCall();
    story.process('supervision').kill();
    await story.presses(story.phone('1001'), '0');
    expect(story.hears(story.caller(0), story.phone('1001'))).toBe(false);
    await story.world.pass(5_000);
    expect(story.hears(story.caller(0), story.phone('1001'))).toBe(false);
    expect(await story.broken()).toEqual([]);
  });

  it('is gone at the key that silences it although the log is away', async () => {
    const story = await bargedCall();
    story.process('signaling').loseLog(true);
    await story.presses(story.phone('1001'), '1');
    expect(story.hears(story.caller(0), story.phone('1001'))).toBe(false);
    await story.world.pass(10_000);
    expect(story.hears(story.caller(0), story.phone('1001'))).toBe(false);
    story.process('signaling').findLog();
    await story.world.pass(6_000);
    expect(story.hears(story.phone('1004'), story.phone('1001'))).toBe(true);
    expect(await story.broken()).toEqual([]);
  });

  it('stays gone when signaling is relieved before supervision has decided on the key', async () => {
    const story = await bargedCall();
    const boss = story.phone('1001');
    story.process('supervision').kill();
    await story.presses(boss, '0');
    story.relieves('signaling');
    let wasHeard = false;
    story.world.theSwitch.onHearing(({ pairs }) => {
      wasHeard ||= pairs.some(({ speaker }) => speaker === boss.leg);
    });
    await story.world.pass(8_000);
    expect(wasHeard).toBe(false);
    expect(await story.broken()).toEqual([]);
  });

  it('is taken away by whoever relieves signaling when the key was stored and the order was lost', async () => {
    const story = await bargedCall();
    const boss = story.phone('1001');
    story.process('supervision').kill();
    story.world.theSwitch.faults.always(({ op }) => op === 'mute', {
      outcome: 'unknown',
      reason: 'lost',
      happens: false,
    });
    await story.presses(boss, '0');
    expect(story.hears(story.caller(0), boss)).toBe(true);
    story.relieves('signaling');
    story.world.theSwitch.faults.clear();
    await story.world.pass(5_000);
    expect(story.hears(story.caller(0), boss)).toBe(false);
  });

  it('of the one who went from barge to spy is heard by nobody, while another supervisor of the same call is heard', async () => {
    const story = await bargedCall();
    const [boss, other] = [story.phone('1001'), story.phone('2002')];
    other.dial('*921004');
    await story.world.pass(1_000);
    await story.presses(boss, '0');
    await story.world.pass(500);
    expect([story.hears(story.caller(0), boss), story.hears(other, boss)]).toEqual([false, false]);
    expect([story.hears(story.caller(0), other), story.hears(boss, other)]).toEqual([true, true]);
    expect(await story.broken()).toEqual([]);
  });
});

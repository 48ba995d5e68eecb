import { describe, expect, it } from 'vitest';
import { tellStory } from './stories.ts';

describe('when the switch was away', () => {
  it('every other call is compared although one request fails', async () => {
    const story = await tellStory();
    const { world } = story;
    story.phone('1005').script = { does: 'wait' };
    await story.talks(0, 'support');
    await story.talks(1, 'orders');
    await story.talks(2, 'orders');
    world.failLengths(1);
    world.theSwitch.loseConnection();
    for (const n of [0, 1, 2]) world.phones.hangUp(story.caller(n));
    world.theSwitch.reconnect();
    await world.pass(1_000);
    expect(['1004', '2001', '888'].map((extension) => story.phone(extension).state)).toEqual([
      'idle',
      'idle',
      'idle',
    ]);
    expect(await story.broken()).toEqual([]);
  });

  it('a call that arrives while it is compared goes on', async () => {
    const story = await tellStory();
    const { world } = story;
    world.theSwitch.faults.snapshots({ tellsAfterMs: 400 });
    world.theSwitch.loseConnection();
    world.theSwitch.reconnect();
    await world.pass(100);
    story.dials(0, 'orders');
    await world.pass(3_000);
    expect(
      story.hears(story.caller(0), story.phone('2001')) || story.hears(story.caller(0), story.phone('888')),
    ).toBe(true);
    expect(await story.broken()).toEqual([]);
  });

  it.each([100, 500, 1_500])('for %i ms, a caller in a greeting is led on to an agent', async (ms) => {
    const story = await tellStory();
    const { world } = story;
    story.dials(0, 'support');
    await world.pass(100);
    expect(story.caller(0).prompts).toHaveLength(1);
    world.theSwitch.loseConnection();
    await world.pass(ms);
    world.theSwitch.reconnect();
    await world.pass(3_000);
    expect(
      story.hears(story.caller(0), story.phone('1004')) || story.hears(story.caller(0), story.phone('1005')),
    ).toBe(true);
    expect(await story.broken()).toEqual([]);
  });

  it('a caller who arrived meanwhile is answered', async () => {
    const story = await tellStory();
    story.world.theSwitch.loseConnection();
    story.dials(0, 'orders');
    await story.world.pass(1_000);
    story.world.theSwitch.reconnect();
    await story.world.pass(3_000);
    expect(story.caller(0).state).toBe('talking');
    expect(await story.broken()).toEqual([]);
  });

  it.each([{ fails: 'no answer' }, { tellsAfterMs: 2_000 }])(
    'and tells what is true on it only later (%o), calls go on and end',
    async (fault) => {
      const story = await tellStory();
      const { world } = story;
      await story.talks(0, 'orders');
      world.theSwitch.faults.snapshots(fault);
      world.theSwitch.loseConnection();
      world.theSwitch.reconnect();
      story.dials(1, 'support');
      await world.pass(5_000);
      world.theSwitch.faults.snapshots(undefined);
      world.phones.hangUp(story.caller(0));
      await world.pass(6_000);
      expect(story.phone('2001').state).toBe('idle');
      expect(story.hears(story.caller(1), story.phone('1004'))).toBe(true);
      expect(await story.broken()).toEqual([]);
    },
  );
});

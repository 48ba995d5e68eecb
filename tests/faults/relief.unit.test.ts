import { describe, expect, it } from 'vitest';
import type { SimulatedPhone } from '../../services/signaling/src/adapters/simulated/phones.ts';
import { tellStory, type Story } from './stories.ts';

/** Support, sales and orders: three calls with three agents, whom nobody else may ring. */
const threeCalls = async (story: Story): Promise<readonly SimulatedPhone[]> => {
  story.phone('1005').script = { does: 'wait' };
  await story.talks(0, 'support');
  story.phone('1005').script = { does: 'answer', afterMs: 300 };
  await story.talks(1, 'orders');
  await story.talks(2, 'orders');
  return ['1004', '2001', '888'].map(story.phone);
};

describe('signaling relieved by a process of another name', () => {
  it('leaves every agent on the line', async () => {
    const story = await tellStory();
    const agents = await threeCalls(story);
    const successor = story.relieves('signaling');
    await story.world.pass(5_000);
    expect(successor.term()).toBeDefined();
    expect(agents.map(({ state }) => state)).toEqual(['talking', 'talking', 'talking']);
    expect(await story.broken()).toEqual([]);
  });

  it('ends the calls whose callers hang up later, and has every agent free then', async () => {
    const story = await tellStory();
    const agents = await threeCalls(story);
    const successor = story.relieves('signaling');
    await story.world.pass(5_000);
    for (const n of [0, 1, 2]) story.world.phones.hangUp(story.caller(n));
    await story.world.pass(1_000);
    expect(agents.map(({ state }) => state)).toEqual(['idle', 'idle', 'idle']);
    expect(agents.every(({ number }) => successor.term()?.directory.isFree(number))).toBe(true);
    expect(await story.broken()).toEqual([]);
  });

  it('does not bring the voice of a supervisor back who has just gone from barge to spy', async () => {
    const story = await tellStory();
    const boss = story.phone('1001');
    await story.talks(0, 'support');
    boss.dial('*921004');
    await story.world.pass(1_000);
    expect(story.hears(story.caller(0), boss)).toBe(true);
    await story.presses(boss, '0');
    await story.world.pass(500);
    let wasHeard = false;
    story.world.theSwitch.onHearing(({ pairs }) => {
      wasHeard ||= pairs.some(({ speaker }) => speaker === boss.leg);
    });
    story.relieves('signaling');
    await story.world.pass(8_000);
    expect(wasHeard).toBe(false);
    expect(await story.broken()).toEqual([]);
  });

  it('leaves no bridge on the switch when the call ends', async () => {
    const story = await tellStory();
    await story.talks(0, 'orders');
    story.relieves('signaling');
    await story.world.pass(5_000);
    story.world.phones.hangUp(story.caller(0));
    await story.world.pass(1_000);
    expect(await story.world.theSwitch.snapshot({ recorders: [], prompts: [], keysOf: [] })).toMatchObject({
      legs: [],
      bridges: [],
      snoops: [],
      recorders: [],
    });
  });

  it('leads a caller on within seconds whose greeting ended while nobody watched', async () => {
    const story = await tellStory();
    const first = story.process('signaling');
    let isKilled = false;
    story.world.connections.onReport(({ type }) => {
      if (type === 'prompt-started' && !isKilled) first.kill();
      isKilled ||= type === 'prompt-started';
    });
    story.dials(0, 'support');
    await story.world.pass(100);
    story.world.start('signaling');
    await story.world.pass(3_000);
    story.world.store.store.expireLeases();
    await story.world.pass(6_000);
    expect(story.hears(story.caller(0), story.phone('1004'))).toBe(true);
    expect(await story.broken()).toEqual([]);
  });

  it.each(['killed', 'ended'] as const)(
    'keeps every promise at whatever moment of a supervised call it is %s',
    async (how) => {
      for (let moment = 0; moment <= 4_000; moment += 80) {
        const story = await tellStory();
        const { world } = story;
        const boss = story.phone('1001');
        world.clock.after(moment, () => {
          const [before] = world.processesOf('signaling');
          world.start('signaling');
          if (how === 'killed') before?.kill();
          else void before?.end();
          world.clock.after(3_000, () => world.store.store.expireLeases());
        });
        story.dials(0, 'support');
        await world.pass(1_000);
        if (story.caller(0).state === 'talking') world.phones.press(story.caller(0), '3');
        await world.pass(1_000);
        if (boss.state === 'idle') boss.dial('*901004');
        for (const key of ['2', '0', '1', '0']) {
          await world.pass(400);
          if (boss.state === 'talking') world.phones.press(boss, key);
        }
        await world.pass(300);
        world.phones.hangUp(story.caller(0));
        expect({ moment, broken: await story.broken() }).toEqual({ moment, broken: [] });
      }
    },
  );
});

describe('a second process of signaling', () => {
  it('does nothing on the switch while the first is its master', async () => {
    const story = await tellStory();
    await story.talks(0, 'support');
    const second = story.world.start('signaling');
    story.phone('1001').dial('*921004');
    await story.world.pass(5_000);
    expect(second.term()).toBeUndefined();
    expect(story.asked.filter(({ by }) => by === second.owner)).toEqual([]);
    expect(story.hears(story.caller(0), story.phone('1001'))).toBe(true);
    expect(await story.broken()).toEqual([]);
  });

  it('is the only one that adds anything once the first has lost its mastership to it', async () => {
    const story = await tellStory();
    const { world } = story;
    const first = story.process('signaling');
    await story.talks(0, 'support');
    const second = world.start('signaling');
    first.loseLog(true);
    await world.pass(3_000);
    world.store.store.expireLeases();
    await world.run(10);
    const before = story.asked.length;
    first.findLog();
    story.dials(1, 'orders');
    await world.pass(3_000);
    const added = story.asked
      .slice(before)
      .filter(({ operation }) => operation.op !== 'mute' && operation.op !== 'stop-recorder');
    expect(new Set(added.map(({ by }) => by))).toEqual(new Set([second.owner]));
    expect(story.phone('2001').state).toBe('talking');
    expect(await story.broken()).toEqual([]);
  });
});

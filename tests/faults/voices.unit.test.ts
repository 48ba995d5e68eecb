import { describe, expect, it } from 'vitest';
import { tellStory, type Story } from './stories.ts';
import { putSetting } from './tenant.ts';

const bargedCall = async (): Promise<Story> => {
  const story = await tellStory();
  await story.talks(0, 'support');
  story.phone('1001').dial('*921004');
  await story.world.pass(1_000);
  expect(story.hears(story.caller(0), story.phone('1001'))).toBe(true);
  return story;
};

/** A barged call whose supervisor pressed these keys, of which the last silences him, while signaling could not write them down. */
const silencedWithoutLog = async (keys: string) => {
  const story = await bargedCall();
  const [boss, customer] = [story.phone('1001'), story.caller(0)];
  story.process('signaling').loseLog(true);
  for (const key of keys) await story.presses(boss, key);
  expect(story.hears(customer, boss)).toBe(false);
  return { story, boss, customer, hasHeard: listensFromNow(story) };
};

/** Whether the customer has heard the supervisor at any moment from now on. */
const listensFromNow = (story: Story): (() => boolean) => {
  let hasHeard = false;
  story.world.theSwitch.onHearing(() => {
    hasHeard ||= story.hears(story.caller(0), story.phone('1001'));
  });
  return () => hasHeard;
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

  it.each(['0', '1', '01', '20'])(
    'stays gone after the keys %s although the log is away and signaling dies before it can write them down',
    async (keys) => {
      const { story, boss, customer, hasHeard } = await silencedWithoutLog(keys);
      story.relieves('signaling');
      await story.world.pass(10_000);
      expect(hasHeard()).toBe(false);
      expect(story.hears(story.phone('1004'), boss)).toBe(keys.endsWith('1'));
      await story.presses(boss, '2');
      await story.world.pass(1_000);
      expect(story.hears(customer, boss)).toBe(true);
      expect(await story.broken()).toEqual([]);
    },
  );

  it('stays gone when signaling dies between the key and its commit', async () => {
    const story = await bargedCall();
    const { world } = story;
    world.connections.onReport(({ type }) => {
      if (type === 'key-pressed') queueMicrotask(() => void story.relieves('signaling'));
    });
    await story.presses(story.phone('1001'), '0');
    expect(story.hears(story.caller(0), story.phone('1001'))).toBe(false);
    const hasHeard = listensFromNow(story);
    await world.pass(10_000);
    expect(hasHeard()).toBe(false);
    expect(await story.broken()).toEqual([]);
  });

  it('is never heard by the customer when only a process that died knew that the key for it was taken back', async () => {
    const story = await tellStory();
    await story.talks(0, 'support');
    const [boss, customer] = [story.phone('1001'), story.caller(0)];
    boss.dial('*901004');
    await story.world.pass(1_000);
    const hasHeard = listensFromNow(story);
    story.process('supervision').fallBehind();
    await story.presses(boss, '2');
    story.process('signaling').loseLog(true);
    await story.presses(boss, '0');
    story.relieves('signaling');
    await story.world.pass(10_000);
    story.process('supervision').catchUp();
    await story.world.pass(3_000);
    expect([hasHeard(), story.hears(boss, customer)]).toEqual([false, true]);
    expect(await story.broken()).toEqual([]);
  });

  it('is heard as the log says when a key that took it away was written down and barge was pressed since', async () => {
    const story = await bargedCall();
    for (const key of '02') await story.presses(story.phone('1001'), key);
    await story.world.pass(500);
    story.relieves('signaling');
    await story.world.pass(10_000);
    expect(story.hears(story.caller(0), story.phone('1001'))).toBe(true);
    expect(await story.broken()).toEqual([]);
  });

  it.each([
    ['', '2', '0'],
    ['0', '2', '10'],
    ['', '', '20'],
    ['2', '0', ''],
    ['2', '01', ''],
  ])(
    'stays gone after the keys "%s", then "%s" to signaling while it is frozen, and "%s" to its successor, when it wakes',
    async (before, waiting, after) => {
      const story = await tellStory();
      await story.talks(0, 'support');
      const { world } = story;
      const boss = story.phone('1001');
      boss.dial('*901004');
      await world.pass(1_000);
      for (const key of before) await story.presses(boss, key);
      const first = story.process('signaling');
      world.start('signaling');
      first.freeze(true);
      for (const key of waiting) await story.presses(boss, key);
      await world.pass(3_000);
      world.store.store.expireLeases();
      await world.pass(2_000);
      for (const key of after) await story.presses(boss, key);
      await world.pass(500);
      const hasHeard = listensFromNow(story);
      void first.thaw();
      await world.pass(5_000);
      expect(hasHeard()).toBe(false);
      expect(await story.broken()).toEqual([]);
    },
  );

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

  it.each(['0', '020', '121', '0210', '2020', '01210'])(
    'stays gone after the keys %s while the log is away, and when it is back',
    async (keys) => {
      const { story, hasHeard } = await silencedWithoutLog(keys);
      story.process('signaling').findLog();
      await story.world.pass(6_000);
      expect(hasHeard()).toBe(false);
      expect(await story.broken()).toEqual([]);
    },
  );

  it('stays gone when supervision learns late of a key that asked for more and of one that took it back', async () => {
    const story = await bargedCall();
    story.process('supervision').fallBehind();
    for (const key of '020') await story.presses(story.phone('1001'), key);
    const hasHeard = listensFromNow(story);
    story.process('supervision').catchUp();
    await story.world.pass(3_000);
    expect(hasHeard()).toBe(false);
    expect(await story.broken()).toEqual([]);
  });

  it.each([
    ['tells after 5 s what is true on it', { tellsAfterMs: 5_000 }],
    ['does not tell what is true on it', { fails: 'no answer' }],
  ] as const)('is gone when the supervision ends although the switch %s', async (_how, telling) => {
    const story = await bargedCall();
    const { world } = story;
    world.theSwitch.faults.snapshots(telling);
    world.theSwitch.loseConnection();
    await world.pass(50);
    world.theSwitch.reconnect();
    await world.pass(200);
    await putSetting(world.store, { kind: 'supervision', id: 'tenant', value: { enabled: false } });
    await world.pass(200);
    expect(story.hears(story.caller(0), story.phone('1001'))).toBe(false);
  });

  it('is taken away by whoever relieves signaling before the switch has told what is true on it', async () => {
    const story = await bargedCall();
    const [boss, { theSwitch }] = [story.phone('1001'), story.world];
    const lost = { outcome: 'unknown', reason: 'lost', happens: false } as const;
    theSwitch.faults.always(({ op }) => op === 'mute' || op === 'place' || op === 'take-out', lost);
    await story.presses(boss, '0');
    expect(story.hears(story.caller(0), boss)).toBe(true);
    story.relieves('signaling');
    theSwitch.faults.clear();
    theSwitch.faults.snapshots({ tellsAfterMs: 20_000 });
    await story.world.pass(4_000);
    expect(story.hears(story.caller(0), boss)).toBe(false);
  });

  it('is never heard by the customer when the key for it was taken back before supervision decided', async () => {
    const story = await tellStory();
    await story.talks(0, 'support');
    const [boss, customer] = [story.phone('1001'), story.caller(0)];
    const hasHeard = listensFromNow(story);
    story.process('supervision').fallBehind();
    boss.dial('*921004');
    await story.world.pass(500);
    await story.presses(boss, '0');
    story.process('supervision').catchUp();
    await story.world.pass(2_000);
    expect([hasHeard(), story.hears(boss, customer)]).toEqual([false, true]);
    expect(await story.broken()).toEqual([]);
  });
});

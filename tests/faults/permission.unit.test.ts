import { describe, expect, it } from 'vitest';
import { joinByApi } from './by-api.ts';
import { ofType } from './log-reader.ts';
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

describe('a supervisor who lost the mark', () => {
  it.each([0, 1])(
    'is thrown out although process %i took barge by API before, the other had not heard of it, and the rules changed in the same moment',
    async (which) => {
      const story = await tellStory();
      const { world } = story;
      const callId = await story.talks(0, 'support');
      for (const who of ['2002', '1001']) {
        story.phone(who).dial('*901004');
        await world.pass(1_000);
      }
      const processes = await story.joinsSupervision();
      for (const process of processes) process.fallBehind();
      const supervisionId = ofType(world.log.of(callId), 'SupervisionStarted')[1]?.data.supervisionId ?? '';
      const barge = processes[which]?.command(
        callId,
        {
          type: 'change-commanded',
          at: new Date(world.clock.now()).toISOString(),
          rules: world.permissions.rules(),
          command: { user: '1001', supervisionId, mode: 'barge' },
          isModeForbidden: false,
        },
        'barge',
      );
      await Promise.race([barge, world.run(10)]);
      await put(story, [
        { kind: 'supervision', id: 'tenant', value: { enabled: true, hearEachOther: 'nobody' } },
        ...ringGroupsMarking(['2002']),
      ]);
      await world.pass(200);
      for (const process of processes) process.catchUp();
      await world.pass(2_000);
      expect([isHeard(story), story.phone('1001').state]).toEqual([false, 'idle']);
      expect(await story.broken()).toEqual([]);
    },
  );
});

describe('supervisors who hear nobody of each other', () => {
  const apart: PutSetting = {
    kind: 'supervision',
    id: 'tenant',
    value: { enabled: true, hearEachOther: 'nobody' },
  };
  const reasons = ({ world }: Story, callId: string) =>
    ofType(world.log.of(callId), 'SupervisionRefused').map(({ data }) => data.reason);

  it.each(['by code', 'by API'])(
    'are not heard one after the other without a key: who asks for barge %s while the phone of another rings for it is refused',
    async (how) => {
      const story = await tellStory();
      await put(story, [apart]);
      const callId = await story.talks(0, 'support');
      const [first, second] = [story.phone('2002'), story.phone('1001')];
      joinByApi(story.world, '2002', '1004', 'barge');
      await story.world.pass(50);
      if (how === 'by code') second.dial('*921004');
      else joinByApi(story.world, '1001', '1004', 'barge');
      await story.world.pass(8_000);
      expect(reasons(story, callId)).toEqual(['another_barges']);
      expect(story.hears(story.caller(0), first)).toBe(true);
      story.world.phones.hangUp(first);
      await story.world.pass(1_000);
      expect(story.hears(story.caller(0), second)).toBe(false);
      expect(await story.broken()).toEqual([]);
    },
  );

  it('are not heard because the rule came while two phones rang for barge: the second to answer does not begin', async () => {
    const story = await tellStory();
    const callId = await story.talks(0, 'support');
    for (const who of ['2002', '1001']) {
      joinByApi(story.world, who, '1004', 'barge');
      await story.world.pass(50);
    }
    await put(story, [apart]);
    await story.world.pass(8_000);
    expect(ofType(story.world.log.of(callId), 'SupervisionStarted')).toHaveLength(1);
    expect(await story.broken()).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { tellStory, type Story } from './stories.ts';
import { putSetting } from './tenant.ts';

/** Nobody answers a call to Support by themselves; its setting is the given one. */
const waitingSupport = async (setting: 'opt_in' | 'opt_out'): Promise<Story> => {
  const story = await tellStory();
  await putSetting(story.world.store, { kind: 'recording-policies', id: 'support', value: { setting } });
  for (const extension of ['1001', '1004', '1005']) story.phone(extension).script = { does: 'wait' };
  return story;
};

const oliviaAnswers = { does: 'answer', afterMs: 1_500 } as const;

const expectNotRecorded = async (story: Story): Promise<void> => {
  const types = story.world.log.calls().flatMap(story.types);
  expect(types).toContain('RecordingForbidden');
  expect(types).not.toContain('RecordingAllowed');
  expect(await story.broken()).toEqual([]);
};

/** A caller of an opt-out line whose consent greeting was ordered, and began a moment later, unanswered. */
const greeted = async (): Promise<Story> => {
  const story = await waitingSupport('opt_out');
  const { world } = story;
  story.phone('1004').script = oliviaAnswers;
  const isConsent = (promptId: string): boolean => promptId.endsWith('-p2');
  const late = { outcome: 'unknown', reason: 'late', happens: { afterMs: 30 } } as const;
  world.theSwitch.faults.next((order) => order.op === 'play' && isConsent(order.promptId), late);
  story.dials(0, 'support');
  const isOrdered = (): boolean =>
    story.asked.some(({ operation }) => operation.op === 'play' && isConsent(operation.promptId));
  while (!isOrdered()) {
    world.clock.advance(1);
    await world.run(1);
  }
  world.clock.advance(2);
  await world.run(1);
  return story;
};

describe('a caller who presses 3 in the consent greeting that nobody heard begin', () => {
  it.each(['the connection to the switch is lost', 'signaling is relieved'])(
    'is not recorded when %s and back while it plays',
    async (what) => {
      const story = await greeted();
      const { world } = story;
      const isLost = what.startsWith('the connection');
      if (isLost) world.theSwitch.loseConnection();
      else story.process('signaling').kill();
      world.clock.advance(50);
      await world.run(2);
      world.phones.press(story.caller(0), '3');
      await world.pass(250);
      if (isLost) world.theSwitch.reconnect();
      else {
        world.start('signaling');
        world.store.store.expireLeases();
      }
      await world.pass(8_000);
      await expectNotRecorded(story);
    },
  );
});

describe('a caller who holds the 3 down while an agent answers', () => {
  const answeredOver = async (setting: 'opt_in' | 'opt_out', heldMs: number) => {
    const story = await waitingSupport(setting);
    const { world } = story;
    const callId = story.dials(0, 'support');
    await world.pass(2_500);
    world.phones.press(story.caller(0), '3');
    await world.pass(heldMs);
    story.phone('1004').answer();
    await world.pass(5_000);
    return { story, callId, kept: () => world.kept().filter((file) => file.recordingId.startsWith(callId)) };
  };

  it.each([10, 50, 100, 150])(
    'has opted out, %i ms before, and nothing of the call can be fetched',
    async (ms) => {
      const { story, callId, kept } = await answeredOver('opt_out', ms);
      expect(story.types(callId)).toContain('ConsentChosen');
      story.world.phones.hangUp(story.caller(0));
      await story.world.pass(3_000);
      expect(kept().every(({ durationMs }) => durationMs === 0)).toBe(true);
      expect(await story.broken()).toEqual([]);
    },
  );

  it.each([10, 150])('has opted in, %i ms before, and the call is recorded', async (ms) => {
    const { story, callId } = await answeredOver('opt_in', ms);
    expect(story.types(callId)).toEqual(expect.arrayContaining(['ConsentChosen', 'RecorderStarted']));
    expect(await story.broken()).toEqual([]);
  });
});

describe('a caller who presses 3 while nobody hears keys', () => {
  it.each(['killed', 'ended in good order'])(
    'is not recorded on an opt-out line when signaling is %s and relieved',
    async (how) => {
      const story = await waitingSupport('opt_out');
      const { world } = story;
      story.phone('1004').script = oliviaAnswers;
      const callId = story.dials(0, 'support');
      await world.pass(1_000);
      expect(story.types(callId)).toContain('KeyWindowOpened');
      expect(story.types(callId)).not.toContain('KeyWindowClosed');
      const before = story.process('signaling');
      if (how === 'killed') before.kill();
      else await before.end();
      world.phones.press(story.caller(0), '3');
      await world.pass(250);
      world.start('signaling');
      world.store.store.expireLeases();
      await world.pass(8_000);
      await expectNotRecorded(story);
    },
  );
});

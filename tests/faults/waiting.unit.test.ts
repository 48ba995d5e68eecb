import type { CallId } from '@earshot/contracts';
import { describe, expect, it } from 'vitest';
import { ofType } from './log-reader.ts';
import { tellStory } from './stories.ts';

describe('callers who wait', () => {
  it('an agent who becomes free is rung by the one who has waited longest, and by no other', async () => {
    const story = await tellStory();
    const { world } = story;
    for (const extension of ['888', '2002']) story.phone(extension).script = { does: 'wait' };
    await story.talks(0, 'orders');
    const calls: CallId[] = [];
    for (const n of [1, 2, 3]) {
      calls.push(story.dials(n, 'orders'));
      await world.pass(1_000);
    }
    story.phone('2001').script = { does: 'wait' };
    const offered = () =>
      calls.map(
        (callId) =>
          ofType(world.log.of(callId), 'LegOffered').filter(({ data }) => data.agent?.extension === '2001')
            .length,
      );
    expect(offered()).toEqual([0, 0, 0]);
    world.phones.hangUp(story.caller(0));
    await world.pass(2_000);
    expect(offered()).toEqual([1, 0, 0]);
    story.phone('2001').script = { does: 'answer', afterMs: 300 };
    expect(await story.broken()).toEqual([]);
  });

  it('hear ringing until recording-consent has said what is to be asked, and are asked', async () => {
    const story = await tellStory();
    story.process('recording-consent').fallBehind();
    const callId = story.dials(0, 'support');
    await story.world.pass(1_000);
    expect([story.caller(0).state, story.caller(0).hearsRingBack]).toEqual(['calling', true]);
    story.process('recording-consent').catchUp();
    await story.world.pass(2_000);
    expect(ofType(story.world.log.of(callId), 'PromptRequested').map(({ data }) => data.kind)).toEqual([
      'available',
      'consent',
    ]);
    expect(await story.broken()).toEqual([]);
  });

  it('go on unasked and unrecorded when recording-consent is away for longer', async () => {
    const story = await tellStory();
    story.process('recording-consent').kill();
    const callId = story.dials(0, 'support');
    await story.world.pass(4_000);
    expect(story.hears(story.caller(0), story.phone('1004'))).toBe(true);
    expect(ofType(story.world.log.of(callId), 'PromptRequested').map(({ data }) => data.kind)).toEqual([
      'available',
    ]);
    expect(await story.broken()).toEqual([]);
    expect(story.world.theSwitch.recordings()).toEqual([]);
  });
});

import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Phone } from '@earshot/testkit/phones';
import { expectHeardThroughout, recordingFile } from './recordings.ts';
import { openStage, talk, wait, type Stage } from './stage.ts';

/**
 * How long the parties talk before signaling dies, and how long the customer then stays alone before it is
 * back, in ms.
 */
const talkMs = 3_000;
const aloneMs = 1_500;

describe('a recorded call whose signaling is killed', () => {
  let stage: Stage;
  let customer: Phone;
  let olivia: Phone;

  beforeAll(async () => {
    stage = await openStage();
    await stage.put('recording-policies', 'support', { setting: 'always' });
    [customer, olivia] = await Promise.all([
      stage.customer(),
      stage.extension('1004', { answerAfterMs: 300 }),
    ]);
  }, 180_000);
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  it('has a recording that ends when the agent left, although nobody saw it and the recorder went on', async () => {
    const { callId } = await talk(stage, customer);
    const started = await stage.log.until('RecorderStarted', { callId });
    await wait(talkMs);
    const { signaling } = stage.system.services;
    await signaling.kill();
    await olivia.hangUp();
    const leftAt = Date.now();
    await wait(aloneMs);
    await signaling.restart();
    await customer.until('closed');
    const collected = await stage.log.until('RecordingCollected', { callId });

    const events = stage.log.of(callId);
    const stopped = events.find((event) => event.type === 'RecorderStopped');
    const startedAt = Date.parse(started.occurredAt);
    const file = await recordingFile(stage.system.data.recordings, `${callId}-r1`);
    if (!file) throw new Error('The recording is gone.');
    expect(collected.data.durationMs).toBe(file.seconds * 1_000);
    expect(file.seconds * 1_000).toBeLessThanOrEqual(leftAt - startedAt);
    // What was caught after it is there no more, and neither is the whole.
    expect(Date.parse(stopped?.occurredAt ?? '') - startedAt).toBeGreaterThan(
      leftAt - startedAt + aloneMs - 100,
    );
    await expectHeardThroughout(file, startedAt, [customer, olivia]);
    expect(await readdir(stage.system.asterisk?.recordings ?? '')).toEqual([]);
  }, 90_000);
});

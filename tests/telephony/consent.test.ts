import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallId, RecordingSetting } from '@earshot/contracts';
import type { Phone } from '@earshot/testkit/phones';
import { expectHeardThroughout, recordingFile } from './recordings.ts';
import { openStage, talk, wait, type Stage } from './stage.ts';

interface CallRow {
  readonly id: number;
  readonly completion_status: string | null;
  readonly direction: string;
  readonly recording_time: number;
  readonly call_recording_consent: string;
  readonly call_recording_consent_action: string | null;
  readonly call_recording_consent_keypress: string | null;
}

/** How long the parties talk before the customer hangs up, in ms from the start of the recorder: whole seconds, so that the row can be exact. */
const talkMs = 3_000;

const inbound: readonly {
  readonly setting: RecordingSetting;
  readonly presses3: boolean;
  readonly recorded: boolean;
  readonly action: string | null;
  readonly keypress: string | null;
}[] = [
  { setting: 'always', presses3: false, recorded: true, action: null, keypress: null },
  { setting: 'opt_in', presses3: true, recorded: true, action: 'caller_opted_in', keypress: '3' },
  { setting: 'opt_in', presses3: false, recorded: false, action: null, keypress: null },
  { setting: 'opt_out', presses3: true, recorded: false, action: 'caller_opted_out', keypress: '3' },
  { setting: 'opt_out', presses3: false, recorded: true, action: null, keypress: null },
  { setting: 'never', presses3: false, recorded: false, action: null, keypress: null },
];

const outbound: readonly {
  readonly extension: string;
  readonly setting: RecordingSetting;
  readonly recorded: boolean;
}[] = [
  { extension: '2002', setting: 'always', recorded: true },
  { extension: '1004', setting: 'opt_in', recorded: false },
  { extension: '2001', setting: 'opt_out', recorded: true },
  { extension: '1001', setting: 'never', recorded: false },
];

describe("the caller's consent decides the recording", () => {
  let stage: Stage;
  let customer: Phone;
  const agents = new Map<string, Phone>();
  const phoneOf = (extension: string): Phone => {
    const agent = agents.get(extension);
    if (!agent) throw new Error(`No phone ${extension}`);
    return agent;
  };

  beforeAll(async () => {
    stage = await openStage();
    customer = await stage.customer();
    for (const extension of ['1004', '2001', '2002', '1001']) {
      agents.set(
        extension,
        await stage.extension(extension, extension === '1004' ? { answerAfterMs: 300 } : {}),
      );
    }
  }, 120_000);
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  /** Lets the parties talk, ends the call, and returns its row and what the switch recorded. */
  const finish = async (callId: CallId, isRecorded: boolean) => {
    const started = isRecorded ? await stage.log.until('RecorderStarted', { callId }) : undefined;
    await wait(started ? Math.max(0, Date.parse(started.occurredAt) + talkMs - Date.now()) : talkMs);
    await customer.hangUp();
    await stage.log.until('CallEnded', { callId });
    if (started) await stage.log.until('RecordingCollected', { callId });
    const events = stage.log.of(callId);
    const id = events[0]?.sequence ?? 0;
    const [row] = await stage.rows<CallRow>(
      'calls',
      (call) => call.id === id && call.completion_status !== null && (!isRecorded || call.recording_time > 0),
    );
    const files = (await readdir(stage.system.data.recordings)).filter((name) => name.startsWith(callId));
    return { row, events, files };
  };

  const expectRecording = async (
    callId: CallId,
    agent: Phone,
    { row, events, files }: Awaited<ReturnType<typeof finish>>,
  ): Promise<void> => {
    expect(files).toEqual([`${callId}-r1.wav`]);
    const file = await recordingFile(stage.system.data.recordings, `${callId}-r1`);
    if (!file) throw new Error('The recording is gone.');
    expect(file.othersMay).toBe(0);
    expect(Math.abs(file.seconds - (row?.recording_time ?? 0))).toBeLessThanOrEqual(0.2);
    // Nothing of before the consent or after one left: the file is no longer than the time for which the decision stood.
    const at = (type: string): number =>
      Date.parse(events.find((event) => event.type === type)?.occurredAt ?? '');
    expect(at('RecorderStarted')).toBeGreaterThanOrEqual(at('RecordingAllowed'));
    await expectHeardThroughout(file, at('RecorderStarted'), [customer, agent]);
    const collected = events.find((event) => event.type === 'RecordingCollected');
    expect(collected?.data).toMatchObject({ durationMs: file.seconds * 1_000 });
    expect(file.seconds * 1_000).toBeLessThanOrEqual(
      at('RecordingWithdrawn') - Math.max(at('RecordingAllowed'), at('RecorderStarted')),
    );
    // The switch has nothing left, and it is for nobody but us.
    expect(await readdir(stage.system.asterisk?.recordings ?? '')).toEqual([]);
    expect((await stat(stage.system.data.recordings)).mode % 0o1000).toBe(0o700);
    expect((await stat(join(stage.system.data.recordings, `${callId}-r1.wav`))).mode % 0o1000).toBe(0o600);
  };

  for (const { setting, presses3, recorded, action, keypress } of inbound) {
    it(`an inbound call on a line with ${setting}${presses3 ? ' whose caller presses 3' : ''} is ${recorded ? '' : 'not '}recorded`, async () => {
      await stage.put('recording-policies', 'support', { setting });
      const call = await talk(
        stage,
        customer,
        presses3
          ? {
              duringConsentGreeting: async () => {
                await wait(300);
                await customer.press('3');
              },
            }
          : {},
      );
      const result = await finish(call.callId, recorded);
      expect(result.row).toMatchObject({
        direction: 'inbound',
        call_recording_consent: setting,
        call_recording_consent_action: action,
        call_recording_consent_keypress: keypress,
      });
      if (recorded) await expectRecording(call.callId, phoneOf('1004'), result);
      else {
        expect(result.files).toEqual([]);
        expect(result.row?.recording_time).toBe(0);
        expect(result.events.some(({ type }) => type === 'RecorderStarted')).toBe(false);
      }
    }, 90_000);
  }

  for (const { extension, setting, recorded } of outbound) {
    it(`an outbound call through a line with ${setting} is ${recorded ? '' : 'not '}recorded, and nobody is asked`, async () => {
      await stage.put('recording-policies', 'support', { setting: 'opt_in' });
      const agent = phoneOf(extension);
      const since = stage.log.count;
      await agent.dial('+41795551001');
      const { callId } = await stage.log.until('TopologyApplied', { since, limitMs: 30_000 });
      const result = await finish(callId, recorded);
      expect(result.row).toMatchObject({
        direction: 'outbound',
        call_recording_consent: setting,
        call_recording_consent_action: null,
        call_recording_consent_keypress: null,
      });
      expect(result.events.some(({ type }) => type === 'PromptRequested')).toBe(false);
      if (recorded) await expectRecording(callId, agent, result);
      else expect(result.files).toEqual([]);
    }, 60_000);
  }
});

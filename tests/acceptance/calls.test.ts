import type { CallId } from '@earshot/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  benjamin,
  connected,
  customer,
  emma,
  liam,
  lines,
  mia,
  noah,
  olivia,
  outsider,
  talkOnSupport,
} from './conversation.ts';
import { openStage, patienceMs, type Stage } from './stage.ts';

let stage: Stage;
const people = [benjamin, olivia, noah, mia, emma, liam];

beforeAll(async () => {
  stage = await openStage();
});
afterEach(async () => {
  for (const number of people) {
    await stage.phone(number).is('idle');
    await stage.phone(number).does({ does: 'wait' });
  }
});
afterAll(() => stage?.[Symbol.asyncDispose]());

const statuses = (legs: readonly { type: string; completion_status: string | null }[], type: string) =>
  legs
    .filter((leg) => leg.type === type)
    .map((leg) => leg.completion_status ?? 'none')
    .toSorted();
const ground = (callId: CallId): unknown =>
  stage.log
    .of(callId)
    .flatMap((event) =>
      event.type === 'RecordingAllowed' || event.type === 'RecordingForbidden'
        ? [`${event.type} ${event.data.ground}`]
        : [],
    )[0];
const promptKinds = (callId: CallId) =>
  stage.log.of(callId).flatMap((event) => (event.type === 'PromptRequested' ? [event.data.kind] : []));

describe('calls that come in', () => {
  it('a caller who gives up in the queue has abandoned, was not recorded and nobody answered', async () => {
    const callId = await stage.phone(customer).dial(lines.support);
    await stage.log.until('QueueEntered', { callId, limitMs: patienceMs });
    await stage.phone(olivia).is('ringing');
    await stage.phone(customer).hangUp();
    const rows = await stage.rowsOf(callId);
    expect(rows?.call).toMatchObject({
      completion_status: 'abandoned_in_queue',
      agent_id: null,
      talk_time: 0,
      recording_time: 0,
      call_recording_consent: 'opt_in',
      call_recording_consent_action: null,
      call_recording_consent_keypress: null,
      time_to_answer: null,
    });
    expect(statuses(rows?.legs ?? [], 'agent')).not.toContain('completed');
  });

  it('an agent who declines is passed over, and the one who answers has the call', async () => {
    await stage.phone(noah).does({ does: 'decline' });
    const callId = await talkOnSupport(stage, { agent: olivia });
    await stage.phone(olivia).hangUp();
    const rows = await stage.rowsOf(callId);
    expect(rows?.call).toMatchObject({
      completion_status: 'completed',
      call_recording_consent: 'opt_in',
      call_recording_consent_action: null,
      recording_time: 0,
    });
    expect(ground(callId)).toBe('RecordingForbidden caller_did_not_opt_in');
    expect(statuses(rows?.legs ?? [], 'agent')).toContain('agent_declined');
    expect(statuses(rows?.legs ?? [], 'agent').filter((status) => status === 'completed')).toHaveLength(1);
  });

  it('a caller whom nobody takes at first is offered again, and answered the second time', async () => {
    await Promise.all([noah, benjamin].map((number) => stage.phone(number).does({ does: 'decline' })));
    const callId = await stage.phone(customer).dial(lines.support);
    await stage.phone(olivia).is('ringing');
    await stage.phone(olivia).decline();
    await stage.phone(olivia).is('idle');
    await stage.phone(olivia).is('ringing');
    await stage.phone(olivia).answer();
    await connected(stage, callId);
    await stage.phone(customer).hangUp();
    const rows = await stage.rowsOf(callId);
    expect(rows?.call.completion_status).toBe('completed');
    const answered = statuses(rows?.legs ?? [], 'agent');
    expect(answered.filter((status) => status === 'completed')).toHaveLength(1);
    expect(answered.filter((status) => status === 'agent_declined').length).toBeGreaterThanOrEqual(3);
  });

  it('a phone that rings until its time is up has missed the call, which is then offered again', async () => {
    await Promise.all([noah, benjamin].map((number) => stage.phone(number).does({ does: 'decline' })));
    const callId = await stage.phone(customer).dial(lines.support);
    const missed = await stage.log.until('LegEnded', {
      callId,
      limitMs: patienceMs,
      fits: ({ data }) => data.reason === 'missed',
    });
    await stage.log.until('LegOffered', {
      callId,
      limitMs: patienceMs,
      fits: ({ sequence, data }) => sequence > missed.sequence && data.agent?.extension === olivia,
    });
    await stage.phone(olivia).is('ringing');
    await stage.phone(olivia).answer();
    await connected(stage, callId);
    await stage.phone(customer).hangUp();
    const rows = await stage.rowsOf(callId);
    expect(statuses(rows?.legs ?? [], 'agent')).toEqual(
      expect.arrayContaining(['agent_missed', 'completed']),
    );
  });

  it('through the menu to Sales, 1 leads to the group and 3 in the queue stops what would be recorded', async () => {
    const callId = await stage.phone(customer).dial(lines.sales);
    await stage.log.until('PromptStarted', { callId, limitMs: patienceMs });
    await stage.phone(customer).press('1');
    await stage.log.until('QueueEntered', { callId, limitMs: patienceMs });
    await stage.phone(customer).press('3');
    await stage.log.until('ConsentChosen', { callId, limitMs: patienceMs });
    await stage.phone(mia).answer();
    await connected(stage, callId);
    await stage.phone(customer).hangUp();
    const rows = await stage.rowsOf(callId);
    expect(promptKinds(callId)).toEqual(['menu']);
    expect(rows?.call).toMatchObject({
      completion_status: 'completed',
      call_recording_consent: 'opt_out',
      call_recording_consent_action: 'caller_opted_out',
      call_recording_consent_keypress: '3',
      recording_time: 0,
      ivr_action: 'group',
      ivr_destination_group_name: 'Sales',
      ivr_hops: 1,
    });
  });

  it('through the menu without 3 the call is recorded, and 3 in the menu chooses nothing', async () => {
    const callId = await stage.phone(customer).dial(lines.sales);
    await stage.log.until('PromptStarted', { callId, limitMs: patienceMs });
    await stage.phone(customer).press('3');
    await stage.log.until('KeyPressed', { callId, limitMs: patienceMs });
    await stage.phone(customer).press('1');
    await stage.phone(mia).is('ringing');
    await stage.phone(mia).answer();
    await stage.log.until('RecorderStarted', { callId, limitMs: patienceMs });
    await stage.phone(mia).hangUp();
    const rows = await stage.rowsOf(callId);
    expect(rows?.call).toMatchObject({
      call_recording_consent: 'opt_out',
      call_recording_consent_action: null,
      call_recording_consent_keypress: null,
    });
    expect(stage.log.of(callId).some(({ type }) => type === 'RecorderStopped')).toBe(true);
    const masked = stage.log.of(callId).find((event) => event.type === 'KeyPressed');
    expect(masked?.data).toMatchObject({ key: null, awaitedBy: null });
  });

  it('a caller who hangs up in the menu has abandoned there', async () => {
    const callId = await stage.phone(customer).dial(lines.sales);
    await stage.log.until('PromptStarted', { callId, limitMs: patienceMs });
    await stage.phone(customer).hangUp();
    expect((await stage.rowsOf(callId))?.call.completion_status).toBe('abandoned_in_ivr');
  });

  it.each([
    ['Orders is recorded always', lines.orders, mia, 'always', 'RecordingAllowed line_always'],
    [
      'the private office is never recorded',
      lines.office,
      benjamin,
      'never',
      'RecordingForbidden line_never',
    ],
    [
      'the web widget, a digital line, is recorded always and asks nobody',
      lines.widget,
      olivia,
      'always',
      'RecordingAllowed line_always',
    ],
  ])('%s, and key 3 of the caller changes nothing', async (_, line, agent, setting, expected) => {
    const callId = await stage.phone(customer).dial(line);
    await stage.phone(agent).is('ringing');
    await stage.phone(customer).press('3');
    await stage.phone(agent).answer();
    await connected(stage, callId);
    if (setting === 'always') await stage.log.until('RecorderStarted', { callId, limitMs: patienceMs });
    await stage.phone(customer).hangUp();
    const rows = await stage.rowsOf(callId);
    expect(rows?.call).toMatchObject({
      completion_status: 'completed',
      call_recording_consent: setting,
      call_recording_consent_action: null,
      call_recording_consent_keypress: null,
    });
    expect(ground(callId)).toBe(expected);
    expect(promptKinds(callId)).not.toContain('consent');
  });
});

describe('calls that go out', () => {
  it.each([
    [olivia, 'Support', 'opt_in', 'RecordingForbidden outbound_opt_in'],
    [mia, 'Sales', 'opt_out', 'RecordingAllowed outbound_opt_out'],
    [emma, 'Orders', 'always', 'RecordingAllowed line_always'],
    [benjamin, 'Private office', 'never', 'RecordingForbidden line_never'],
  ])('extension %s by the line %s (%s): %s, no prompt', async (extension, line, setting, expected) => {
    await stage.phone(outsider).does({ does: 'answer', afterMs: 100 });
    const callId = await stage.phone(extension).dial(outsider);
    await connected(stage, callId);
    await stage.phone(outsider).press('3');
    await stage.log.until('KeyPressed', { callId, limitMs: patienceMs });
    const isRecorded = expected.startsWith('RecordingAllowed');
    if (isRecorded) await stage.log.until('RecorderStarted', { callId, limitMs: patienceMs });
    await stage.phone(outsider).hangUp();
    const rows = await stage.rowsOf(callId);
    expect(rows?.call).toMatchObject({
      direction: 'outbound',
      completion_status: 'completed',
      line,
      call_recording_consent: setting,
      call_recording_consent_action: null,
      call_recording_consent_keypress: null,
    });
    expect(ground(callId)).toBe(expected);
    expect(stage.log.of(callId).some(({ type }) => type === 'RecorderStopped')).toBe(isRecorded);
    expect(promptKinds(callId)).toEqual([]);
    expect(rows?.legs.map(({ type }) => type).toSorted()).toEqual(['agent', 'customer']);
  });

  it('a number outside that declines is a call that was not answered', async () => {
    await stage.phone(outsider).does({ does: 'decline' });
    const callId = await stage.phone(emma).dial(outsider);
    expect((await stage.rowsOf(callId))?.call).toMatchObject({
      direction: 'outbound',
      completion_status: 'not_answered',
      recording_time: 0,
      talk_time: 0,
    });
  });
});

it('a call between two extensions is connected, never recorded and not exported', async () => {
  await stage.phone(noah).does({ does: 'answer', afterMs: 100 });
  const callId = await stage.phone(olivia).dial(noah);
  await connected(stage, callId);
  expect(await stage.hearing(callId)).toEqual([`${olivia}<${noah}`, `${noah}<${olivia}`]);
  await stage.phone(noah).hangUp();
  expect(await stage.rowsOf(callId)).toBeNull();
  expect(stage.log.of(callId).some(({ type }) => type.startsWith('Recorder'))).toBe(false);
});

import { setTimeout as wait } from 'node:timers/promises';
import type { CallId } from '@earshot/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  andApplied,
  benjamin,
  both,
  customer,
  olivia,
  pairs,
  supervise,
  talkOnSupport,
} from './conversation.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let callId: CallId;
const heard: Record<string, readonly string[]> = {};
// Long enough that each time in the rows is at least one whole second.
const aWhile = 1_100;

beforeAll(async () => {
  stage = await openStage();
  callId = await talkOnSupport(stage, { key: '3' });
  heard['talking'] = await stage.hearing(callId);
  await supervise(stage, callId);
  heard['spy'] = await stage.hearing(callId);
  await wait(aWhile);
  await andApplied(stage, callId, () => stage.phone(benjamin).press('1'));
  heard['whisper'] = await stage.hearing(callId);
  await wait(aWhile);
  await andApplied(stage, callId, () => stage.phone(benjamin).press('2'));
  heard['barge'] = await stage.hearing(callId);
  await wait(aWhile);
  await stage.phone(customer).hangUp();
});
afterAll(() => stage?.[Symbol.asyncDispose]());

const listens = [...both, [benjamin, customer], [benjamin, olivia]] as const;

it('Benjamin is heard by nobody, then by Olivia, then by both', () => {
  expect(heard).toEqual({
    talking: pairs(...both),
    spy: pairs(...listens),
    whisper: pairs(...listens, [olivia, benjamin]),
    barge: pairs(...listens, [olivia, benjamin], [customer, benjamin]),
  });
});

it('no key of Benjamin reaches anybody', async () => {
  for (const number of [customer, olivia]) expect(await stage.phone(number).keysHeard()).toEqual([]);
});

it('the row of the call shows that the caller pressed 3 and was recorded', async () => {
  const rows = await stage.rowsOf(callId);
  expect(rows?.call).toMatchObject({
    direction: 'inbound',
    completion_status: 'completed',
    line: 'Support',
    line_type: 'phone',
    phone_number: '+41445550100',
    call_recording_consent: 'opt_in',
    call_recording_consent_action: 'caller_opted_in',
    call_recording_consent_keypress: '3',
    recording_control_interactions: 0,
  });
  expect(rows?.call.recording_time).toBeGreaterThanOrEqual(3);
  expect(rows?.call.talk_time).toBeGreaterThanOrEqual(rows?.call.recording_time ?? Infinity);
});

it('the rows of the legs show who was there, and how long Benjamin was in each mode', async () => {
  const legs = (await stage.rowsOf(callId))?.legs ?? [];
  expect(legs.filter(({ type }) => type === 'customer')).toMatchObject([
    { completion_status: 'completed', agent_id: 0 },
  ]);
  const agents = legs.filter(({ type }) => type === 'agent');
  expect(agents.map(({ completion_status: status }) => status ?? 'none').toSorted()).toEqual([
    'answered_elsewhere',
    'answered_elsewhere',
    'completed',
  ]);
  const [supervisor, ...others] = legs.filter(({ type }) => type === 'supervisor');
  expect(others).toEqual([]);
  expect(supervisor).toMatchObject({ completion_status: 'completed' });
  for (const time of [supervisor?.spy_time, supervisor?.whisper_time, supervisor?.barge_time])
    expect(time).toBeGreaterThanOrEqual(1);
  expect(
    legs.find((leg) => leg.type === 'agent' && leg.completion_status === 'completed')?.talk_time,
  ).toBeGreaterThanOrEqual(3);
});

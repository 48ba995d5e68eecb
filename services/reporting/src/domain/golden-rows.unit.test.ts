import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { aCall } from '@earshot/testkit/events';
import { projectCall } from './project-call.ts';
import { callRowOf, legRowOf } from './rows.ts';
import { wireCallOf } from './wire-call.ts';
import { wireLegOf } from './wire-leg.ts';

const guide = readFileSync(new URL('../../../../docs/guides/export.md', import.meta.url), 'utf8');
const example = (heading: string): unknown =>
  JSON.parse(new RegExp(`### ${heading}[^]*?\`\`\`json\n([^]*?)\`\`\``).exec(guide)?.[1] ?? 'null');

const answered = aCall()
  .inbound('support')
  .commit('recording-consent', {
    type: 'RecordingPolicyApplied',
    data: { setting: 'opt_in', settingVersion: 4, greeting: 'opt_in', keyCounts: true },
  })
  .queued()
  .presses('customer', '3', 'consent')
  .commit('recording-consent', { type: 'ConsentChosen', data: { choice: 'caller_opted_in', key: '3' } })
  .rings('1004')
  .answeredBy('1004')
  .commit('signaling', { type: 'RecorderStarted', data: { recordingId: 'r1' } })
  .dialsCode('1001', 'spy', '1004');
const supervision = {
  supervisionId: 's1',
  legId: answered.legOf('1001'),
  supervisedLegId: answered.legOf('1004'),
};
const script = answered
  .commit('supervision', { type: 'SupervisionStarted', data: { ...supervision, mode: 'spy' } })
  .presses('1001', '1', 'supervision')
  .commit('supervision', {
    type: 'SupervisionModeChanged',
    data: { supervisionId: 's1', mode: 'whisper', keysUpTo: null },
  })
  .leaves('customer')
  .commit('signaling', { type: 'RecorderStopped', data: { recordingId: 'r1', durationMs: 5000 } })
  .ends();

it('the rows that the guide shows to connector users are the rows of that call', () => {
  const call = [...Map.groupBy(script.events, (event) => event.sequence)].reduce(
    (before: ReturnType<typeof projectCall> | undefined, [sequence, events]) =>
      projectCall(before, { callId: script.callId, sequence, events }, events[0]?.recordedAt ?? ''),
    undefined,
  );
  if (call === undefined) throw new Error('no call');
  const supervisor = call.legs.find((leg) => leg.party === 'supervisor');
  if (supervisor === undefined) throw new Error('no supervisor');
  expect(wireCallOf(callRowOf(call))).toEqual(example('A call'));
  expect(wireLegOf(legRowOf(call, supervisor))).toEqual(example('A leg'));
});

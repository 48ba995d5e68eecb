import { aCall, play, type CallScript } from '@earshot/testkit/events';
import type { RecordingSetting } from '@earshot/contracts';
import { inputsOf } from '../input.ts';
import { recordingConsentDecider } from '../recording-consent.ts';

export const played = (call: CallScript, setting: RecordingSetting | null) =>
  play(
    recordingConsentDecider,
    'recording-consent',
    (event) => inputsOf(event, () => setting && { setting, version: 7 }),
    call.events,
  );
export const lastDecided = (call: CallScript, setting: RecordingSetting | null) =>
  played(call, setting).decided.at(-1);
export const whatFollows = (call: CallScript, setting: RecordingSetting | null) => {
  const last = played(call, setting).outcomes.at(-1);
  return last?.ignored ?? last?.decided.map(({ type }) => type);
};

export const inbound = aCall().inbound('support');
export const asked = inbound.hearsPrompt('available').hearsPrompt('consent').queued();
export const throughMenu = aCall().inbound('sales').entersMenu('sales').chooses('1', 'group').queued('sales');
export const outbound = aCall().outbound('support', '1004');
export const three = (call: CallScript) => call.presses('customer', '3', 'consent');
/** A key that is let go after its window closed. */
export const lateThree = (call: CallScript) =>
  call.commit('signaling', {
    type: 'KeyPressed',
    data: { legId: call.legOf('customer'), key: '3', awaitedBy: 'consent', windowId: `${call.callId}-w1` },
  });
/** The caller and the first agent talk, whether or not that agent was told of. */
export const talking = (call: CallScript, revision: number) =>
  call.commit('signaling', {
    type: 'ConversationChanged',
    data: {
      revision,
      parties: [
        { legId: call.legOf('customer'), as: 'talking' },
        { legId: `${call.callId}-l2`, as: 'talking' },
      ],
    },
  });
export const answered = (call: CallScript) =>
  call.commit('signaling', { type: 'LegAnswered', data: { legId: call.legOf('1004') } });

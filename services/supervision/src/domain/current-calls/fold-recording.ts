import type { CallEvent, Instant } from '@earshot/contracts';
import type { CallNow, RecorderNow } from './call-now.ts';

/** What was asked, chosen and decided about recording, and what the recorder does. Undefined: another event. */
export const ofRecording = (call: CallNow, event: CallEvent): CallNow | undefined =>
  ofDecision(call, event) ?? ofRecorder(call, event);

const ofDecision = (call: CallNow, event: CallEvent): CallNow | undefined => {
  const at = event.occurredAt;
  switch (event.type) {
    case 'RecordingPolicyApplied':
      return { ...call, setting: event.data.setting };
    case 'KeyWindowOpened':
      return event.data.awaits === 'consent' && !call.wasAsked ? { ...call, wasAsked: true } : call;
    case 'ConsentChosen':
      return call.chosen ? call : { ...call, chosen: { choice: event.data.choice, at } };
    case 'RecordingAllowed':
      return decided(call, event.data.recordingId, event.data.ground, at);
    case 'RecordingForbidden':
      return decided(call, null, event.data.ground, at);
    case 'RecordingWithdrawn':
      // A withdrawal of an older decision says nothing about the one that stands.
      return call.decision?.standing === event.data.recordingId
        ? decided(call, null, event.data.reason, at)
        : call;
    default:
      return undefined;
  }
};

const decided = (call: CallNow, standing: string | null, reason: string, at: Instant): CallNow => ({
  ...call,
  decision: { standing, reason, refused: null, at },
});

const ofRecorder = (call: CallNow, event: CallEvent): CallNow | undefined => {
  const since = event.occurredAt;
  switch (event.type) {
    case 'RecorderStarted':
      return withRecorder(call, { recordingId: event.data.recordingId, isProved: true, since });
    case 'RecorderUnknown':
      return withRecorder(call, { recordingId: event.data.recordingId, isProved: false, since });
    case 'RecorderStopped':
      return {
        ...call,
        recorders: call.recorders.filter(({ recordingId }) => recordingId !== event.data.recordingId),
      };
    case 'RecorderRefused':
      return call.decision?.standing === event.data.recordingId
        ? { ...call, decision: { ...call.decision, refused: event.data.reason, at: since } }
        : call;
    default:
      return undefined;
  }
};

/** Any proof that a recorder runs makes it running, whatever was told before. */
const withRecorder = (call: CallNow, recorder: RecorderNow): CallNow => ({
  ...call,
  recorders: [...call.recorders.filter(({ recordingId }) => recordingId !== recorder.recordingId), recorder],
});

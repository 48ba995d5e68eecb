import { evolveLives, type CallEvent } from '@earshot/contracts';
import type { CallState } from './call-state.ts';
import { addLeg, changeLeg, endLeg, settleMode } from './evolve-leg.ts';
import { recorderRuns, recorderStopped } from './evolve-recorder.ts';
import { converse, part } from './evolve-talk.ts';
import { closeSpan, openSpan } from './times.ts';

const agentAnswered = (call: CallState, legId: string, at: number): CallState => {
  const leg = call.legs.find((candidate) => candidate.legId === legId);
  if (leg?.party !== 'agent' || leg.agentId === null) return call;
  return {
    ...call,
    agentId: call.agentId ?? leg.agentId,
    agentAnsweredAt: call.agentAnsweredAt ?? at,
    waits: closeSpan(call.waits, at),
    menus: closeSpan(call.menus, at),
  };
};

const groupOf = (call: CallState, group: { exportId: number; name: string } | null): CallState =>
  group === null
    ? call
    : {
        ...call,
        group: { id: group.exportId, name: group.name },
        menuGroup: call.menus.length > 0 ? group.name : call.menuGroup,
      };

const endCall = (call: CallState, at: number, completion: CallState['completion']): CallState => ({
  ...call,
  endedAt: at,
  completion,
  parties: [],
  waits: closeSpan(call.waits, at),
  menus: closeSpan(call.menus, at),
  talks: closeSpan(call.talks, at),
  legs: call.legs.map((leg) => (leg.endedAt === null ? endLeg(leg, at, 'call_ended') : leg)),
});

type Fold = (call: CallState, event: CallEvent, at: number) => CallState | undefined;

/** The call, its legs and who talks. Undefined: another event. */
const ofParties: Fold = (call, event, at) => {
  switch (event.type) {
    case 'CallStarted':
      if (call.id !== null) return call;
      return {
        ...call,
        id: event.sequence,
        direction: event.data.direction,
        line: event.data.line,
        startedAt: at,
      };
    case 'LegArrived': {
      const arrived = addLeg(call, event);
      return event.data.party === 'agent' && arrived.direction !== 'inbound'
        ? agentAnswered(arrived, event.data.legId, at)
        : arrived;
    }
    case 'LegOffered':
      return groupOf(addLeg(call, event), event.data.group);
    case 'LegAnswered':
      return agentAnswered(
        changeLeg(call, event.data.legId, (leg) =>
          leg.answeredAt === null ? { ...leg, answeredAt: at } : leg,
        ),
        event.data.legId,
        at,
      );
    case 'LegEnded':
      return changeLeg(part(call, event.data.legId, at), event.data.legId, (leg) =>
        endLeg(leg, at, event.data.reason),
      );
    case 'ConversationChanged':
      return call.endedAt !== null ? call : converse(call, event.data.parties, at);
    case 'CallEnded':
      return call.endedAt !== null ? call : endCall(call, at, event.data.completion);
    default:
      return undefined;
  }
};

/** What the caller went through. Undefined: another event. */
const ofCaller: Fold = (call, event, at) => {
  switch (event.type) {
    case 'QueueEntered':
      return groupOf(
        { ...call, menus: closeSpan(call.menus, at), waits: openSpan(call.waits, at) },
        event.data.group,
      );
    case 'MenuEntered':
      return { ...call, menus: openSpan(call.menus, at) };
    case 'MenuChosen':
      return {
        ...call,
        menus: openSpan(call.menus, at),
        menuHops: call.menuHops + 1,
        menuAction: event.data.action,
      };
    case 'RecordingPolicyApplied':
      return { ...call, consent: event.data.setting };
    case 'ConsentChosen':
      return call.consentAction !== null
        ? call
        : { ...call, consentAction: event.data.choice, consentKey: event.data.key };
    default:
      return undefined;
  }
};

/** What the recorder did, as it is told (RecorderStarted, RecorderUnknown, RecorderStopped), never what was allowed. Undefined: another event. */
const ofRecorder: Fold = (call, event, at) => {
  switch (event.type) {
    case 'RecorderStarted':
      return recorderRuns(call, { recordingId: event.data.recordingId, from: at, proved: true });
    case 'RecorderUnknown':
      return recorderRuns(call, { recordingId: event.data.recordingId, from: at, proved: false });
    case 'RecorderStopped':
      return recorderStopped(call, event.data.recordingId, event.data.durationMs, at);
    default:
      return undefined;
  }
};

/** Who supervised, and how. Undefined: another event. */
const ofSupervision: Fold = (call, event, at) => {
  switch (event.type) {
    case 'SupervisionStarted':
      return changeLeg(call, event.data.legId, (leg) =>
        settleMode(leg, at, { id: event.data.supervisionId, mode: event.data.mode, since: at }),
      );
    case 'SupervisionModeChanged': {
      const { supervisionId, mode } = event.data;
      const leg = call.legs.find((candidate) => candidate.supervision?.id === supervisionId);
      return leg === undefined
        ? call
        : changeLeg(call, leg.legId, (found) =>
            settleMode(found, at, { id: supervisionId, mode, since: at }),
          );
    }
    case 'SupervisionEnded':
      return changeLeg(call, event.data.legId, (leg) => settleMode(leg, at, null));
    default:
      return undefined;
  }
};

/** One event of a call, folded into what is known of it. Total: an event that no row depends on changes nothing. */
export const evolveCall = (before: CallState, event: CallEvent): CallState => {
  const at = Date.parse(event.occurredAt);
  const lives = evolveLives(before.lives, event);
  const call = lives === before.lives ? before : { ...before, lives };
  return (
    ofParties(call, event, at) ??
    ofCaller(call, event, at) ??
    ofRecorder(call, event, at) ??
    ofSupervision(call, event, at) ??
    call
  );
};

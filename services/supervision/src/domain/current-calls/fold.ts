import type { CallEvent, CurrentCallState, Instant, Parties } from '@earshot/contracts';
import { begun, type CallNow, type LegNow } from './call-now.ts';
import { ofRecording } from './fold-recording.ts';

/**
 * Takes in one event. Undefined: no call has begun, and this event begins none; what is told of a call before its start or
 * after its end shows nowhere. The same object comes back when nothing changes that is shown.
 */
export const foldCall = (call: CallNow | undefined, event: CallEvent): CallNow | undefined => {
  if (call === undefined)
    return event.type === 'CallStarted' ? begun(event.data, event.occurredAt) : undefined;
  const changed =
    ofLegs(call, event) ??
    ofCaller(call, event) ??
    ofSupervision(call, event) ??
    ofRecording(call, event) ??
    call;
  const state = stateOf(changed);
  return state === changed.state ? changed : { ...changed, state, stateSince: event.occurredAt };
};

/** A message of the call cannot be read. */
export const withDoubt = (call: CallNow): CallNow => (call.isDoubtful ? call : { ...call, isDoubtful: true });

/** Legs and who takes part in the conversation. Undefined: another event. */
const ofLegs = (call: CallNow, event: CallEvent): CallNow | undefined => {
  const since = event.occurredAt;
  switch (event.type) {
    case 'LegArrived': {
      const { legId, party, agent, number } = event.data;
      return withLeg(call, {
        legId,
        party,
        extension: agent?.extension ?? null,
        number,
        isRinging: false,
        since,
      });
    }
    case 'LegOffered': {
      const { legId, party, agent, number, group } = event.data;
      const offered = { legId, party, extension: agent?.extension ?? null, number, isRinging: true, since };
      return withLeg(group === null ? call : { ...call, group: { id: group.id, name: group.name } }, offered);
    }
    case 'LegAnswered':
      return {
        ...call,
        legs: call.legs.map((leg) =>
          leg.legId === event.data.legId && leg.isRinging ? { ...leg, isRinging: false, since } : leg,
        ),
      };
    case 'LegEnded':
      return withoutLeg(call, event.data.legId);
    case 'ConversationChanged': {
      const { revision, parties } = event.data;
      return revision <= call.revision ? call : converse({ ...call, revision }, parties, since);
    }
    case 'TopologyApplied': {
      const { outcome, pairs } = event.data;
      return { ...call, hears: outcome === 'done' ? pairs : null };
    }
    case 'CallEnded':
      return { ...call, ended: true };
    default:
      return undefined;
  }
};

const withLeg = (call: CallNow, leg: LegNow): CallNow => ({ ...call, legs: [...call.legs, leg] });

const withoutLeg = (call: CallNow, gone: string): CallNow => ({
  ...call,
  legs: call.legs.filter(({ legId }) => legId !== gone),
  parties: call.parties.filter(({ legId }) => legId !== gone),
  prompts: call.prompts.filter(({ legId }) => legId !== gone),
});

/** Whoever talks is in no menu and in no queue any more. */
const converse = (call: CallNow, parties: Parties, at: Instant): CallNow => ({
  ...call,
  parties,
  partSince: Object.fromEntries(
    parties.map(({ legId, as }) => {
      const before = call.parties.find((party) => party.legId === legId && party.as === as);
      return [legId, before ? (call.partSince[legId] ?? at) : at];
    }),
  ),
  isInMenu: false,
  isInQueue: false,
});

/** What the caller goes through. Undefined: another event. */
const ofCaller = (call: CallNow, event: CallEvent): CallNow | undefined => {
  switch (event.type) {
    case 'PromptRequested': {
      const { promptId, legId, kind } = event.data;
      return { ...call, prompts: [...call.prompts, { promptId, legId, kind }] };
    }
    case 'PromptEnded':
      return { ...call, prompts: call.prompts.filter(({ promptId }) => promptId !== event.data.promptId) };
    case 'MenuEntered':
      return { ...call, isInMenu: true, isInQueue: false };
    case 'MenuChosen':
      return { ...call, isInMenu: false };
    case 'QueueEntered': {
      const { group } = event.data;
      return {
        ...call,
        isInMenu: false,
        isInQueue: true,
        group: group && { id: group.id, name: group.name },
      };
    }
    default:
      return undefined;
  }
};

/** Who supervises. Undefined: another event. */
const ofSupervision = (call: CallNow, event: CallEvent): CallNow | undefined => {
  switch (event.type) {
    case 'SupervisionRequestedByApi': {
      const { legId, supervisor } = event.data;
      return { ...call, askedByApi: { ...call.askedByApi, [legId]: supervisor.extension } };
    }
    case 'SupervisionStarted':
      return { ...call, supervisions: [...call.supervisions, { ...event.data, since: event.occurredAt }] };
    case 'SupervisionModeChanged': {
      const { supervisionId, mode } = event.data;
      return {
        ...call,
        supervisions: call.supervisions.map((known) =>
          known.supervisionId === supervisionId ? { ...known, mode } : known,
        ),
      };
    }
    case 'SupervisionEnded':
      return {
        ...call,
        supervisions: call.supervisions.filter((known) => known.supervisionId !== event.data.supervisionId),
      };
    default:
      return undefined;
  }
};

/** The first that holds: who talks is not rung, and who is rung waits in no queue. */
const stateOf = ({ parties, legs, prompts, isInMenu, isInQueue }: CallNow): CurrentCallState => {
  if (parties.filter(({ as }) => as === 'talking').length > 1) return 'talking';
  if (parties.some(({ as }) => as === 'held')) return 'held';
  if (legs.some(({ isRinging, party }) => isRinging && party !== 'supervisor')) return 'ringing';
  // A refusal is heard by a supervisor: it says nothing about the caller.
  const playing = prompts.findLast(({ kind }) => kind !== 'refusal')?.kind;
  if (isInMenu || playing === 'menu') return 'menu';
  if (playing !== undefined) return 'greeting';
  return isInQueue ? 'queue' : 'connecting';
};

import type { CallEvent, CallId, ConsentChoice, Facts } from '@earshot/contracts';

export type Policy = Facts['RecordingPolicyApplied'];

/** One call as recording-consent knows it from the log, of all writers. */
export interface CallState {
  readonly callId: CallId | null;
  readonly direction: 'inbound' | 'outbound' | 'internal' | null;
  readonly hasLine: boolean;
  /** The setting in force, taken once when the call started; null: none was found to apply. */
  readonly policy: Policy | null;
  readonly customerLegIds: readonly string[];
  readonly agentLegIds: readonly string[];
  readonly consentPromptIds: readonly string[];
  /** The consent greeting has begun to play, and its audio did not fail. */
  readonly asked: boolean;
  /** The caller chose in a menu, whose greeting carries the wording instead (docs/product.md 2.3). */
  readonly cameThroughMenu: boolean;
  /** The caller has entered the queue; after a menu the key counts from here. */
  readonly queued: boolean;
  readonly agentAnswered: boolean;
  readonly connected: readonly string[];
  readonly choice: ConsentChoice | null;
  /** Recording that is allowed now; null: none is. */
  readonly standing: string | null;
  readonly recordingCount: number;
  readonly ended: boolean;
}

export const initialState = (): CallState => ({
  callId: null, direction: null, hasLine: false, policy: null, customerLegIds: [], agentLegIds: [], consentPromptIds: [],
  asked: false, cameThroughMenu: false, queued: false, agentAnswered: false, connected: [], choice: null,
  standing: null, recordingCount: 0, ended: false,
});

/** Nothing can follow: the call has ended and no permission to record stands. */
export const isOver = (state: CallState): boolean => state.ended && state.standing === null;

/** Takes in one event; what it does not know leaves the state as it is. */
export const evolve = (state: CallState, event: CallEvent): CallState => {
  switch (event.type) {
    case 'CallStarted':
      return { ...state, callId: event.callId, direction: event.data.direction, hasLine: event.data.line !== null };
    case 'LegArrived':
    case 'LegOffered':
      return withLeg(state, event.data);
    case 'LegAnswered':
      return { ...state, agentAnswered: state.agentAnswered || state.agentLegIds.includes(event.data.legId) };
    case 'LegEnded':
      return { ...state, connected: state.connected.includes(event.data.legId) ? [] : state.connected };
    case 'PromptRequested':
      return event.data.kind === 'consent' ? { ...state, consentPromptIds: [...state.consentPromptIds, event.data.promptId] } : state;
    case 'PromptStarted':
      return { ...state, asked: state.asked || state.consentPromptIds.includes(event.data.promptId) };
    case 'PromptEnded':
      return event.data.outcome === 'failed' && state.consentPromptIds.includes(event.data.promptId) ? { ...state, asked: false } : state;
    case 'MenuChosen':
      return { ...state, cameThroughMenu: true };
    case 'QueueEntered':
      return { ...state, queued: true };
    case 'PartiesConnected':
      return { ...state, connected: event.data.legIds, agentAnswered: true };
    case 'CallEnded':
      return { ...state, connected: [], ended: true };
    case 'RecordingPolicyApplied':
      return { ...state, policy: event.data };
    case 'ConsentChosen':
      return { ...state, choice: event.data.choice };
    case 'RecordingAllowed':
      return { ...state, standing: event.data.recordingId, recordingCount: state.recordingCount + 1 };
    case 'RecordingWithdrawn':
      return { ...state, standing: null };
    default:
      return state;
  }
};

const withLeg = (state: CallState, { legId, party }: Pick<Facts['LegArrived'], 'legId' | 'party'>): CallState => {
  if (party === 'customer') return { ...state, customerLegIds: [...state.customerLegIds, legId] };
  if (party === 'agent') return { ...state, agentLegIds: [...state.agentLegIds, legId] };
  return state;
};

import type { CallEvent, CallId, LegEndReason, PromptKind, SupervisionRefusal, Topology } from '@earshot/contracts';
import type { Agent, Greeting, Group, Line } from './directory.ts';
import type { Handle } from './switch.ts';

export interface Leg {
  readonly legId: string;
  readonly handle: Handle;
  readonly party: 'customer' | 'agent' | 'supervisor';
  /** Whether it came to us or we ring it. */
  readonly origin: 'arrived' | 'offered';
  readonly agent: Agent | null;
  readonly number: string | null;
  readonly ringForMs: number;
  readonly state: 'new' | 'answered' | 'ended';
  readonly endReason: LegEndReason | null;
  readonly endedAt: string | null;
}

export interface Prompt {
  readonly promptId: string;
  readonly legId: string;
  readonly kind: PromptKind;
  readonly greeting: Greeting;
  readonly state: 'requested' | 'started' | 'ended';
}

export interface Recorder {
  readonly recordingId: string;
  /** `unknown` counts as running until it is proved stopped. */
  readonly state: 'running' | 'stopped' | 'refused' | 'unknown';
}

/** One call as signaling knows it from the log, of all writers. */
export interface CallState {
  readonly callId: CallId | null;
  readonly direction: 'inbound' | 'outbound' | 'internal' | null;
  readonly line: Line | null;
  readonly legs: readonly Leg[];
  readonly prompts: readonly Prompt[];
  /** The menu whose keys are awaited. */
  readonly menuId: string | null;
  readonly queue: { readonly legId: string; readonly group: Group | null; readonly extension: string | null } | null;
  readonly consentGreeting: 'opt_in' | 'opt_out' | null;
  readonly consentKeyCounts: boolean;
  readonly connected: { readonly legIds: readonly string[]; readonly bridgeId: string } | null;
  /** Who shall hear whom; null before two parties are connected. */
  readonly topology: { readonly topologyId: string; readonly pairs: Topology } | null;
  readonly appliedTopology: { readonly topologyId: string; readonly outcome: 'done' | 'refused' | 'unknown'; readonly pairs: Topology | null } | null;
  /** The standing decision that a recorder may run. */
  readonly recordingAllowed: string | null;
  readonly recorders: readonly Recorder[];
  /** Legs that supervise now. */
  readonly supervising: readonly string[];
  /** Legs whose request to supervise was refused. */
  readonly refused: readonly { readonly legId: string; readonly reason: SupervisionRefusal }[];
  /** Legs whose supervision is over. */
  readonly dismissed: readonly string[];
  readonly ended: boolean;
}

export const initialState = (): CallState => ({
  callId: null, direction: null, line: null, legs: [], prompts: [], menuId: null, queue: null,
  consentGreeting: null, consentKeyCounts: false, connected: null, topology: null, appliedTopology: null,
  recordingAllowed: null, recorders: [], supervising: [], refused: [], dismissed: [], ended: false,
});

/** Legs that are there: arrived, ringing or answered. */
export const liveLegs = (state: CallState): readonly Leg[] => state.legs.filter((leg) => leg.state !== 'ended');
export const legOf = (state: CallState, legId: string): Leg | undefined => state.legs.find((leg) => leg.legId === legId);
export const legByHandle = (state: CallState, handle: Handle): Leg | undefined => state.legs.find((leg) => leg.handle === handle);
/** The party that came to us and whom everybody else is rung for. */
export const callerOf = (state: CallState): Leg | undefined => state.legs.find((leg) => leg.origin === 'arrived' && leg.party !== 'supervisor');
/** A call, as against a supervision request that found no call and has a log of its own. */
export const isCall = (state: CallState): boolean => state.direction !== null;

/** Nothing is left on the switch. */
export const isOver = (state: CallState): boolean =>
  state.legs.length > 0 && liveLegs(state).length === 0 && (state.ended || !isCall(state)) &&
  state.recorders.every(({ state: recorder }) => recorder === 'stopped' || recorder === 'refused');

const everyoneHearsEveryone = (legIds: readonly string[]): Topology =>
  legIds.flatMap((listener) => legIds.filter((speaker) => speaker !== listener).map((speaker) => ({ listener, speaker })));

const updateLeg = (state: CallState, legId: string, change: Partial<Leg>): CallState => ({
  ...state, legs: state.legs.map((leg) => (leg.legId === legId ? { ...leg, ...change } : leg)),
});

const updatePrompt = (state: CallState, promptId: string, change: Partial<Prompt>): CallState => ({
  ...state, prompts: state.prompts.map((prompt) => (prompt.promptId === promptId ? { ...prompt, ...change } : prompt)),
});

const withRecorder = (state: CallState, recordingId: string, recorder: Recorder['state']): CallState => ({
  ...state, recorders: [...state.recorders.filter((known) => known.recordingId !== recordingId), { recordingId, state: recorder }],
});

/** Takes in one event; what it does not know leaves the state as it is. */
export const evolve = (state: CallState, event: CallEvent): CallState => {
  switch (event.type) {
    case 'CallStarted':
      return { ...state, callId: event.callId, direction: event.data.direction, line: event.data.line };
    case 'LegArrived': {
      const { legId, handle, party, agent, number } = event.data;
      const leg: Leg = { legId, handle, party, agent, number, origin: 'arrived', ringForMs: 0, state: 'new', endReason: null, endedAt: null };
      return { ...state, callId: event.callId, legs: [...state.legs, leg] };
    }
    case 'LegOffered': {
      const { legId, party, agent, number, ringForMs } = event.data;
      const leg: Leg = { legId, handle: legId, party, agent, number, origin: 'offered', ringForMs, state: 'new', endReason: null, endedAt: null };
      return { ...state, legs: [...state.legs, leg] };
    }
    case 'LegAnswered':
      return updateLeg(state, event.data.legId, { state: 'answered' });
    case 'LegEnded':
      return {
        ...updateLeg(state, event.data.legId, { state: 'ended', endReason: event.data.reason, endedAt: event.occurredAt }),
        supervising: state.supervising.filter((legId) => legId !== event.data.legId),
      };
    case 'PromptRequested':
      return {
        ...state,
        prompts: [...state.prompts, { ...event.data, state: 'requested' }],
      };
    case 'PromptStarted':
      return updatePrompt(state, event.data.promptId, { state: 'started' });
    case 'PromptEnded':
      return updatePrompt(state, event.data.promptId, { state: 'ended' });
    case 'MenuEntered':
      return { ...state, menuId: event.data.menuId };
    case 'MenuChosen':
      return { ...state, menuId: null };
    case 'QueueEntered':
      return { ...state, queue: event.data, menuId: null };
    case 'PartiesConnected': {
      const { legIds, bridgeId } = event.data;
      return { ...state, queue: null, connected: event.data, topology: { topologyId: bridgeId, pairs: everyoneHearsEveryone(legIds) } };
    }
    case 'TopologyChanged':
      return { ...state, topology: event.data };
    case 'TopologyApplied':
      return { ...state, appliedTopology: event.data };
    case 'RecordingPolicyApplied':
      return { ...state, consentGreeting: event.data.greeting, consentKeyCounts: event.data.keyCounts };
    case 'RecordingAllowed':
      return { ...state, recordingAllowed: event.data.recordingId };
    case 'RecordingForbidden':
    case 'RecordingWithdrawn':
      return { ...state, recordingAllowed: null };
    case 'RecorderStarted':
      return withRecorder(state, event.data.recordingId, 'running');
    case 'RecorderStopped':
      return withRecorder(state, event.data.recordingId, 'stopped');
    case 'RecorderRefused':
      return withRecorder(state, event.data.recordingId, 'refused');
    case 'RecorderUnknown':
      return withRecorder(state, event.data.recordingId, 'unknown');
    case 'SupervisionStarted':
      return { ...state, supervising: [...state.supervising, event.data.legId] };
    case 'SupervisionRefused':
      return { ...state, refused: [...state.refused, event.data] };
    case 'SupervisionEnded':
      return { ...state, supervising: state.supervising.filter((legId) => legId !== event.data.legId), dismissed: [...state.dismissed, event.data.legId] };
    case 'CallEnded':
      return { ...state, ended: true };
    default:
      return state;
  }
};

import type { CallEvent, CallId, ConsentChoice, Facts, Instant, Parties } from '@earshot/contracts';
import type { Verdict } from './recording-table.ts';

export type Policy = Facts['RecordingPolicyApplied'];

/** A time in which a key of the caller counted, as the log told it. */
export interface KeyWindow {
  readonly windowId: string;
  /** Null: it was told to have closed, but not to have opened. */
  readonly opened: Pick<Facts['KeyWindowOpened'], 'legId' | 'awaits'> | null;
  readonly closed: Facts['KeyWindowClosed']['reason'] | null;
  /** It opened before an agent answered, and before anything was decided. */
  readonly isInTime: boolean;
}

/** One call as recording-consent knows it from the log, of all writers. */
export interface CallState {
  readonly callId: CallId | null;
  readonly direction: 'inbound' | 'outbound' | 'internal' | null;
  readonly hasLine: boolean;
  /** The setting in force, taken once when the call started; null: none was found to apply. */
  readonly policy: Policy | null;
  readonly customerLegIds: readonly string[];
  readonly agentLegIds: readonly string[];
  readonly endedLegIds: readonly string[];
  readonly windows: readonly KeyWindow[];
  readonly agentAnswered: boolean;
  readonly revision: number;
  readonly parties: Parties;
  readonly choice: ConsentChoice | null;
  /** What the first decision of this call said; those that follow say the same. */
  readonly verdict: Verdict | null;
  /** Recording that is allowed now; null: none is. */
  readonly standing: string | null;
  /** The conversation that goes on was forbidden to be recorded. */
  readonly forbidden: boolean;
  readonly recordingCount: number;
  /** Something in the log of this call cannot be read: who knows what it says. */
  readonly unreadable: boolean;
  readonly ended: boolean;
  /** When what was told last happened at the switch. */
  readonly knownUntil: Instant | null;
}

export const initialState = (): CallState => ({
  callId: null,
  direction: null,
  hasLine: false,
  policy: null,
  customerLegIds: [],
  agentLegIds: [],
  endedLegIds: [],
  windows: [],
  agentAnswered: false,
  revision: 0,
  parties: [],
  choice: null,
  verdict: null,
  standing: null,
  forbidden: false,
  recordingCount: 0,
  unreadable: false,
  ended: false,
  knownUntil: null,
});

/** Nothing can follow: the call has ended and no permission to record stands. */
export const isOver = (state: CallState): boolean => state.ended && state.standing === null;

/**
 * A conversation goes on that is recorded or not: of customer and agent or, on an internal call, of two
 * colleagues.
 */
export const isTalking = ({
  direction,
  parties,
  customerLegIds,
  agentLegIds,
  endedLegIds,
}: CallState): boolean => {
  const talking = parties.flatMap(({ legId, as }) =>
    as === 'talking' && !endedLegIds.includes(legId) ? [legId] : [],
  );
  const agents = talking.filter((legId) => agentLegIds.includes(legId));
  return direction === 'internal'
    ? agents.length > 1
    : agents.length > 0 && talking.some((legId) => customerLegIds.includes(legId));
};

/** The state of a call of which a commit, of whatever writer, cannot be read. */
export const withUnreadableCommit = (state: CallState): CallState => ({ ...state, unreadable: true });

/** Takes in one event; of what it does not know it notes when it happened. */
export const evolve = (state: CallState, event: CallEvent): CallState =>
  evolved({ ...state, knownUntil: event.occurredAt }, event);

const evolved = (state: CallState, event: CallEvent): CallState => {
  switch (event.type) {
    case 'CallStarted':
      return {
        ...state,
        callId: event.callId,
        direction: event.data.direction,
        hasLine: event.data.line !== null,
      };
    case 'LegArrived':
    case 'LegOffered':
      return withLeg(state, event.data);
    case 'LegAnswered':
      return { ...state, agentAnswered: state.agentAnswered || state.agentLegIds.includes(event.data.legId) };
    case 'LegEnded':
      return parted({ ...state, endedLegIds: [...state.endedLegIds, event.data.legId] });
    case 'KeyWindowOpened':
      return withWindow(state, event.data.windowId, {
        opened: event.data,
        isInTime: !state.agentAnswered && state.verdict === null,
      });
    case 'KeyWindowClosed':
      return withWindow(state, event.data.windowId, { closed: event.data.reason });
    case 'ConversationChanged':
      return converse(state, event.data);
    case 'CallEnded':
      return parted({ ...state, parties: [], ended: true });
    case 'RecordingPolicyApplied':
      return { ...state, policy: event.data };
    case 'ConsentChosen':
      return { ...state, choice: event.data.choice, verdict: null };
    case 'RecordingAllowed': {
      const { recordingId, ground, windowId } = event.data;
      return {
        ...state,
        standing: recordingId,
        forbidden: false,
        recordingCount: state.recordingCount + 1,
        verdict: { allowed: true, ground, windowId },
      };
    }
    case 'RecordingForbidden':
      return noteUnreadable(
        { ...state, forbidden: true, verdict: state.verdict ?? { allowed: false, ...event.data } },
        event.data.ground,
      );
    case 'RecordingWithdrawn':
      return noteUnreadable({ ...state, standing: null }, event.data.reason);
    default:
      return state;
  }
};

/** What our own decisions say of the log holds also when the state is folded anew. */
const noteUnreadable = (state: CallState, why: string): CallState =>
  why === 'log_unreadable' ? withUnreadableCommit(state) : state;

const withLeg = (
  state: CallState,
  { legId, party }: Pick<Facts['LegArrived'], 'legId' | 'party'>,
): CallState => {
  if (party === 'customer') return { ...state, customerLegIds: [...state.customerLegIds, legId] };
  if (party === 'agent') return { ...state, agentLegIds: [...state.agentLegIds, legId] };
  return state;
};

const converse = (state: CallState, { revision, parties }: Facts['ConversationChanged']): CallState => {
  if (state.ended || revision <= state.revision) return state;
  const changed = { ...state, revision, parties };
  return parted({ ...changed, agentAnswered: state.agentAnswered || isTalking(changed) });
};

/** What was forbidden was this conversation; the next one is decided on anew. */
const parted = (state: CallState): CallState =>
  state.forbidden && !isTalking(state) ? { ...state, forbidden: false } : state;

const withWindow = (state: CallState, windowId: string, told: Partial<KeyWindow>): CallState => {
  const known = state.windows.find((window) => window.windowId === windowId);
  const windows = known
    ? state.windows.map((window) => (window === known ? { ...known, ...told } : window))
    : [...state.windows, { windowId, opened: null, closed: null, isInTime: false, ...told }];
  return { ...state, windows };
};

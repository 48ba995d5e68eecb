import type { CallEvent, CallId, Instant, Parties, SupervisionMode, Topology } from '@earshot/contracts';

/** One party's connection, as far as supervision needs it. */
export interface Leg {
  readonly legId: string;
  readonly party: 'customer' | 'agent' | 'supervisor';
  readonly extension: string | null;
  readonly state: 'new' | 'answered' | 'ended';
}

/** A supervision that is going on. */
export interface Supervision {
  readonly supervisionId: string;
  readonly legId: string;
  readonly supervisedLegId: string;
  readonly mode: SupervisionMode;
}

/** One call as supervision knows it from the log, of all writers. */
export interface CallState {
  readonly callId: CallId | null;
  readonly legs: readonly Leg[];
  /** Newest revision of the conversation; 0: there has been none. */
  readonly revision: number;
  /** Who takes part in the conversation, and how; without those whose leg has ended since. */
  readonly parties: Parties;
  /** Who asked to supervise whom, by the supervisor's leg; for asking again whether it is permitted. */
  readonly requests: readonly {
    readonly legId: string;
    readonly supervisor: string;
    readonly target: string;
  }[];
  /** Supervisors' legs whose request was answered, by a start or a refusal. */
  readonly answered: readonly string[];
  /** When each leg's newest mode key was pressed; an older one may be told after it. */
  readonly lastKeys: readonly { readonly legId: string; readonly at: Instant }[];
  /** Supervisions that are going on. */
  readonly supervisions: readonly Supervision[];
  /** Supervisions and topologies there have been, for deriving the next id. */
  readonly supervisionCount: number;
  readonly topologyCount: number;
  /**
   * The last topology that was decided, and the revision of the conversation that it was made for; null: none
   * yet.
   */
  readonly topology: { readonly revision: number; readonly pairs: Topology } | null;
  /** A call has been seen, as against a request on a log of its own because its target is on no call. */
  readonly started: boolean;
  readonly ended: boolean;
}

export const initialState = (): CallState => ({
  callId: null,
  legs: [],
  revision: 0,
  parties: [],
  requests: [],
  answered: [],
  lastKeys: [],
  supervisions: [],
  supervisionCount: 0,
  topologyCount: 0,
  topology: null,
  started: false,
  ended: false,
});

export const hasEnded = (state: CallState, legId: string): boolean =>
  state.legs.some((leg) => leg.legId === legId && leg.state === 'ended');

/**
 * True while the log is being read again: a topology of ours is known, but not yet the conversation that it
 * was made for.
 */
export const isBehind = ({ topology, revision }: CallState): boolean =>
  topology !== null && topology.revision > revision;

/** Nothing can follow: the call, or the request that found no call, is gone and nobody supervises. */
export const isOver = (state: CallState): boolean =>
  state.supervisions.length === 0 &&
  (state.ended || !state.started) &&
  state.legs.length > 0 &&
  state.legs.every((leg) => leg.state === 'ended');

/** The call and its parties. Undefined: another event. */
const ofCall = (state: CallState, event: CallEvent): CallState | undefined => {
  switch (event.type) {
    case 'CallStarted':
      return { ...state, callId: event.callId, started: true };
    case 'LegArrived':
    case 'LegOffered': {
      const { legId, party, agent } = event.data;
      return {
        ...state,
        callId: event.callId,
        legs: [...state.legs, { legId, party, extension: agent?.extension ?? null, state: 'new' }],
      };
    }
    case 'LegAnswered':
      return withLeg(state, event.data.legId, 'answered');
    case 'LegEnded':
      return {
        ...withLeg(state, event.data.legId, 'ended'),
        parties: state.parties.filter(({ legId }) => legId !== event.data.legId),
      };
    case 'ConversationChanged': {
      const { revision, parties } = event.data;
      return state.ended || revision <= state.revision
        ? state
        : { ...state, revision, parties: parties.filter(({ legId }) => !hasEnded(state, legId)) };
    }
    case 'CallEnded':
      return { ...state, parties: [], ended: true };
    default:
      return undefined;
  }
};

/** Who asks to supervise, and who does. Undefined: another event. */
const ofSupervision = (state: CallState, event: CallEvent): CallState | undefined => {
  switch (event.type) {
    case 'SupervisionRequested': {
      const { legId, supervisor, target } = event.data;
      return {
        ...state,
        callId: event.callId,
        requests: [...state.requests, { legId, supervisor: supervisor.extension, target }],
      };
    }
    case 'KeyPressed':
      return event.data.awaitedBy === 'supervision'
        ? withKey(state, event.data.legId, event.occurredAt)
        : state;
    case 'SupervisionStarted':
      return {
        ...answer(state, event.data.legId),
        supervisions: [...state.supervisions, event.data],
        supervisionCount: state.supervisionCount + 1,
      };
    case 'SupervisionRefused':
      return answer(state, event.data.legId);
    case 'SupervisionModeChanged': {
      const { supervisionId, mode } = event.data;
      return {
        ...state,
        supervisions: state.supervisions.map((known) =>
          known.supervisionId === supervisionId ? { ...known, mode } : known,
        ),
      };
    }
    case 'SupervisionEnded':
      return {
        ...state,
        supervisions: state.supervisions.filter(
          ({ supervisionId }) => supervisionId !== event.data.supervisionId,
        ),
      };
    case 'TopologyChanged':
      return {
        ...state,
        topology: { revision: event.data.revision, pairs: event.data.pairs },
        topologyCount: state.topologyCount + 1,
      };
    default:
      return undefined;
  }
};

/** Takes in one event; what it does not know leaves the state as it is. */
export const evolve = (state: CallState, event: CallEvent): CallState =>
  ofCall(state, event) ?? ofSupervision(state, event) ?? state;

const withLeg = (state: CallState, legId: string, to: Leg['state']): CallState => ({
  ...state,
  legs: state.legs.map((leg) => (leg.legId === legId ? { ...leg, state: to } : leg)),
});

const withKey = (state: CallState, legId: string, at: Instant): CallState => {
  const isNewest = !state.lastKeys.some((key) => key.legId === legId && key.at > at);
  if (!isNewest) return state;
  return { ...state, lastKeys: [...state.lastKeys.filter((key) => key.legId !== legId), { legId, at }] };
};

const answer = (state: CallState, legId: string): CallState => ({
  ...state,
  answered: [...state.answered, legId],
});

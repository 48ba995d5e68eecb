import type {
  CallEvent,
  CallId,
  Instant,
  LegEndReason,
  Parties,
  SupervisionMode,
  Topology,
} from '@earshot/contracts';

/** One party's connection, as far as supervision needs it. */
export interface Leg {
  readonly legId: string;
  readonly party: 'customer' | 'agent' | 'supervisor';
  readonly extension: string | null;
  readonly state: 'new' | 'answered' | 'ended';
  readonly endReason: LegEndReason | null;
}

/** A supervision that is going on, or waits for its phone to be answered. */
export interface Supervision {
  readonly supervisionId: string;
  readonly legId: string;
  readonly supervisedLegId: string;
  readonly mode: SupervisionMode;
}

/** A supervision that was asked for by API and is permitted; it begins when its phone, the leg, is answered. */
export interface Awaited extends Supervision {
  readonly since: Instant;
}

/** What was wished last of a supervisor's leg, by key or by API; what is older may be told after it. */
export interface LastWish {
  readonly legId: string;
  readonly at: Instant;
  /** Place in the log of the newest mode key; null: there was none. */
  readonly key: number | null;
  /** Keys up to this place were known to a change that stands: nothing follows from them any more. */
  readonly settled: number;
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
  readonly lastWishes: readonly LastWish[];
  readonly awaited: readonly Awaited[];
  /** Supervisions that are going on, in the order in which they took their present mode. */
  readonly supervisions: readonly Supervision[];
  /** Supervisions (those that API commands asked for among them, whatever became of them) and topologies there have been, for deriving the next id. */
  readonly supervisionCount: number;
  readonly topologyCount: number;
  /**
   * The last topology that was decided, and the revision of the conversation that it was made for; null: none
   * yet.
   */
  readonly topology: { readonly revision: number; readonly pairs: Topology } | null;
  /**
   * How far, in ms, our clocks are ahead of the switch's, as the quickest report of this call tells; negative: behind. Null:
   * nothing was told yet.
   */
  readonly aheadOfSwitchMs: number | null;
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
  lastWishes: [],
  awaited: [],
  supervisions: [],
  supervisionCount: 0,
  topologyCount: 0,
  topology: null,
  aheadOfSwitchMs: null,
  started: false,
  ended: false,
});

/** The supervisions once one of them is in this mode: in another than before it is the last. */
export const inMode = <T extends Supervision>(
  supervisions: readonly T[],
  supervisionId: string,
  mode: SupervisionMode,
): readonly T[] => {
  const changes = (known: T): boolean => known.supervisionId === supervisionId && known.mode !== mode;
  return [
    ...supervisions.filter((known) => !changes(known)),
    ...supervisions.filter(changes).map((known) => ({ ...known, mode })),
  ];
};

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
  state.awaited.length === 0 &&
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
        legs: [
          ...state.legs,
          { legId, party, extension: agent?.extension ?? null, state: 'new', endReason: null },
        ],
      };
    }
    case 'LegAnswered':
      return withLeg(state, event.data.legId, { state: 'answered' });
    case 'LegEnded':
      return {
        ...withLeg(state, event.data.legId, { state: 'ended', endReason: event.data.reason }),
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
    case 'SupervisionRequested':
      return asked(state, event);
    case 'SupervisionRequestedByApi':
      return askedByApi(state, event);
    case 'KeyPressed':
      return event.data.awaitedBy === 'supervision'
        ? withWish(state, event.data.legId, event.occurredAt, { key: event.sequence })
        : state;
    case 'SupervisionStarted': {
      const { supervisionId, legId } = event.data;
      const awaited = without(state.awaited, supervisionId);
      return {
        ...answer(state, legId),
        supervisions: [...state.supervisions, event.data],
        awaited,
        supervisionCount: state.supervisionCount + (awaited.length < state.awaited.length ? 0 : 1),
      };
    }
    case 'SupervisionRefused':
      return {
        ...answer(state, event.data.legId),
        awaited: state.awaited.filter(({ legId }) => legId !== event.data.legId),
      };
    case 'SupervisionModeChanged':
      return changedMode(state, event);
    case 'SupervisionModeRefused':
      return settledKey(state, event);
    case 'SupervisionEnded':
      return {
        ...state,
        supervisions: without(state.supervisions, event.data.supervisionId),
        awaited: without(state.awaited, event.data.supervisionId),
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

/** What the switch tells of was at the switch's time, and written down by our clocks soon after. */
const withClock = (state: CallState, { writer, occurredAt, recordedAt }: CallEvent): CallState => {
  if (writer !== 'signaling') return state;
  const aheadMs = Date.parse(recordedAt) - Date.parse(occurredAt);
  return state.aheadOfSwitchMs !== null && state.aheadOfSwitchMs <= aheadMs
    ? state
    : { ...state, aheadOfSwitchMs: aheadMs };
};

/** A moment of our clocks as the switch's clock showed it, rather too early than too late: for comparing it with keys. */
export const atSwitch = ({ aheadOfSwitchMs }: CallState, at: Instant): Instant =>
  new Date(Date.parse(at) - (aheadOfSwitchMs ?? 0)).toISOString();

/** Takes in one event; what it does not know leaves the state as it is. */
export const evolve = (before: CallState, event: CallEvent): CallState => {
  const state = withClock(before, event);
  return ofCall(state, event) ?? ofSupervision(state, event) ?? state;
};

const withLeg = (state: CallState, legId: string, change: Partial<Leg>): CallState => ({
  ...state,
  legs: state.legs.map((leg) => (leg.legId === legId ? { ...leg, ...change } : leg)),
});

/** What was wished last of a leg. */
export const lastWishOf = ({ lastWishes }: CallState, legId: string): LastWish =>
  lastWishes.find((wish) => wish.legId === legId) ?? { legId, at: '', key: null, settled: 0 };

const withWish = (
  state: CallState,
  legId: string,
  at: Instant,
  { key, settled }: Partial<LastWish>,
): CallState => {
  const before = lastWishOf(state, legId);
  const wish = {
    legId,
    at: before.at > at ? before.at : at,
    key: key ?? before.key,
    settled: Math.max(before.settled, settled ?? 0),
  };
  return { ...state, lastWishes: [...state.lastWishes.filter((other) => other.legId !== legId), wish] };
};

const without = <T extends { readonly supervisionId: string }>(
  known: readonly T[],
  supervisionId: string,
): readonly T[] => known.filter((one) => one.supervisionId !== supervisionId);

const asked = (
  state: CallState,
  {
    callId,
    data: { legId, supervisor, target },
  }: CallEvent<'SupervisionRequested' | 'SupervisionRequestedByApi'>,
): CallState => ({
  ...state,
  callId,
  requests: [...state.requests, { legId, supervisor: supervisor.extension, target }],
});

/** Without the target's leg the request is refused, by the same commit. */
const askedByApi = (state: CallState, event: CallEvent<'SupervisionRequestedByApi'>): CallState => {
  const { supervisionId, legId, supervisedLegId, mode } = event.data;
  const since = event.occurredAt;
  return {
    ...asked(state, event),
    supervisionCount: state.supervisionCount + 1,
    awaited:
      supervisedLegId === null
        ? state.awaited
        : [...state.awaited, { supervisionId, legId, supervisedLegId, mode, since }],
  };
};

const changedMode = (state: CallState, event: CallEvent<'SupervisionModeChanged'>): CallState => {
  const { supervisionId, mode, keysUpTo } = event.data;
  const changed = [...state.supervisions, ...state.awaited].find(
    (known) => known.supervisionId === supervisionId,
  );
  const next = {
    ...state,
    supervisions: inMode(state.supervisions, supervisionId, mode),
    awaited: inMode(state.awaited, supervisionId, mode),
  };
  return changed ? withWish(next, changed.legId, event.occurredAt, { settled: keysUpTo ?? 0 }) : next;
};

/** A key that was refused has its answer, however often it is told. */
const settledKey = (
  state: CallState,
  { data: { supervisionId, keysUpTo } }: CallEvent<'SupervisionModeRefused'>,
): CallState => {
  const known = state.supervisions.find((supervision) => supervision.supervisionId === supervisionId);
  return known ? withWish(state, known.legId, '', { settled: keysUpTo }) : state;
};

const answer = (state: CallState, legId: string): CallState => ({
  ...state,
  answered: [...state.answered, legId],
});

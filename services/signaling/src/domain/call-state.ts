import {
  companyOf,
  modeKeys,
  type CallId,
  type Instant,
  type KeyWindowFor,
  type LegEndReason,
  type Parties,
  type PromptKind,
  type SupervisionMode,
  type SupervisionRefusal,
  type Topology,
} from '@earshot/contracts';
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
  readonly endedAt: Instant | null;
  /** When its newest mode key was let go, by the log. */
  readonly modeKeyAt: Instant | null;
}

export interface Prompt {
  readonly promptId: string;
  readonly legId: string;
  readonly kind: PromptKind;
  readonly greeting: Greeting;
  readonly state: 'requested' | 'started' | 'ended';
}

/** A time in which a key of a leg counts. */
export interface KeyWindow {
  readonly windowId: string;
  readonly legId: string;
  readonly awaits: KeyWindowFor;
  readonly isOpen: boolean;
  readonly openedAt: Instant;
  /** When it closed because an agent answered; null: it did not. */
  readonly connectedAt: Instant | null;
}

/** A recording that a decision once allowed, and what the switch was seen to do about it. */
export interface Recording {
  readonly recordingId: string;
  readonly allowedAt: Instant;
  /** When it ceased to be allowed: the decision was withdrawn, or those it was about no longer talked. Null: it is allowed. */
  readonly allowedUntil: Instant | null;
  /** Null: it was never tried. `unknown` counts as running until it is proved stopped. */
  readonly recorder: 'running' | 'stopped' | 'refused' | 'unknown' | null;
  readonly startedAt: Instant | null;
  readonly stoppedAt: Instant | null;
  readonly durationMs: number;
  readonly isCollected: boolean;
  /** Audio in ms that can be fetched since it was collected. */
  readonly keptMs: number;
}

/** Somebody who supervises now. `pressed`: the last mode key, while no decision on it is known. */
export interface Supervisor {
  readonly supervisionId: string;
  readonly legId: string;
  readonly mode: SupervisionMode;
  readonly pressed: { readonly mode: SupervisionMode; readonly sequence: number } | null;
}

/** One call as signaling knows it from the log, of all writers. */
export interface CallState {
  readonly callId: CallId | null;
  readonly startedAt: Instant | null;
  readonly direction: 'inbound' | 'outbound' | 'internal' | null;
  readonly line: Line | null;
  readonly legs: readonly Leg[];
  readonly prompts: readonly Prompt[];
  readonly windows: readonly KeyWindow[];
  /** The menu that the caller is in. */
  readonly menuId: string | null;
  readonly queue: {
    readonly legId: string;
    readonly group: Group | null;
    readonly extension: string | null;
    readonly since: Instant;
  } | null;
  /** What recording-consent wants asked; `missed`: it was waited for in vain, so nobody is asked any more. */
  readonly policy:
    | { readonly greeting: 'opt_in' | 'opt_out' | null; readonly keyCounts: boolean }
    | 'awaited'
    | 'missed';
  /** Who takes part, and how; null before anybody talked. */
  readonly conversation: { readonly revision: number; readonly parties: Parties } | null;
  /** Who shall hear whom as supervision decided last. */
  readonly topology: {
    readonly topologyId: string;
    readonly revision: number;
    readonly pairs: Topology;
  } | null;
  readonly appliedTopology: {
    readonly topologyId: string;
    readonly outcome: 'done' | 'refused' | 'unknown';
    readonly pairs: Topology | null;
  } | null;
  /** Legs that hear somebody in the topology that the switch carried last. */
  readonly seated: readonly string[];
  readonly recordings: readonly Recording[];
  readonly supervisors: readonly Supervisor[];
  /** Supervisors who asked by API: their phone is rung as this leg, for the sake of the extension that is called the target. */
  readonly called: readonly { readonly legId: string; readonly target: string; readonly phone: Agent }[];
  /** The last mode key of whoever has asked to supervise and is not answered yet. */
  readonly earlyKeys: readonly Pick<Supervisor, 'legId' | 'pressed'>[];
  /** Legs whose request to supervise was refused. */
  readonly refused: readonly { readonly legId: string; readonly reason: SupervisionRefusal }[];
  /** Legs whose supervision is over. */
  readonly dismissed: readonly string[];
  /** A commit of this call cannot be read: what it may have forbidden counts as forbidden. */
  readonly isUnreadable: boolean;
  readonly ended: boolean;
}

export const initialState = (): CallState => ({
  callId: null,
  startedAt: null,
  direction: null,
  line: null,
  legs: [],
  prompts: [],
  windows: [],
  menuId: null,
  queue: null,
  policy: 'awaited',
  conversation: null,
  topology: null,
  appliedTopology: null,
  seated: [],
  recordings: [],
  supervisors: [],
  called: [],
  earlyKeys: [],
  refused: [],
  dismissed: [],
  isUnreadable: false,
  ended: false,
});

/** Legs that are there: arrived, ringing or answered. */
export const liveLegs = (state: CallState): readonly Leg[] =>
  state.legs.filter((leg) => leg.state !== 'ended');
export const legOf = (state: CallState, legId: string): Leg | undefined =>
  state.legs.find((leg) => leg.legId === legId);
export const legByHandle = (state: CallState, handle: Handle): Leg | undefined =>
  state.legs.find((leg) => leg.handle === handle);
/** The party that came to us and whom everybody else is rung for. */
export const callerOf = (state: CallState): Leg | undefined =>
  state.legs.find((leg) => leg.origin === 'arrived' && leg.party !== 'supervisor');
/** A call, as against a supervision request that found no call and has a log of its own. */
export const isCall = (state: CallState): boolean => state.direction !== null;
export const isParty = (state: CallState, legId: string): boolean =>
  state.conversation?.parties.some((party) => party.legId === legId) === true;
/** When a key of a telephone went down, and when it was let go. */
export interface Press {
  readonly downAt: Instant;
  readonly at: Instant;
}

/**
 * The window that a key falls into: one that is open and was when the key was let go, as a process that had been away may tell of it
 * late; or, of the consent, the one in which the caller could still choose when it went down, however late it was let go.
 */
export const windowOf = (
  state: CallState,
  legId: string,
  awaits: KeyWindowFor,
  { downAt, at }: Press,
): KeyWindow | undefined =>
  state.windows.findLast(
    (window) =>
      window.legId === legId &&
      window.awaits === awaits &&
      window.openedAt < at &&
      (window.isOpen || (awaits === 'consent' && window.connectedAt !== null && downAt < window.connectedAt)),
  );

/** Supervisors who asked by API and whose phone is not rung yet. */
export const yetToRing = ({ called, legs, refused, dismissed, ended }: CallState): CallState['called'] =>
  ended
    ? []
    : called.filter(
        ({ legId }) =>
          ![...legs, ...refused].some((known) => known.legId === legId) && !dismissed.includes(legId),
      );

const isProvedStopped = ({ recorder }: Recording): boolean =>
  recorder === null || recorder === 'stopped' || recorder === 'refused';

/** What a recorder left is not yet cut, put where it can be fetched, and removed from the switch. */
export const mustBeCollected = ({ recorder, isCollected, allowedUntil }: Recording): boolean =>
  recorder === 'stopped' && !isCollected && allowedUntil !== null;

/** Nothing is left on the switch. */
export const isOver = (state: CallState): boolean =>
  state.legs.length > 0 &&
  liveLegs(state).length === 0 &&
  (state.ended || !isCall(state)) &&
  state.recordings.every((recording) => isProvedStopped(recording) && !mustBeCollected(recording));

/** Whether those whom a recording would be about talk: at least two, of whom none has left. `without`: legs that the log still has. */
export const partiesTalk = (state: CallState, without: ReadonlySet<Handle> = new Set()): boolean => {
  if (!state.conversation || state.ended) return false;
  const there = state.conversation.parties.filter(({ legId }) => {
    const leg = legOf(state, legId);
    return leg?.state === 'answered' && !without.has(leg.handle);
  });
  return there.some(({ legId, as }) => as === 'talking' && companyOf(legId, there).length > 1);
};

/** The recording whose decision stands and whose parties talk; null: nothing may be recorded now. */
export const allowedRecording = (state: CallState, without?: ReadonlySet<Handle>): string | null =>
  (!state.isUnreadable &&
    partiesTalk(state, without) &&
    state.recordings.find(({ allowedUntil }) => allowedUntil === null)?.recordingId) ||
  null;

/** The mode that a key of somebody who supervises asks for. */
export const modeOfKey = (key: string | null): SupervisionMode | undefined =>
  key === null ? undefined : modeKeys[key];

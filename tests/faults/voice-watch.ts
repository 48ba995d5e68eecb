import { callIdOf, type CallEvent, type HearingPair, type SupervisionMode } from '@earshot/contracts';
import type { SimulatedSwitch } from '../../services/signaling/src/adapters/simulated/simulated-switch.ts';
import type { SwitchOperation } from '../../services/signaling/src/domain/switch.ts';
import { modeOfKey } from '../../services/signaling/src/domain/call-state.ts';
import { isOvertakenByApi } from './by-api.ts';
import { castOf, type CastLeg } from './cast.ts';
import { decidedTopologies } from './decided-topologies.ts';
import { lastOf, ofType, type LogReader } from './log-reader.ts';
import type { Connections, Operator } from './switch-connections.ts';

/** How long after an operation that failed the next one may take to be asked for, in ms. */
const retryMs = 1_000;

interface Wish {
  readonly mode: SupervisionMode;
  readonly heardBy: Operator;
  readonly callId: string;
  readonly legId: string;
  readonly at: string;
  /** Legs that may still hear it. */
  readonly mayHear: readonly string[];
}

const concerns = (operation: SwitchOperation, handle: string): boolean =>
  operation.op !== 'remember-key' &&
  (('leg' in operation && operation.leg === handle) ||
    ('participant' in operation && operation.participant === handle));

const keyOf = ({ listener, speaker }: HearingPair): string => `${listener} hears ${speaker}`;

/** Pairs, by handles, that the log allows now: of the topology last applied, and of every one decided since. */
const allowedPairs = (events: readonly CallEvent[]): ReadonlySet<string> => {
  const applied = events.findLast(
    (event) => event.type === 'TopologyApplied' && event.data.outcome === 'done',
  );
  const appliedId = applied?.type === 'TopologyApplied' ? applied.data.topologyId : null;
  const decided = decidedTopologies(events);
  const handles = new Map(castOf(events).map(({ legId, handle }) => [legId, handle]));
  const handleOf = (legId: string): string => handles.get(legId) ?? legId;
  return new Set(
    decided
      .slice(
        Math.max(
          0,
          decided.findIndex(({ id }) => id === appliedId),
        ),
      )
      .flatMap(({ pairs }) =>
        pairs.map(({ listener, speaker }) =>
          keyOf({ listener: handleOf(listener), speaker: handleOf(speaker) }),
        ),
      ),
  );
};

/** The supervision of a leg that goes on, as the log has it. */
const supervisionOf = (
  events: readonly CallEvent[],
  legId: string,
): Extract<CallEvent, { type: 'SupervisionStarted' }>['data'] | undefined => {
  const started = ofType(events, 'SupervisionStarted').find(({ data }) => data.legId === legId)?.data;
  return started &&
    !ofType(events, 'SupervisionEnded').some(({ data }) => data.supervisionId === started.supervisionId)
    ? started
    : undefined;
};

const checkDecided = (
  events: readonly CallEvent[],
  pairs: readonly HearingPair[],
  broken: (promise: string) => void,
): void => {
  const cast = castOf(events);
  const allowed = allowedPairs(events);
  const is = (handle: string, party: string): boolean =>
    cast.some((leg) => leg.handle === handle && leg.party === party);
  for (const pair of pairs) {
    if (allowed.has(keyOf(pair))) continue;
    const isLeak = is(pair.listener, 'customer') && is(pair.speaker, 'supervisor');
    const who = isLeak ? 'a customer hears a supervisor' : 'somebody hears somebody';
    broken(`${who} without a decision: ${keyOf(pair)}`);
  }
};

/** What a key of somebody who supervises asks for. Undefined: it is no such key. */
const wishOf = (
  log: LogReader,
  { handle, key, at }: { readonly handle: string; readonly key: string; readonly at: string },
  heardBy: Operator,
): Wish | undefined => {
  const mode = modeOfKey(key);
  const isSupervisor = (leg: CastLeg): boolean => leg.handle === handle && leg.party === 'supervisor';
  const callId = log.calls().find((id) => castOf(log.of(id)).some(isSupervisor));
  if (!mode || callId === undefined) return undefined;
  const cast = castOf(log.of(callId));
  const legId = cast.find((leg) => leg.handle === handle)?.legId ?? '';
  const supervision = supervisionOf(log.of(callId), legId);
  if (!supervision) return undefined;
  const supervised = cast.filter((leg) => leg.legId === supervision.supervisedLegId);
  const mayHear = mode === 'whisper' ? supervised.map((leg) => leg.handle) : [];
  return { mode, heardBy, callId, legId, at, mayHear };
};

/** Whether supervision refused the mode that a key of a leg asked for, so that the key counts for nothing. */
export const isKeyRefused = (events: readonly CallEvent[], legId: string, at: string): boolean => {
  const keys = ofType(events, 'KeyPressed').filter(
    ({ data, occurredAt }) => data.legId === legId && occurredAt === at,
  );
  return ofType(events, 'SupervisionModeRefused').some(({ causation }) =>
    keys.some(({ id }) => id === causation.id),
  );
};

export interface VoiceWatch {
  /** At the end of each turn: a voice that a key silenced is gone, or on its way to be. */
  check(): void;
}

/**
 * Watches the first promise at every instant. Nobody hears what no decision lets them hear; and from the report of a mode
 * key that says less, the voice is gone as soon as one operation of the switch can be carried out.
 */
export const watchVoices = (
  theSwitch: SimulatedSwitch,
  connections: Connections,
  log: LogReader,
  now: () => number,
  broken: (promise: string) => void,
): VoiceWatch => {
  const heard = new Map<string, readonly HearingPair[]>();
  const wishes = new Map<string, Wish>();
  const failedAt = new Map<string, number>();

  theSwitch.onHearing(({ callId, pairs }) => {
    heard.set(callId, pairs);
    if (callId !== '') checkDecided(log.of(callId), pairs, broken);
  });

  connections.onFailed((operation) => {
    for (const handle of wishes.keys()) if (concerns(operation, handle)) failedAt.set(handle, now());
  });
  connections.onReport((report, heardBy) => {
    if (report.type === 'leg-gone') wishes.delete(report.handle);
    if (report.type !== 'key-pressed' || !heardBy) return;
    const wish = wishOf(log, report, heardBy);
    if (!wish) return;
    // Before it hears anybody for the first time nobody can know that it supervises, and its keys count for nothing.
    const hears = heard.get(wish.callId)?.some(({ listener }) => listener === report.handle) === true;
    if (!hears && !wishes.has(report.handle)) return;
    wishes.set(report.handle, wish);
    // Who has just taken over reads the log before it can know whose key that was.
    if (heardBy.isReady()) failedAt.delete(report.handle);
    else failedAt.set(report.handle, now());
  });

  return {
    check: () => {
      for (const [handle, { mode, heardBy, callId, legId, at, mayHear }] of wishes) {
        if (connections.listener() !== heardBy || isKeyRefused(log.of(callId), legId, at)) {
          wishes.delete(handle);
          continue;
        }
        if (mode === 'barge') continue;
        if (!heardBy.isReady() && !heardBy.hasLog()) failedAt.set(handle, now());
        const tooMuch = heard
          .get(callId)
          ?.find(({ listener, speaker }) => speaker === handle && !mayHear.includes(listener));
        const failed = failedAt.get(handle);
        if (!tooMuch || (failed !== undefined && now() - failed < retryMs)) continue;
        if (isOvertakenByApi(log.of(callId), legId, Date.parse(at))) continue;
        if ([...connections.orders()].some(({ operation }) => concerns(operation, handle))) continue;
        broken(`a voice is heard after the key that silences it: ${keyOf(tooMuch)} after ${mode}`);
      }
    },
  };
};

/** The mode in which a leg supervises, as the log decided last. */
export const modeOf = (events: readonly CallEvent[], legId: string): SupervisionMode | undefined => {
  const supervision = supervisionOf(events, legId);
  if (!supervision) return undefined;
  const changed = lastOf(
    ofType(events, 'SupervisionModeChanged').filter(
      ({ data }) => data.supervisionId === supervision.supervisionId,
    ),
    'SupervisionModeChanged',
  );
  return changed?.data.mode ?? supervision.mode;
};

export const callOfHandle = (log: LogReader, handle: string): string | undefined =>
  callIdOf(handle) ?? log.calls().find((id) => castOf(log.of(id)).some((leg) => leg.handle === handle));

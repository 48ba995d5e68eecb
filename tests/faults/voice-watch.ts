import { callIdOf, type CallEvent, type HearingPair, type SupervisionMode } from '@earshot/contracts';
import type { SimulatedSwitch } from '../../services/signaling/src/adapters/simulated/simulated-switch.ts';
import type { SwitchOperation } from '../../services/signaling/src/domain/switch.ts';
import { modeOfKey } from '../../services/signaling/src/domain/call-state.ts';
import { castOf } from './cast.ts';
import { decidedTopologies } from './decided-topologies.ts';
import { lastOf, ofType, type LogReader } from './log-reader.ts';
import type { Connections, Operator } from './switch-connections.ts';

/** How long after an operation that failed the next one may take to be asked for, in ms. */
const retryMs = 1_000;

interface Wish {
  readonly mode: SupervisionMode;
  readonly heardBy: Operator;
  readonly callId: string;
  /** Legs that may still hear it. */
  readonly mayHear: readonly string[];
}

const concerns = (operation: SwitchOperation, handle: string): boolean =>
  ('leg' in operation && operation.leg === handle) ||
  ('participant' in operation && operation.participant === handle);

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

  const checkDecided = (callId: string, pairs: readonly HearingPair[]): void => {
    const events = log.of(callId);
    const cast = castOf(events);
    const allowed = allowedPairs(events);
    const is = (handle: string, party: string): boolean =>
      cast.some((leg) => leg.handle === handle && leg.party === party);
    for (const pair of pairs) {
      if (allowed.has(keyOf(pair))) continue;
      const who =
        is(pair.listener, 'customer') && is(pair.speaker, 'supervisor')
          ? 'a customer hears a supervisor'
          : 'somebody hears somebody';
      broken(`${who} without a decision: ${keyOf(pair)}`);
    }
  };
  theSwitch.onHearing(({ callId, pairs }) => {
    heard.set(callId, pairs);
    if (callId !== '') checkDecided(callId, pairs);
  });

  connections.onFailed((operation) => {
    for (const handle of wishes.keys()) if (concerns(operation, handle)) failedAt.set(handle, now());
  });
  connections.onReport((report, heardBy) => {
    if (report.type === 'leg-gone') wishes.delete(report.handle);
    if (report.type !== 'key-pressed' || !heardBy) return;
    const mode = modeOfKey(report.key);
    const callId = log
      .calls()
      .find((id) =>
        castOf(log.of(id)).some((leg) => leg.handle === report.handle && leg.party === 'supervisor'),
      );
    if (!mode || callId === undefined) return;
    const cast = castOf(log.of(callId));
    const supervision = supervisionOf(
      log.of(callId),
      cast.find(({ handle }) => handle === report.handle)?.legId ?? '',
    );
    // Before it hears anybody for the first time nobody can know that it supervises, and its keys count for nothing.
    const hears = heard.get(callId)?.some(({ listener }) => listener === report.handle) === true;
    if (!supervision || !(hears || wishes.has(report.handle))) return;
    const supervised = cast
      .filter(({ legId }) => legId === supervision.supervisedLegId)
      .map(({ handle }) => handle);
    wishes.set(report.handle, { mode, heardBy, callId, mayHear: mode === 'whisper' ? supervised : [] });
    // Who has just taken over reads the log before it can know whose key that was.
    if (heardBy.isReady()) failedAt.delete(report.handle);
    else failedAt.set(report.handle, now());
  });

  return {
    check: () => {
      for (const [handle, { mode, heardBy, callId, mayHear }] of wishes) {
        if (connections.listener() !== heardBy) {
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

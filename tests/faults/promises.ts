import { callSubject, conversationOf, readCommit, writers, type CallEvent, type CallId, type HearingPair } from '@earshot/contracts';
import type { OpenMemoryStore } from '@earshot/event-log';
import type { SimulatedSwitch } from '../../services/signaling/src/adapters/simulated/simulated-switch.ts';

/** Every event of a call as the log holds it at this instant, whatever the services have seen of it. */
export const storedEvents = ({ store }: OpenMemoryStore, callId: CallId): readonly CallEvent[] =>
  writers.flatMap((writer) => store.calls.of(callSubject(callId, writer)))
    .toSorted((a, b) => a.sequence - b.sequence).flatMap((message) => readCommit(message).events);

interface Cast {
  readonly customers: ReadonlySet<string>;
  readonly supervisors: ReadonlySet<string>;
  readonly handleOf: (legId: string) => string;
}

const castOf = (events: readonly CallEvent[]): Cast => {
  const handles = new Map<string, string>();
  const customers = new Set<string>();
  const supervisors = new Set<string>();
  for (const event of events) {
    if (event.type !== 'LegArrived' && event.type !== 'LegOffered') continue;
    const handle = event.type === 'LegArrived' ? event.data.handle : event.data.legId;
    handles.set(event.data.legId, handle);
    if (event.data.party === 'customer') customers.add(handle);
    if (event.data.party === 'supervisor') supervisors.add(handle);
  }
  return { customers, supervisors, handleOf: (legId) => handles.get(legId) ?? legId };
};

const keyOf = (listener: string, speaker: string): string => `${listener} hears ${speaker}`;

/** Who was decided to hear whom, in the order of the log; a topology of an older revision of the conversation says nothing. */
const decidedTopologies = (events: readonly CallEvent[]): readonly { readonly id: string; readonly pairs: readonly HearingPair[] }[] => {
  let newest = 0;
  return events.flatMap((event) => {
    if (event.type === 'ConversationChanged') {
      newest = event.data.revision;
      return [{ id: `${event.callId}-c${newest}`, pairs: conversationOf(event.data.parties) }];
    }
    return event.type === 'TopologyChanged' && event.data.revision === newest ? [{ id: event.data.topologyId, pairs: event.data.pairs }] : [];
  });
};

/** Pairs that the log allows at this instant: of the topology that was last applied, and of every one decided since. */
const allowedPairs = (events: readonly CallEvent[], cast: Cast): ReadonlySet<string> => {
  const applied = events.findLast((event) => event.type === 'TopologyApplied' && event.data.outcome === 'done');
  const appliedId = applied?.type === 'TopologyApplied' ? applied.data.topologyId : null;
  const decided = decidedTopologies(events);
  const from = Math.max(0, decided.findIndex(({ id }) => id === appliedId));
  return new Set(decided.slice(from).flatMap(({ pairs }) => pairs.map(({ listener, speaker }) => keyOf(cast.handleOf(listener), cast.handleOf(speaker)))));
};

/** Whether a recorder may run now: its decision stands in the log. */
export const decisionStands = (events: readonly CallEvent[], recordingId: string): boolean => {
  const last = events.findLast((event) => event.type === 'RecordingAllowed' || event.type === 'RecordingForbidden' || event.type === 'RecordingWithdrawn');
  return last?.type === 'RecordingAllowed' && last.data.recordingId === recordingId;
};

/** Watches the first promise at every instant: nobody hears what no decision lets them hear, a customer no supervisor least of all. */
export const watchHearing = (theSwitch: SimulatedSwitch, eventsOf: (callId: CallId) => readonly CallEvent[], broken: string[]): void => {
  theSwitch.onHearing(({ callId, pairs }) => {
    if (callId === '') return;
    const events = eventsOf(callId);
    const cast = castOf(events);
    const allowed = allowedPairs(events, cast);
    for (const { listener, speaker } of pairs) {
      if (allowed.has(keyOf(listener, speaker))) continue;
      const who = cast.customers.has(listener) && cast.supervisors.has(speaker) ? 'a customer hears a supervisor' : 'somebody hears somebody';
      broken.push(`${who} without a decision: ${keyOf(listener, speaker)}`);
    }
  });
};

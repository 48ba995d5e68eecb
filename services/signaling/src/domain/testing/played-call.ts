import type { CallEvent, Causation, EventType, Facts, Instant, NewEvent } from '@earshot/contracts';
import type { Decision } from '@earshot/event-log';
import { call } from '../call.ts';
import type { CallState } from '../call-state.ts';
import type { CallInput, IgnoredBecause } from '../call-input.ts';
import type { Directory } from '../directory.ts';
import { agentsFor } from '../offers.ts';

export const callId = '01900000-0000-7000-8000-000000000001';
export const leg = (ordinal: number): string => `${callId}-l${ordinal}`;
/** The moment `seconds` after the start of the story. */
export const at = (seconds: number): Instant =>
  new Date(Date.UTC(2026, 0, 5, 9, 0, 0) + seconds * 1000).toISOString();

const greeting = (id: string) => ({ id, version: 1, language: 'en', text: id, contentHash: '0'.repeat(64) });
const extensions: Readonly<Record<string, number>> = {
  '1001': 11,
  '1004': 14,
  '1005': 15,
  '2001': 21,
  '2002': 22,
  '888': 88,
};
const groups: Readonly<Record<string, { name: string; members: readonly string[] }>> = {
  support: { name: 'Support', members: ['1001', '1004', '1005'] },
  sales: { name: 'Sales', members: ['2001', '2002', '888'] },
};
const lines = [
  {
    id: 'support',
    exportId: 31,
    number: '+41445550100',
    name: 'Support',
    type: 'phone',
    route: { to: 'group', groupId: 'support' },
  },
  {
    id: 'sales',
    exportId: 32,
    number: '+41445550200',
    name: 'Sales',
    type: 'phone',
    route: { to: 'menu', menuId: 'sales' },
  },
  {
    id: 'private-office',
    exportId: 34,
    number: '+41445550400',
    name: 'Private office',
    type: 'phone',
    route: { to: 'extension', extension: '1001' },
  },
] as const;

/** The demo tenant as decisions see it, with these agents free (default: everybody). */
export const directory = (free: readonly string[] = Object.keys(extensions)): Directory => ({
  line: (number) => {
    const found = lines.find((line) => line.number === number);
    if (!found) return undefined;
    const { route, ...line } = found;
    return { line, route };
  },
  lineById: (id) => {
    const found = lines.find((line) => line.id === id);
    return (
      found && {
        id: found.id,
        exportId: found.exportId,
        number: found.number,
        name: found.name,
        type: found.type,
      }
    );
  },
  agent: (extension) => {
    const exportId = extensions[extension];
    return exportId === undefined ? undefined : { extension, exportId, outboundLineId: 'support' };
  },
  group: (id) => (groups[id] ? { id, exportId: 41, name: groups[id].name } : undefined),
  menu: (id) =>
    id === 'sales'
      ? {
          id,
          greetingId: 'menu-sales',
          routes: {
            '1': { to: 'group', groupId: 'sales' },
            '2': { to: 'group', groupId: 'support' },
            '3': { to: 'extension', extension: '888' },
          },
        }
      : undefined,
  greeting: (kind) => greeting(kind),
  greetingById: (id) => greeting(id),
  serviceCodes: () => [
    { code: '*90', mode: 'spy' },
    { code: '*91', mode: 'whisper' },
    { code: '*92', mode: 'barge' },
  ],
  isFree: (extension) => free.includes(extension),
  freeAgentsOf: (groupId) =>
    (groups[groupId]?.members ?? [])
      .filter((extension) => free.includes(extension))
      .map((extension) => ({ extension, exportId: extensions[extension] ?? 0 })),
});

/** A call played input by input through the decider, with events of other services in between. */
export interface PlayedCall {
  readonly state: CallState;
  /** Decides on an input, takes in what it accepted, and returns the decision. */
  when(input: CallInput): Decision<EventType, IgnoredBecause>;
  /** Takes in an event, of another service for instance. */
  given<T extends EventType>(type: T, data: Facts[T], seconds?: number, causation?: Causation): void;
}

export const playCall = (): PlayedCall => {
  let state = call.initialState();
  let sequence = 0;
  const take = (event: NewEvent, causation?: Causation): void => {
    sequence += 1;
    const recorded = {
      ...event,
      id: `e${sequence}`,
      callId,
      tenant: 'demo',
      recordedAt: event.occurredAt,
      writer: 'signaling',
      sequence,
      index: 0,
      causation: causation ?? { source: 'SWITCH', id: `c${sequence}`, sequence: null },
    } as CallEvent;
    state = call.evolve(state, recorded);
  };
  return {
    get state() {
      return state;
    },
    when: (input) => {
      const decision = call.decide(state, input);
      if (decision.outcome === 'accepted') for (const event of decision.events) take(event);
      return decision;
    },
    given: (type, data, seconds = 0, causation) =>
      take({ type, data, occurredAt: at(seconds), actor: { kind: 'switch' } } as NewEvent, causation),
  };
};

/** Types of the events of a decision, or why it was ignored. */
export const summary = (decision: Decision<EventType, IgnoredBecause>): readonly string[] | IgnoredBecause =>
  decision.outcome === 'accepted' ? decision.events.map(({ type }) => type) : decision.because;

const nothingAsked: Facts['RecordingPolicyApplied'] = {
  setting: 'always',
  settingVersion: 1,
  greeting: null,
  keyCounts: false,
};

/** A customer who dialled the Support line, up to the moment at which the customer waits in the queue. */
export const waitingCaller = (free?: readonly string[]): PlayedCall => {
  const played = callTo('+41445550100', free);
  played.when({
    type: 'prompt-ended',
    at: at(3),
    promptId: `${callId}-p1`,
    outcome: 'completed',
    directory: directory(free),
  });
  played.when({
    type: 'agents-reserved',
    at: at(3),
    agents: agentsFor(played.state, directory(free), at(3)),
  });
  return played;
};

/** A customer who dialled a line and was answered by the switch. */
export const callTo = (
  number: string,
  free?: readonly string[],
  policy: Facts['RecordingPolicyApplied'] | null = nothingAsked,
): PlayedCall => {
  const played = playCall();
  const known = directory(free);
  const found = known.line(number);
  if (!found) throw new Error(`no line ${number} in the demo tenant`);
  played.when({
    type: 'leg-arrived',
    at: at(0),
    handle: 'h1',
    callId,
    dialled: number,
    directory: known,
    caller: { kind: 'outside', number: '+41795551001' },
    destination: { to: 'line', ...found },
  });
  if (policy) played.given('RecordingPolicyApplied', policy, 0.05);
  played.when({ type: 'leg-answered', at: at(0.1), handle: 'h1', directory: known });
  return played;
};

/** Olivia (leg 3) talks with the customer (leg 1). */
export const talkingCall = (): PlayedCall => {
  const played = waitingCaller(['1004']);
  played.when({ type: 'leg-answered', at: at(6), handle: leg(2), directory: directory([]) });
  return played;
};

/** Somebody lets a key go that went down a tenth of a second before. */
export const presses = (
  played: PlayedCall,
  handle: string,
  key: string,
  second: number,
  free?: readonly string[],
) =>
  played.when({
    type: 'key-pressed',
    at: at(second),
    downAt: at(second - 0.1),
    handle,
    key,
    directory: directory(free),
  });

/** The events of a decision; none when it ignored its input. */
export const eventsOf = (decision: ReturnType<PlayedCall['when']>) =>
  decision.outcome === 'accepted' ? decision.events : [];

/** A prompt is over. */
export const promptEnds = (
  played: PlayedCall,
  prompt: string,
  second: number,
  outcome: 'completed' | 'failed' = 'completed',
) =>
  played.when({
    type: 'prompt-ended',
    at: at(second),
    promptId: `${callId}-${prompt}`,
    outcome,
    directory: directory(),
  });

/** Benjamin (leg 3) dials the code to spy on Olivia. */
export const supervisorDials = (played: PlayedCall) =>
  played.when({
    type: 'supervision-dialled',
    at: at(8),
    handle: 'h9',
    supervisor: '1001',
    callId,
    dialled: { to: 'supervision', mode: 'spy', target: '1004' },
    supervisedLegId: leg(2),
    directory: directory(),
  });

import { createHash } from 'node:crypto';
import {
  legIdOf, type CallEvent, type CallId, type EventType, type Facts, type LegEndReason, type NewEvent, type PromptKind, type SupervisionMode, type Writer,
} from '@earshot/contracts';
import { demoLines, type DemoLine } from './demo-lines.ts';

/** Commits in the order in which they would stand in the log. */
export interface ScriptedCommit {
  readonly writer: Writer;
  readonly events: readonly NewEvent[];
}

/**
 * A call told in sentences, each of which is one commit of signaling. It never changes: every sentence gives a new one.
 * People are named by extension, the outside party by `customer`.
 */
export interface CallScript {
  readonly callId: CallId;
  readonly commits: readonly ScriptedCommit[];
  /** The events as a reader of the log gets them: commit n (from 1) has sequence n. */
  readonly events: readonly CallEvent[];
  /** Id of the newest leg of somebody who is on this call. @throws when nobody of that name is */
  legOf(who: string): string;
  inbound(line: DemoLine): CallScript;
  outbound(line: DemoLine, extension: string): CallScript;
  internal(from: string, to: string): CallScript;
  /** A prompt begins at the caller's leg and plays to its end; `begun: false` leaves it requested only. */
  hearsPrompt(kind: PromptKind, options?: { readonly begun?: boolean; readonly outcome?: Facts['PromptEnded']['outcome'] }): CallScript;
  entersMenu(menuId: string): CallScript;
  chooses(key: string, action: string): CallScript;
  queued(groupId?: string): CallScript;
  rings(extension: string): CallScript;
  /** The leg answers, after being rung where it was not, and both parties are connected. */
  answeredBy(who: string): CallScript;
  presses(who: string, key: string | null, awaitedBy: 'menu' | 'consent' | 'supervision' | null): CallScript;
  /** An extension dials a service code; the target's leg is looked up on this call. */
  dialsCode(supervisor: string, mode: SupervisionMode, target: string): CallScript;
  leaves(who: string, reason?: LegEndReason): CallScript;
  ends(completion?: Facts['CallEnded']['completion']): CallScript;
  /** Any other commit, of any writer. */
  commit(writer: Writer, ...events: readonly { [K in EventType]: { readonly type: K; readonly data: Facts[K] } }[EventType][]): CallScript;
}

export interface CallScriptOptions {
  readonly callId?: CallId;
  /** When the call starts; every sentence takes one second. */
  readonly startsAt?: string;
}

/** The id all scripts have that name none. */
export const scriptedCallId: CallId = '0199a1b2-0000-7000-8000-000000000001';

/** Begins to tell a call. */
export const aCall = ({ callId = scriptedCallId, startsAt = '2026-11-21T09:00:00.000Z' }: CallScriptOptions = {}): CallScript =>
  script({ callId, startsAt, commits: [], people: [], connected: [], menuId: '', prompts: 0 });

interface Told {
  readonly callId: CallId;
  readonly startsAt: string;
  readonly commits: readonly ScriptedCommit[];
  readonly people: readonly { readonly who: string; readonly legId: string; readonly party: Party }[];
  readonly connected: readonly string[];
  readonly menuId: string;
  readonly prompts: number;
}

type Fact = { [K in EventType]: { readonly type: K; readonly data: Facts[K] } }[EventType];
type Party = Facts['LegArrived']['party'];

const agentAt = (extension: string) => ({ extension, exportId: Number(extension) });
const agentOrNull = (who: string) => (who === 'customer' ? null : agentAt(who));
const numberOf = (who: string) => (who === 'customer' ? '+41795551001' : null);
const partyOf = (who: string): Party => (who === 'customer' ? 'customer' : 'agent');

const script = (told: Told): CallScript => {
  const at = new Date(Date.parse(told.startsAt) + told.commits.length * 1000).toISOString();
  const legOf = (who: string): string => {
    const leg = told.people.findLast((person) => person.who === who);
    if (!leg) throw new Error(`${who} is not on this call`);
    return leg.legId;
  };
  const next = (change: Partial<Told>, facts: readonly Fact[], writer: Writer = 'signaling'): CallScript => {
    const events = facts.map((fact) => ({ ...fact, occurredAt: at, actor: { kind: 'switch' } }) as NewEvent);
    return script({ ...told, ...change, commits: [...told.commits, { writer, events }] });
  };
  const withPerson = (who: string, party = partyOf(who)) => {
    const legId = legIdOf(told.callId, told.people.length + 1);
    return { legId, people: [...told.people, { who, legId, party }] };
  };
  const started = (direction: Facts['CallStarted']['direction'], line: DemoLine | null, from: string, to: string, caller: string) => {
    const { legId, people } = withPerson(caller);
    return next({ people }, [
      { type: 'CallStarted', data: { direction, line: line && demoLines[line], from, to } },
      { type: 'LegArrived', data: { legId, handle: '1700000000.1', party: partyOf(caller), agent: agentOrNull(caller), number: numberOf(caller) } },
    ]);
  };
  const offered = (who: string) => {
    const { legId, people } = withPerson(who);
    const fact: Fact = { type: 'LegOffered', data: { legId, party: partyOf(who), agent: agentOrNull(who), number: numberOf(who), group: null, ringForMs: 30_000 } };
    return { legId, people, fact };
  };

  return {
    callId: told.callId,
    commits: told.commits,
    events: readBack(told),
    legOf,
    inbound: (line) => started('inbound', line, '+41795551001', demoLines[line].number, 'customer'),
    outbound: (line, extension) => started('outbound', line, extension, '+41795551001', extension),
    internal: (from, to) => started('internal', null, from, to, from),
    hearsPrompt: (kind, { begun = true, outcome = 'completed' } = {}) => {
      const promptId = `${told.callId}-p${told.prompts + 1}`;
      const text = `The ${kind} greeting.`;
      const greeting = { id: kind, version: 1, language: 'en', text, contentHash: createHash('sha256').update(text).digest('hex') };
      const requested = next({ prompts: told.prompts + 1 }, [
        { type: 'PromptRequested', data: { promptId, legId: told.people[0]?.legId ?? '', kind, greeting } },
      ]);
      return begun
        ? requested.commit('signaling', { type: 'PromptStarted', data: { promptId } }).commit('signaling', { type: 'PromptEnded', data: { promptId, outcome } })
        : requested;
    },
    entersMenu: (menuId) => next({ menuId }, [{ type: 'MenuEntered', data: { menuId } }]),
    chooses: (key, action) => next({}, [{ type: 'MenuChosen', data: { menuId: told.menuId, key, action } }]),
    queued: (groupId = 'support') =>
      next({}, [{ type: 'QueueEntered', data: { legId: legOf('customer'), group: { id: groupId, exportId: 1, name: groupId }, extension: null } }]),
    rings: (extension) => {
      const { people, fact } = offered(extension);
      return next({ people }, [fact]);
    },
    answeredBy: (who) => {
      const ringing = told.people.findLast((person) => person.who === who && person.party !== 'supervisor');
      const rung = ringing ? { legId: ringing.legId, people: told.people, facts: [] } : { ...offered(who), facts: [offered(who).fact] };
      const legIds = [told.people[0]?.legId ?? '', rung.legId];
      return next({ people: rung.people, connected: legIds }, [
        ...rung.facts,
        { type: 'LegAnswered', data: { legId: rung.legId } },
        { type: 'PartiesConnected', data: { legIds, bridgeId: `${told.callId}-b1` } },
      ]);
    },
    presses: (who, key, awaitedBy) => next({}, [{ type: 'KeyPressed', data: { legId: legOf(who), key, awaitedBy } }]),
    dialsCode: (supervisor, mode, target) => {
      const { legId, people } = withPerson(supervisor, 'supervisor');
      const supervisedLegId = told.people.findLast((person) => person.who === target && told.connected.includes(person.legId))?.legId ?? null;
      return next({ people }, [
        { type: 'LegArrived', data: { legId, handle: `1700000000.${people.length}`, party: 'supervisor', agent: agentAt(supervisor), number: null } },
        { type: 'SupervisionRequested', data: { legId, supervisor: agentAt(supervisor), mode, target, supervisedLegId } },
      ]);
    },
    leaves: (who, reason = 'hung_up') => {
      const legId = legOf(who);
      const people = told.people.map((person) => (person.legId === legId ? { ...person, who: `${who} (gone)` } : person));
      return next({ people, connected: told.connected.includes(legId) ? [] : told.connected }, [
        { type: 'LegEnded', data: { legId, reason } },
      ]);
    },
    ends: (completion = 'completed') => next({ connected: [] }, [{ type: 'CallEnded', data: { completion } }]),
    commit: (writer, ...facts) => next({}, facts, writer),
  };
};

const readBack = ({ callId, commits }: Told): readonly CallEvent[] =>
  commits.flatMap(({ writer, events }, place) =>
    events.map((event, index) => ({
      ...event,
      id: `${callId}-${writer}-${place + 1}-${index}`,
      callId,
      tenant: 'demo',
      recordedAt: event.occurredAt,
      causation: { source: 'SWITCH', id: `report-${place + 1}`, sequence: null },
      writer,
      sequence: place + 1,
      index,
    }) as CallEvent));

import { createHash } from 'node:crypto';
import type { CallEvent, CallId, EventType, Facts, LegEndReason, Part, PromptKind, SupervisionMode, Writer } from '@earshot/contracts';
import { demoLines, type DemoLine } from './demo-lines.ts';
import { closing, conversing, noStep, opening, readBack, tellMore, withPerson, type Fact, type PartyOfLeg, type ScriptedCommit, type Told } from './told.ts';

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
  /**
   * A prompt begins at the caller's leg and plays to its end; `begun: false` leaves it requested only. From the start of
   * the consent greeting the consent key counts, until its audio fails.
   */
  hearsPrompt(kind: PromptKind, options?: { readonly begun?: boolean; readonly outcome?: Facts['PromptEnded']['outcome'] }): CallScript;
  entersMenu(menuId: string): CallScript;
  chooses(key: string, action: string): CallScript;
  /** The caller waits; after a menu the consent key counts from here. */
  queued(groupId?: string): CallScript;
  rings(extension: string): CallScript;
  /** The leg answers, after being rung where it was not, and talks with the caller and whoever talks already. */
  answeredBy(who: string): CallScript;
  /** From now on these take part, in this way, those of them who are on the call; whoever is not named has left the conversation. */
  converse(parts: Readonly<Record<string, Part>>): CallScript;
  /** The open key window closes, if there is one. */
  windowCloses(reason: Facts['KeyWindowClosed']['reason']): CallScript;
  /** A key of this kind falls into the open window of that kind, if there is one. */
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
  script({ callId, startsAt, commits: [], people: [], revision: 0, parties: [], windows: 0, window: null, menuId: '', prompts: 0 });

const agentAt = (extension: string) => ({ extension, exportId: Number(extension) });
const agentOrNull = (who: string) => (who === 'customer' ? null : agentAt(who));
const numberOf = (who: string) => (who === 'customer' ? '+41795551001' : null);
const partyOf = (who: string): PartyOfLeg => (who === 'customer' ? 'customer' : 'agent');

const script = (told: Told): CallScript => ({
  callId: told.callId,
  commits: told.commits,
  events: readBack(told),
  legOf: (who) => personCalled(told, who).legId,
  ...beginnings(told),
  ...beforeAnswer(told),
  ...inConversation(told),
  windowCloses: (reason) => script(tellMore(told, [closing(told, reason)])),
  presses: (who, key, awaitedBy) => {
    const windowId = told.window !== null && told.window.awaits === awaitedBy ? told.window.windowId : null;
    return script(tellMore(told, [fact({ type: 'KeyPressed', data: { legId: personCalled(told, who).legId, key, awaitedBy, windowId } })]));
  },
  ends: (completion = 'completed') => script(tellMore(told, [{ change: { parties: [], window: null }, facts: [{ type: 'CallEnded', data: { completion } }] }])),
  commit: (writer, ...facts) => script(tellMore(told, [{ change: {}, facts }], writer)),
});

const fact = (only: Fact, change: Partial<Told> = {}) => ({ change, facts: [only] });

const personCalled = (told: Told, who: string) => {
  const person = told.people.findLast((known) => known.who === who && !known.isGone);
  if (!person) throw new Error(`${who} is not on this call`);
  return person;
};

const beginnings = (told: Told): Pick<CallScript, 'inbound' | 'outbound' | 'internal'> => {
  const started = (direction: Facts['CallStarted']['direction'], line: DemoLine | null, from: string, to: string, caller: string) => {
    const { legId, people } = withPerson(told, caller, partyOf(caller));
    return script(tellMore(told, [
      fact({ type: 'CallStarted', data: { direction, line: line && demoLines[line], from, to } }, { people }),
      fact({ type: 'LegArrived', data: { legId, handle: '1700000000.1', party: partyOf(caller), agent: agentOrNull(caller), number: numberOf(caller) } }),
    ]));
  };
  return {
    inbound: (line) => started('inbound', line, '+41795551001', demoLines[line].number, 'customer'),
    outbound: (line, extension) => started('outbound', line, extension, '+41795551001', extension),
    internal: (from, to) => started('internal', null, from, to, from),
  };
};

const beforeAnswer = (told: Told): Pick<CallScript, 'hearsPrompt' | 'entersMenu' | 'chooses' | 'queued' | 'rings'> => ({
  hearsPrompt: (kind, { begun = true, outcome = 'completed' } = {}) => {
    const promptId = `${told.callId}-p${told.prompts + 1}`;
    const text = `The ${kind} greeting.`;
    const greeting = { id: kind, version: 1, language: 'en', text, contentHash: createHash('sha256').update(text).digest('hex') };
    const requested = tellMore(told, [fact({ type: 'PromptRequested', data: { promptId, legId: told.people[0]?.legId ?? '', kind, greeting } }, { prompts: told.prompts + 1 })]);
    if (!begun) return script(requested);
    const started = tellMore(requested, [fact({ type: 'PromptStarted', data: { promptId } }), kind === 'consent' ? opening(requested, 'consent') : noStep]);
    const isHeardNoMore = kind === 'consent' && outcome === 'failed';
    return script(tellMore(started, [
      fact({ type: 'PromptEnded', data: { promptId, outcome } }), isHeardNoMore ? closing(started, 'greeting_failed') : noStep,
    ]));
  },
  entersMenu: (menuId) => script(tellMore(told, [fact({ type: 'MenuEntered', data: { menuId } }, { menuId }), opening(told, 'menu')])),
  chooses: (key, action) => script(tellMore(told, [closing(told, 'key_pressed'), fact({ type: 'MenuChosen', data: { menuId: told.menuId, key, action } })])),
  queued: (groupId = 'support') => script(tellMore(told, [
    fact({ type: 'QueueEntered', data: { legId: personCalled(told, 'customer').legId, group: { id: groupId, exportId: 1, name: groupId }, extension: null } }),
    told.menuId === '' ? noStep : opening(told, 'consent'),
  ])),
  rings: (extension) => {
    const { people, offered } = offering(told, extension);
    return script(tellMore(told, [fact(offered, { people })]));
  },
});

const offering = (told: Told, who: string) => {
  const { legId, people } = withPerson(told, who, partyOf(who));
  const offered: Fact = { type: 'LegOffered', data: { legId, party: partyOf(who), agent: agentOrNull(who), number: numberOf(who), group: null, ringForMs: 30_000 } };
  return { legId, people, offered };
};

const inConversation = (told: Told): Pick<CallScript, 'answeredBy' | 'converse' | 'dialsCode' | 'leaves'> => ({
  answeredBy: (who) => {
    const ringing = told.people.findLast((person) => person.who === who && person.party !== 'supervisor' && !person.isGone);
    const { legId, people, offered } = ringing ? { legId: ringing.legId, people: told.people, offered: undefined } : offering(told, who);
    const caller = people[0];
    const joining = [...(caller && !caller.isGone ? [caller.legId] : []), legId];
    const talking = [...new Set(joining)].map((party) => ({ legId: party, as: 'talking' as const }));
    return script(tellMore(told, [
      { change: { people }, facts: [...(offered ? [offered] : []), { type: 'LegAnswered', data: { legId } }] },
      closing(told, 'connected'),
      conversing(told, [...talking, ...told.parties.filter((party) => !joining.includes(party.legId))]),
    ]));
  },
  converse: (parts) => script(tellMore(told, [
    conversing(told, Object.entries(parts).flatMap(([who, as]) => {
      const person = told.people.findLast((known) => known.who === who && known.party !== 'supervisor' && !known.isGone);
      return person ? [{ legId: person.legId, as }] : [];
    })),
  ])),
  dialsCode: (supervisor, mode, target) => {
    const { legId, people } = withPerson(told, supervisor, 'supervisor');
    const supervised = told.people.findLast((person) => person.who === target && told.parties.some((party) => party.legId === person.legId));
    return script(tellMore(told, [
      fact({ type: 'LegArrived', data: { legId, handle: `1700000000.${people.length}`, party: 'supervisor', agent: agentAt(supervisor), number: null } }, { people }),
      fact({ type: 'SupervisionRequested', data: { legId, supervisor: agentAt(supervisor), mode, target, supervisedLegId: supervised?.legId ?? null } }),
    ]));
  },
  leaves: (who, reason = 'hung_up') => {
    const { legId } = personCalled(told, who);
    const people = told.people.map((person) => (person.legId === legId ? { ...person, isGone: true } : person));
    const others = told.parties.filter((party) => party.legId !== legId);
    return script(tellMore(told, [
      fact({ type: 'LegEnded', data: { legId, reason } }, { people }), others.length < told.parties.length ? conversing(told, others) : noStep,
    ]));
  },
});

import {
  legIdOf,
  type CallEvent,
  type CallId,
  type EventType,
  type Facts,
  type NewEvent,
  type Parties,
  type Writer,
} from '@earshot/contracts';

/** Commits in the order in which they would stand in the log. */
export interface ScriptedCommit {
  readonly writer: Writer;
  readonly events: readonly NewEvent[];
}

export type Fact = { [K in EventType]: { readonly type: K; readonly data: Facts[K] } }[EventType];
export type PartyOfLeg = Facts['LegArrived']['party'];

/** What a script has told so far: its commits, and what its next sentence has to know of them. */
export interface Told {
  readonly callId: CallId;
  readonly startsAt: string;
  readonly commits: readonly ScriptedCommit[];
  readonly people: readonly {
    readonly who: string;
    readonly legId: string;
    readonly party: PartyOfLeg;
    readonly isGone: boolean;
  }[];
  readonly revision: number;
  readonly parties: Parties;
  readonly windows: number;
  /** The key window that is open. */
  readonly window: { readonly windowId: string; readonly awaits: Facts['KeyWindowOpened']['awaits'] } | null;
  readonly menuId: string;
  readonly prompts: number;
}

/** Facts of one commit, and what they change of what is known. */
export interface Step {
  readonly change: Partial<Told>;
  readonly facts: readonly Fact[];
}

export const noStep: Step = { change: {}, facts: [] };

/** A fact, and what it changes. */
export const fact = (only: Fact, change: Partial<Told> = {}): Step => ({ change, facts: [only] });

/** The newest leg of somebody who is on the call. @throws when nobody of that name is */
export const personCalled = (told: Told, who: string) => {
  const person = told.people.findLast((known) => known.who === who && !known.isGone);
  if (!person) throw new Error(`${who} is not on this call`);
  return person;
};

/** What was told, and one more commit: every sentence takes one second. */
export const tellMore = (told: Told, steps: readonly Step[], writer: Writer = 'signaling'): Told => {
  const occurredAt = new Date(Date.parse(told.startsAt) + told.commits.length * 1000).toISOString();
  const events = steps
    .flatMap(({ facts }) => facts)
    .map((fact): NewEvent => ({ ...fact, occurredAt, actor: { kind: 'switch' } }));
  const changed = steps.reduce((before, { change }) => ({ ...before, ...change }), told);
  return events.length === 0 ? changed : { ...changed, commits: [...told.commits, { writer, events }] };
};

/** Adds somebody to the call, with the next leg id. */
export const withPerson = (told: Told, who: string, party: PartyOfLeg) => {
  const legId = legIdOf(told.callId, told.people.length + 1);
  return { legId, people: [...told.people, { who, legId, party, isGone: false }] };
};

/** The caller's keys of this kind count from now on, unless they do already. */
export const opening = (told: Told, awaits: Facts['KeyWindowOpened']['awaits']): Step => {
  if (told.window?.awaits === awaits) return noStep;
  const windowId = `${told.callId}-w${told.windows + 1}`;
  const opened: Fact = {
    type: 'KeyWindowOpened',
    data: { windowId, legId: told.people[0]?.legId ?? '', awaits },
  };
  return {
    change: { windows: told.windows + 1, window: { windowId, awaits } },
    facts: [...closing(told, 'time_up').facts, opened],
  };
};

/** The open window closes, if there is one. */
export const closing = ({ window }: Told, reason: Facts['KeyWindowClosed']['reason']): Step =>
  window === null
    ? noStep
    : {
        change: { window: null },
        facts: [{ type: 'KeyWindowClosed', data: { windowId: window.windowId, reason } }],
      };

/** The conversation has these parties from now on. */
export const conversing = ({ revision }: Told, parties: Parties): Step => ({
  change: { revision: revision + 1, parties },
  facts: [{ type: 'ConversationChanged', data: { revision: revision + 1, parties: [...parties] } }],
});

/** The commits as a reader of the log gets them: commit n (from 1) has sequence n. */
export const readBack = ({ callId, commits }: Told): readonly CallEvent[] =>
  commits.flatMap(({ writer, events }, place) =>
    events.map((event, index): CallEvent => ({
      ...event,
      id: `${callId}-${writer}-${place + 1}-${index}`,
      callId,
      tenant: 'demo',
      recordedAt: event.occurredAt,
      causation: { source: 'SWITCH', id: `report-${place + 1}`, sequence: null },
      writer,
      sequence: place + 1,
      index,
    })),
  );

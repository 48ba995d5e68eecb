import fc from 'fast-check';
import type { CallEvent, Facts, Part, SupervisionMode } from '@earshot/contracts';
import { aCall, type CallScript } from './a-call.ts';

type Sentence = (call: CallScript) => CallScript;

const agents = ['1001', '1004', '1005', '1006'] as const;
const agent = fc.constantFrom(...agents);
const anybody = fc.constantFrom('customer', ...agents);
const key = fc.constantFrom('0', '1', '2', '3', '4', null);
const awaitedBy = fc.constantFrom('menu', 'consent', 'supervision', null);
const part = fc.constantFrom<Part>('talking', 'held', 'consulting');
const windowEnd = fc.constantFrom<Facts['KeyWindowClosed']['reason']>(
  'key_pressed',
  'time_up',
  'connected',
  'greeting_failed',
  'keys_not_heard',
);
const mode = fc.constantFrom<SupervisionMode>('spy', 'whisper', 'barge');

const beginning: fc.Arbitrary<Sentence> = fc.oneof(
  fc.constantFrom('support', 'sales', 'web-widget').map(
    (line): Sentence =>
      (call) =>
        call.inbound(line),
  ),
  agent.map(
    (extension): Sentence =>
      (call) =>
        call.outbound('support', extension),
  ),
  fc.constant<Sentence>((call) => call.internal('1004', '1005')),
);

const sentence: fc.Arbitrary<Sentence> = fc.oneof(
  fc.record({ kind: fc.constantFrom('available', 'consent', 'menu'), begun: fc.boolean() }).map(
    ({ kind, begun }): Sentence =>
      (call) =>
        call.hearsPrompt(kind, { begun }),
  ),
  fc.constant<Sentence>((call) => call.entersMenu('sales')),
  fc.constant<Sentence>((call) => call.chooses('1', 'group')),
  fc.constant<Sentence>((call) => call.queued()),
  agent.map(
    (extension): Sentence =>
      (call) =>
        call.rings(extension),
  ),
  {
    weight: 3,
    arbitrary: anybody.map(
      (who): Sentence =>
        (call) =>
          call.answeredBy(who),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.record({ who: anybody, key, awaitedBy }).map(
      (press): Sentence =>
        (call) =>
          call.presses(press.who, press.key, press.awaitedBy),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.record({ who: agent, mode, target: agent }).map(
      (dial): Sentence =>
        (call) =>
          call.dialsCode(dial.who, dial.mode, dial.target),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.array(fc.tuple(anybody, part), { maxLength: 5 }).map(
      (parts): Sentence =>
        (call) =>
          call.converse(Object.fromEntries(parts)),
    ),
  },
  windowEnd.map(
    (reason): Sentence =>
      (call) =>
        call.windowCloses(reason),
  ),
  {
    weight: 2,
    arbitrary: anybody.map(
      (who): Sentence =>
        (call) =>
          call.leaves(who),
    ),
  },
  // The switch told of the end of a leg, but not yet of what it means for the conversation.
  anybody.map(
    (who): Sentence =>
      (call) =>
        call.commit('signaling', { type: 'LegEnded', data: { legId: call.legOf(who), reason: 'hung_up' } }),
  ),
  fc.constant<Sentence>((call) => call.ends()),
);

/** Says a sentence, unless it names somebody who is not there. */
const say = (call: CallScript, told: Sentence): CallScript => {
  try {
    return told(call);
  } catch {
    return call;
  }
};

/**
 * Any call there could be, and some that could not: things happen in any order, also after the end.
 * For properties that have to hold whatever a switch reports.
 */
export const anyCall: fc.Arbitrary<CallScript> = fc
  .tuple(beginning, fc.array(sentence, { maxLength: 25 }))
  .map(([begin, more]) => more.reduce(say, begin(aCall())));

/** Any call of customer and two agents on which up to four supervisors came and pressed their keys. */
export const anySupervisedCall: fc.Arbitrary<CallScript> = fc
  .tuple(
    fc.array(fc.record({ who: agent, mode, target: fc.constantFrom('1004', '1005') }), {
      minLength: 1,
      maxLength: 4,
    }),
    fc.array(sentence, { maxLength: 15 }),
  )
  .map(([dials, more]) => {
    const talking = aCall().inbound('support').answeredBy('1004').answeredBy('1005');
    const supervised = dials.reduce(
      (call, dial) => call.dialsCode(dial.who, dial.mode, dial.target),
      talking,
    );
    return more.reduce(say, supervised);
  });

/**
 * The events of a call, also with commits missing and in an order that no log has: for promises that have to
 * hold even then.
 */
export const inAnyOrder = (calls: fc.Arbitrary<CallScript>): fc.Arbitrary<readonly CallEvent[]> =>
  calls.chain((call) => {
    const [first = [], ...others] = [...Map.groupBy(call.events, ({ sequence }) => sequence).values()];
    return fc.oneof(
      fc.constant(call.events),
      shuffled(others).map((commits) => numbered([first, ...commits])),
      shuffled([first, ...others]).map(numbered),
    );
  });

const shuffled = (commits: readonly (readonly CallEvent[])[]) =>
  fc.shuffledSubarray([...commits], { minLength: Math.ceil(commits.length / 2) });

const numbered = (commits: readonly (readonly CallEvent[])[]): readonly CallEvent[] =>
  commits.flatMap((commit, place) => commit.map((event) => ({ ...event, sequence: place + 1 })));

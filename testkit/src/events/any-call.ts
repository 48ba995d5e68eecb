import fc from 'fast-check';
import type { SupervisionMode } from '@earshot/contracts';
import { aCall, type CallScript } from './a-call.ts';

type Sentence = (call: CallScript) => CallScript;

const agents = ['1001', '1004', '1005'] as const;
const agent = fc.constantFrom(...agents);
const anybody = fc.constantFrom('customer', ...agents);
const key = fc.constantFrom('0', '1', '2', '3', '4', null);
const awaitedBy = fc.constantFrom('menu', 'consent', 'supervision', null);
const mode = fc.constantFrom<SupervisionMode>('spy', 'whisper', 'barge');

const beginning: fc.Arbitrary<Sentence> = fc.oneof(
  fc.constantFrom('support', 'sales', 'web-widget').map((line): Sentence => (call) => call.inbound(line)),
  agent.map((extension): Sentence => (call) => call.outbound('support', extension)),
  fc.constant<Sentence>((call) => call.internal('1004', '1005')),
);

const sentence: fc.Arbitrary<Sentence> = fc.oneof(
  fc.record({ kind: fc.constantFrom('available', 'consent', 'menu'), begun: fc.boolean() })
    .map(({ kind, begun }): Sentence => (call) => call.hearsPrompt(kind, { begun })),
  fc.constant<Sentence>((call) => call.entersMenu('sales')),
  fc.constant<Sentence>((call) => call.chooses('1', 'group')),
  fc.constant<Sentence>((call) => call.queued()),
  agent.map((extension): Sentence => (call) => call.rings(extension)),
  { weight: 3, arbitrary: anybody.map((who): Sentence => (call) => call.answeredBy(who)) },
  { weight: 4, arbitrary: fc.record({ who: anybody, key, awaitedBy }).map((press): Sentence => (call) => call.presses(press.who, press.key, press.awaitedBy)) },
  { weight: 4, arbitrary: fc.record({ who: agent, mode, target: agent }).map((dial): Sentence => (call) => call.dialsCode(dial.who, dial.mode, dial.target)) },
  { weight: 2, arbitrary: anybody.map((who): Sentence => (call) => call.leaves(who)) },
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
export const anyCall: fc.Arbitrary<CallScript> = fc.tuple(beginning, fc.array(sentence, { maxLength: 25 }))
  .map(([begin, more]) => more.reduce(say, begin(aCall())));

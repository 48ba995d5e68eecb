import { aCall, type CallScript } from '@earshot/testkit/events';
import fc from 'fast-check';

type Sentence = (call: CallScript) => CallScript;
const lateKey =
  (n: number): Sentence =>
  (call) =>
    call.commit('signaling', {
      type: 'KeyPressed',
      data: {
        legId: call.legOf('customer'),
        key: '3',
        awaitedBy: 'consent',
        windowId: `${call.callId}-w${n}`,
      },
    });
const answers = (call: CallScript) =>
  call.commit('signaling', { type: 'LegAnswered', data: { legId: call.legOf('1004') } });

/** A caller is asked, presses or not, and talks with agents: what `anyCall` does seldom, over and over. */
export const askedCall: fc.Arbitrary<CallScript> = fc
  .array(
    fc.oneof<fc.Arbitrary<Sentence>[]>(
      fc
        .constantFrom('completed', 'failed')
        .map((outcome) => (call) => call.hearsPrompt('consent', { outcome })),
      fc
        .constantFrom('keys_not_heard', 'greeting_failed', 'connected', 'time_up')
        .map((reason) => (call) => call.windowCloses(reason)),
      fc.constantFrom('3', '4').map((key) => (call) => call.presses('customer', key, 'consent')),
      fc.integer({ min: 1, max: 2 }).map(lateKey),
      fc.constantFrom<Sentence>(
        (call) => call.entersMenu('support').windowCloses('keys_not_heard'),
        (call) => call.queued(),
        answers,
      ),
      fc.constantFrom<Sentence>(
        (call) => call.answeredBy('1004'),
        (call) => call.converse({ customer: 'held', 1004: 'talking' }),
        (call) => call.converse({ customer: 'talking', 1004: 'talking' }),
        (call) => call.converse({ 1004: 'talking' }),
      ),
    ),
    { maxLength: 8 },
  )
  .chain((told) =>
    fc.constantFrom('customer', '1004', null).map((leaver) => {
      const call = told
        .reduce((before, sentence) => sentence(before), aCall().inbound('support').rings('1004'))
        .answeredBy('1004');
      return leaver === null
        ? call
        : call.commit('signaling', {
            type: 'LegEnded',
            data: { legId: call.legOf(leaver), reason: 'hung_up' },
          });
    }),
  );

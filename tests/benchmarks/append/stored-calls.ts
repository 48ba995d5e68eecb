import { callIdOf, callSubject, writeCommit, type CallId } from '@earshot/contracts';
import { aCall, type CallScript } from '@earshot/testkit/events';

/** One message as it is published. */
export interface Message {
  readonly subject: string;
  readonly data: Uint8Array;
}

/** A CallId that is made of its number. */
export const numberedCall = (n: number): CallId => {
  const id = callIdOf(`01900000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`);
  if (id === undefined) throw new RangeError(`${n} makes no CallId`);
  return id;
};

/** A call that is being spied on: what signaling says of it, and by whom it is heard. */
export const spiedOn = (callId: CallId): CallScript =>
  aCall({ callId }).inbound('support').answeredBy('1004').dialsCode('1001', 'spy', '1004');

/** The same call after everybody has left. */
export const overNow = (script: CallScript): CallScript =>
  script.leaves('1001').leaves('customer').leaves('1004').ends();

/** Keys that change the mode each time, for ever. */
const modes = ['1', '2', '0'] as const;
export const keyAt = (place: number): string => modes[place % modes.length] ?? '0';

/** What a script says, as messages of the log; the first `after` commits are left out. */
export const messagesOf = ({ callId, commits }: CallScript, after = 0): readonly Message[] =>
  commits.slice(after).map(({ writer, events }, index) => {
    const place = after + index;
    return {
      subject: callSubject(callId, writer),
      data: writeCommit({
        id: `${callId}.${writer}.SWITCH.report-${place + 1}`,
        writer,
        callId,
        tenant: 'demo',
        recordedAt: events[0]?.occurredAt ?? '',
        causation: { source: 'SWITCH', id: `report-${place + 1}`, sequence: null },
        events,
      }),
    };
  });

/** Messages of several calls that run at the same time, each call's own in order. */
export function* interleaved(calls: readonly (readonly Message[])[]): Generator<Message> {
  for (let place = 0; calls.some((messages) => place < messages.length); place += 1) {
    for (const messages of calls) {
      const message = messages[place];
      if (message) yield message;
    }
  }
}

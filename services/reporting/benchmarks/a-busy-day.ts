import { callSubject, writeCommit, type CallId } from '@earshot/contracts';
import { aCall, type CallScript } from '@earshot/testkit/events';

/** One message of the log as it is published. */
export interface LoggedMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly events: number;
}

const tell = (callId: CallId): CallScript => {
  const call = aCall({ callId })
    .inbound('support')
    .commit('recording-consent', {
      type: 'RecordingPolicyApplied',
      data: { setting: 'opt_in', settingVersion: 4, greeting: 'opt_in', keyCounts: true },
    })
    .hearsPrompt('available')
    .hearsPrompt('consent')
    .queued()
    .rings('1005')
    .leaves('1005', 'missed')
    .presses('customer', '3', 'consent')
    .commit('recording-consent', { type: 'ConsentChosen', data: { choice: 'caller_opted_in', key: '3' } })
    .answeredBy('1004')
    .commit('recording-consent', {
      type: 'RecordingAllowed',
      data: { recordingId: `${callId}-r1`, ground: 'caller_opted_in', windowId: null },
    })
    .commit('signaling', { type: 'RecorderStarted', data: { recordingId: `${callId}-r1` } });
  const supervised = call.dialsCode('1001', 'spy', '1004');
  return supervised
    .commit('supervision', {
      type: 'SupervisionStarted',
      data: {
        supervisionId: `${callId}-s1`,
        legId: supervised.legOf('1001'),
        supervisedLegId: supervised.legOf('1004'),
        mode: 'spy',
      },
    })
    .presses('1001', '1', 'supervision')
    .commit('supervision', {
      type: 'SupervisionModeChanged',
      data: { supervisionId: `${callId}-s1`, mode: 'whisper', keysUpTo: null },
    })
    .leaves('1001')
    .leaves('customer')
    .commit('signaling', { type: 'RecorderStopped', data: { recordingId: `${callId}-r1`, durationMs: 6000 } })
    .ends();
};

const messagesOf = (script: CallScript): readonly LoggedMessage[] =>
  script.commits.map(({ writer, events }, place) => ({
    subject: callSubject(script.callId, writer),
    events: events.length,
    data: writeCommit({
      id: `${script.callId}-${place}`,
      writer,
      callId: script.callId,
      tenant: 'demo',
      recordedAt: events[0]?.occurredAt ?? '',
      causation: { source: 'SWITCH', id: `report-${place}`, sequence: null },
      events,
    }),
  }));

/** Messages of whole calls with about this many events, `atOnce` calls interleaved at any time. */
export function* aBusyDay(events: number, atOnce: number): Generator<LoggedMessage> {
  let told = 0;
  let next = 0;
  while (told < events) {
    const running = Array.from({ length: atOnce }, () =>
      messagesOf(tell(`0199a1b2-0000-7000-8000-${(next += 1).toString(16).padStart(12, '0')}`)),
    );
    const longest = Math.max(...running.map((messages) => messages.length));
    for (let place = 0; place < longest; place += 1) {
      for (const messages of running) {
        const message = messages[place];
        if (message === undefined) continue;
        told += message.events;
        yield message;
      }
    }
  }
}

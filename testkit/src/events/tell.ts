import type { CallEvent, CallId, Writer } from '@earshot/contracts';
import type { EventLog } from '@earshot/event-log';
import type { CallScript } from './a-call.ts';

/** Appends what signaling says in a script, from where the last telling of that call ended. Other writers decide for themselves. */
export const tellTo = (log: EventLog) => {
  const told = new Map<CallId, { readonly commits: number; readonly sequence: number }>();
  return async ({ callId, commits }: CallScript): Promise<void> => {
    for (const [place, { writer, events }] of commits.entries()) {
      const before = told.get(callId) ?? { commits: 0, sequence: 0 };
      if (place < before.commits || writer !== 'signaling') continue;
      const { sequence } = await log.append({
        callId,
        writer: 'signaling',
        id: `${callId}.signaling.SWITCH.report-${place + 1}`,
        events: events as never,
        causation: { source: 'SWITCH', id: `report-${place + 1}`, sequence: null },
        expectedSequence: before.sequence,
      });
      told.set(callId, { commits: place + 1, sequence });
    }
  };
};

/**
 * The events of one writer on a call, as soon as there are so many of them.
 * @throws after ten seconds, naming what was there
 */
export const eventsOf = async (
  log: EventLog,
  callId: CallId,
  writer: Writer,
  atLeast: number,
): Promise<readonly CallEvent[]> => {
  const giveUpAt = Date.now() + 10_000;
  for (;;) {
    const events = (await log.load(callId, [writer])).flatMap((commit) => commit.events);
    if (events.length >= atLeast) return events;
    if (Date.now() > giveUpAt)
      throw new Error(
        `waited for ${atLeast} events of ${writer}, but there are ${events.map(({ type }) => type).join(', ') || 'none'}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

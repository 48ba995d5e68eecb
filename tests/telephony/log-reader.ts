import type { CallEvent, CallId, EventType } from '@earshot/contracts';
import { connectToNats, isUnreadable, openEventLog } from '@earshot/event-log';

type Of<T extends EventType> = Extract<CallEvent, { type: T }>;

/** Every event of the log as it comes, for a test that waits for what happens. */
export interface LogReader extends AsyncDisposable {
  /** Events of a call so far, in order. */
  of(callId: CallId): readonly CallEvent[];
  /** Events after the first `count`, in order. */
  since(count: number): readonly CallEvent[];
  /** Number of events so far; a `since` for `until`. */
  readonly count: number;
  /**
   * The first event of this type after `since` that fits.
   * @throws a sentence with the types seen since when it does not come in time
   */
  until<T extends EventType>(
    type: T,
    options?: {
      readonly since?: number;
      readonly callId?: CallId;
      readonly fits?: (event: Of<T>) => boolean;
      readonly limitMs?: number;
    },
  ): Promise<Of<T>>;
}

export const readLog = async (natsUrl: string): Promise<LogReader> => {
  const connection = await connectToNats({ url: natsUrl, name: 'telephony test' });
  const log = openEventLog({ connection, tenant: 'demo' });
  const events: CallEvent[] = [];
  const looks = new Set<() => void>();
  const stop = new AbortController();
  const reading = (async () => {
    for await (const message of log.follow({ after: 0, signal: stop.signal })) {
      if (isUnreadable(message))
        throw new Error(`An unreadable message stands in the log at ${message.sequence}: ${message.problem}`);
      events.push(...message.events);
      for (const look of looks) look();
    }
  })();

  return {
    since: (count) => events.slice(count),
    of: (callId) => events.filter((event) => event.callId === callId),
    get count() {
      return events.length;
    },
    until: (type, { since = 0, callId, fits = () => true, limitMs = 20_000 } = {}) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          looks.delete(look);
          reject(
            new Error(
              `No ${type} within ${limitMs} ms; since then: ${events
                .slice(since)
                .map((event) => event.type)
                .join(', ')}`,
            ),
          );
        }, limitMs);
        const look = (): void => {
          const found = events
            .slice(since)
            .find(
              (event) =>
                event.type === type &&
                (callId === undefined || event.callId === callId) &&
                fits(event as never),
            );
          if (!found) return;
          clearTimeout(timer);
          looks.delete(look);
          resolve(found as never);
        };
        looks.add(look);
        look();
      }),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await reading;
      await connection.close();
    },
  };
};

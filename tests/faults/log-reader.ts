import { readCommit, type CallEvent } from '@earshot/contracts';
import type { OpenMemoryStore } from '@earshot/event-log';

/** The log as it stands at this instant, whatever the services have seen of it. */
export interface LogReader {
  /** In the order of the log. */
  all(): readonly CallEvent[];
  of(callId: string): readonly CallEvent[];
  calls(): readonly string[];
}

/** Reads each commit once. */
export const readLog = ({ store }: OpenMemoryStore): LogReader => {
  let next = 0;
  const all: CallEvent[] = [];
  const byCall = new Map<string, CallEvent[]>();
  const catchUp = (): void => {
    for (let message = store.calls.messages[next]; message; message = store.calls.messages[next]) {
      next += 1;
      for (const event of readCommit(message).events) {
        all.push(event);
        const known = byCall.get(event.callId);
        if (known) known.push(event);
        else byCall.set(event.callId, [event]);
      }
    }
  };
  return {
    all: () => {
      catchUp();
      return all;
    },
    of: (callId) => {
      catchUp();
      return byCall.get(callId) ?? [];
    },
    calls: () => {
      catchUp();
      return [...byCall.keys()];
    },
  };
};

/** The last event of these types. */
export const lastOf = <T extends CallEvent['type']>(
  events: readonly CallEvent[],
  ...types: readonly T[]
): Extract<CallEvent, { type: T }> | undefined =>
  events.findLast((event): event is Extract<CallEvent, { type: T }> =>
    (types as readonly string[]).includes(event.type),
  );

/** All events of a type. */
export const ofType = <T extends CallEvent['type']>(
  events: readonly CallEvent[],
  ...types: readonly T[]
): readonly Extract<CallEvent, { type: T }>[] =>
  events.filter((event): event is Extract<CallEvent, { type: T }> =>
    (types as readonly string[]).includes(event.type),
  );

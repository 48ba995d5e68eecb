import type { CallId, CurrentCall } from '@earshot/contracts';

/** One server-sent event as a client reads it. */
export interface ToldEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: unknown;
}

/** Reads whole events out of a piece of a stream; comments and other fields are left out. */
export const eventsIn = (text: string): readonly ToldEvent[] =>
  text.split('\n\n').flatMap((block) => {
    const field = (name: string): string | null =>
      block
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2) ?? null;
    const [event, data] = [field('event'), field('data')];
    return event === null || data === null
      ? []
      : [{ id: field('id'), event, data: JSON.parse(data) as unknown }];
  });

/** A client as the guide describes it: the whole list, then each change. */
export class ToldClient {
  readonly calls = new Map<CallId, CurrentCall>();
  /** Ids in the order in which they came. */
  readonly ids: string[] = [];

  /** For `Last-Event-ID`. */
  get lastId(): string | undefined {
    return this.ids.at(-1);
  }

  take({ id, event, data }: ToldEvent): void {
    const { calls = [], removed = [] } = data as {
      calls?: readonly CurrentCall[];
      removed?: readonly CallId[];
    };
    if (event === 'snapshot') this.calls.clear();
    for (const call of calls) this.calls.set(call.id, call);
    for (const callId of removed)
      if (!this.calls.delete(callId))
        throw new Error(`${callId} was removed, but the client did not know it`);
    if (id !== null) this.ids.push(id);
  }

  /** The calls as JSON, in the order of their ids. */
  list(): readonly string[] {
    return [...this.calls.values()].map((call) => JSON.stringify(call)).toSorted();
  }
}

import { ToldClient, eventsIn, type ToldEvent } from './told-events.ts';

/** A client of the stream over HTTP. */
export interface StreamClient extends AsyncDisposable {
  readonly client: ToldClient;
  /** Every event, in the order in which it came. */
  readonly events: readonly ToldEvent[];
  readonly headers: Headers;
  /** Resolves when the server has ended the stream. */
  readonly ended: Promise<void>;
  /** Resolves when it is so. @throws after ten seconds, with the events that came */
  until(what: string, isSo: () => boolean): Promise<void>;
}

/** Opens the stream of a supervision service. @param client what it knew before, when it comes back */
export const openStream = async (
  url: string,
  headers: Readonly<Record<string, string>>,
  client = new ToldClient(),
): Promise<StreamClient> => {
  const abort = new AbortController();
  const after = client.lastId === undefined ? {} : { 'last-event-id': client.lastId };
  const answer = await fetch(`${url}/calls/stream`, {
    headers: { ...headers, ...after },
    signal: abort.signal,
  });
  if (answer.status !== 200 || !answer.body) throw new Error(`${answer.status}: ${await answer.text()}`);
  const events: ToldEvent[] = [];
  const read = async (body: ReadableStream<Uint8Array>): Promise<void> => {
    let text = '';
    const decoder = new TextDecoder();
    for await (const bytes of body) {
      text += decoder.decode(bytes, { stream: true });
      const end = text.lastIndexOf('\n\n') + 2;
      if (end < 2) continue;
      for (const event of eventsIn(text.slice(0, end))) {
        events.push(event);
        client.take(event);
      }
      text = text.slice(end);
    }
  };
  const ended = read(answer.body).catch(() => {});
  return {
    client,
    events,
    headers: answer.headers,
    ended,
    until: async (what, isSo) => {
      for (const giveUpAt = Date.now() + 10_000; !isSo();) {
        if (Date.now() > giveUpAt)
          throw new Error(
            `${what} did not come about; there were ${events.map(({ event }) => event).join(', ')}`,
          );
        await new Promise((resolve) => {
          setTimeout(resolve, 5);
        });
      }
    },
    [Symbol.asyncDispose]: async () => {
      abort.abort();
      await ended;
    },
  };
};

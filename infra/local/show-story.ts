import { setTimeout as wait } from 'node:timers/promises';
import { connectToNats, isUnreadable, openEventLog } from '@earshot/event-log';
import { demoPeople } from './demo-tenant.ts';
import { demoPhones } from './demo-phones.ts';
import { playStory } from './story.ts';
import { INCREMENTAL_PATH, type System } from './system.ts';
import { printable } from './timeline/printable.ts';
import { createTimeline } from './timeline/timeline.ts';
import { until } from '@earshot/processes';

/** How long the people of the story take between two things, in ms. */
const pauseMs = 500;

/** The timeline of every call from now on, as it happens; ends with its disposal. */
export const showTimeline = async (
  system: Pick<System, 'nats'>,
  output: NodeJS.WriteStream,
): Promise<AsyncDisposable> => {
  const connection = await connectToNats({ url: system.nats.url, name: 'timeline' });
  const log = openEventLog({ connection, tenant: 'demo' });
  const timeline = createTimeline(demoPeople, { colour: output.isTTY });
  const stop = new AbortController();
  const after = await log.lastSequence();
  const printing = (async () => {
    for await (const message of log.follow({ after, signal: stop.signal })) {
      if (isUnreadable(message)) continue;
      for (const line of message.events.flatMap((event) => timeline.linesOf(event)))
        output.write(`${printable(line)}\n`);
    }
  })();
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await printing.catch(() => {});
      await connection.close();
    },
  };
};

/** Plays the story on the simulated switch, up to its row in the export. */
export const playDemoStory = async ({
  nats,
  services,
  admin,
  export: { url, email, token },
}: System): Promise<void> => {
  const connection = await connectToNats({ url: nats.url, name: 'story' });
  try {
    const log = openEventLog({ connection, tenant: 'demo' });
    const since = Math.floor(Date.now() / 1000);
    await playStory(demoPhones(services.signaling.url, admin.token, log), wait, pauseMs);
    await until(
      'The row of the story in the export',
      async () => {
        const answer = await fetch(`${url}${INCREMENTAL_PATH}/calls?start_time=${since}`, {
          headers: { authorization: `Basic ${btoa(`${email}/token:${token}`)}` },
        });
        const { calls } = (await answer.json()) as { calls: readonly { completion_status: string | null }[] };
        return calls.some((call) => call.completion_status !== null) ? true : undefined;
      },
      { timeoutMs: 10_000, everyMs: 100 },
    );
  } finally {
    await connection.close();
  }
};

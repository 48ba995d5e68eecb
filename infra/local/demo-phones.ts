import { isUnreadable, type EventLog } from '@earshot/event-log';
import { withToken } from './apply-settings.ts';
import type { StoryPhones } from './story.ts';
import { until } from '@earshot/processes';

const patientMs = 20_000;

const ask = async (token: string, url: string, method: string, body?: unknown): Promise<unknown> => {
  const headers = {
    ...withToken(token),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const answer = await fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) {
    const { detail = answer.statusText } = (await answer.json()) as { detail?: string };
    throw new Error(`A simulated phone refused: ${detail}`);
  }
  return answer.json();
};

/** The phones of the simulated switch, through signaling's routes, which ask for its token. */
export const demoPhones = (signalingUrl: string, token: string, log: EventLog): StoryPhones => {
  const phone = (number: string, act: string): string =>
    `${signalingUrl}/simulated/phones/${encodeURIComponent(number)}/${act}`;
  const stateOf = async (number: string): Promise<string | undefined> => {
    const { phones } = (await ask(token, `${signalingUrl}/simulated/phones`, 'GET')) as {
      phones: readonly { number: string; state: string }[];
    };
    return phones.find((known) => known.number === number)?.state;
  };
  return {
    dial: async (from, dialled) => void (await ask(token, phone(from, 'dial'), 'POST', { to: dialled })),
    answer: async (extension) => void (await ask(token, phone(extension, 'answer'), 'POST')),
    press: async (from, key) => void (await ask(token, phone(from, 'press'), 'POST', { key })),
    hangUp: async (from) => void (await ask(token, phone(from, 'hang-up'), 'POST')),
    rings: async (extension) =>
      void (await until(
        'The phone of the agent rings',
        async () => ((await stateOf(extension)) === 'ringing' ? true : undefined),
        { timeoutMs: patientMs },
      )),
    hearsGreeting: async (kind) => {
      const signal = AbortSignal.timeout(patientMs);
      const asked = new Set<string>();
      for await (const message of log.follow({
        after: Math.max(0, (await log.lastSequence()) - 50),
        signal,
      })) {
        if (isUnreadable(message)) continue;
        for (const event of message.events) {
          if (event.type === 'PromptRequested' && event.data.kind === kind) asked.add(event.data.promptId);
          if (
            event.type === 'PromptStarted' &&
            asked.has(event.data.promptId) &&
            Date.now() - Date.parse(event.occurredAt) < patientMs
          )
            return;
        }
      }
      throw new Error('The caller did not hear the greeting that asks for consent.');
    },
  };
};

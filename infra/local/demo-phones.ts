import { isStrange, type CallLog } from '@earshot/event-log';
import type { StoryPhones } from './story.ts';
import { until } from '@earshot/processes';

const patientMs = 20_000;

const ask = async (url: string, method: string, body?: unknown): Promise<unknown> => {
  const answer = await fetch(url, { method, ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });
  if (!answer.ok) throw new Error(`The simulated phone refused: ${await answer.text()}`);
  return answer.json();
};

/** The phones of the simulated switch, through signaling's routes. */
export const demoPhones = (signalingUrl: string, log: CallLog): StoryPhones => {
  const phone = (number: string, act: string): string => `${signalingUrl}/simulated/phones/${encodeURIComponent(number)}/${act}`;
  const stateOf = async (number: string): Promise<string | undefined> => {
    const { phones } = (await ask(`${signalingUrl}/simulated/phones`, 'GET')) as { phones: readonly { number: string; state: string }[] };
    return phones.find((known) => known.number === number)?.state;
  };
  return {
    dial: async (from, dialled) => void (await ask(phone(from, 'dial'), 'POST', { to: dialled })),
    answer: async (extension) => void (await ask(phone(extension, 'answer'), 'POST')),
    press: async (from, key) => void (await ask(phone(from, 'press'), 'POST', { key })),
    hangUp: async (from) => void (await ask(phone(from, 'hang-up'), 'POST')),
    rings: async (extension) => void (await until('The phone of the agent rings', async () => ((await stateOf(extension)) === 'ringing' ? true : undefined), { timeoutMs: patientMs })),
    hearsGreeting: async (kind) => {
      const signal = AbortSignal.timeout(patientMs);
      const asked = new Set<string>();
      for await (const message of log.follow({ after: Math.max(0, (await log.lastSequence()) - 50), signal })) {
        if (isStrange(message)) continue;
        for (const event of message.events) {
          if (event.type === 'PromptRequested' && event.data.kind === kind) asked.add(event.data.promptId);
          if (event.type === 'PromptStarted' && asked.has(event.data.promptId) && Date.now() - Date.parse(event.occurredAt) < patientMs) return;
        }
      }
      throw new Error('The caller did not hear the greeting that asks for consent.');
    },
  };
};

import type { CallId } from '@earshot/contracts';
import { until } from '@earshot/processes';
import { withToken } from '../../infra/local/apply-settings.ts';

type State = 'idle' | 'calling' | 'ringing' | 'talking';
type Script =
  | { readonly does: 'wait' }
  | { readonly does: 'answer'; readonly afterMs: number }
  | { readonly does: 'decline' };

/** A simulated phone, driven over HTTP as a person with the demo would drive it. */
export interface Phone {
  readonly number: string;
  /** Makes the phone where there is none, and says what it does when it rings. */
  does(script: Script): Promise<void>;
  /** @returns the call that the arrival names; a service code leads to another call than this */
  dial(to: string): Promise<CallId>;
  answer(): Promise<void>;
  decline(): Promise<void>;
  press(key: string): Promise<void>;
  hangUp(): Promise<void>;
  /** Resolves when the phone is in this state. */
  is(state: State): Promise<void>;
  /** Keys of others that reached it. */
  keysHeard(): Promise<readonly string[]>;
}

export const phoneOf = (signalingUrl: string, token: string, number: string): Phone => {
  const url = `${signalingUrl}/simulated/phones`;
  const own = `${url}/${encodeURIComponent(number)}`;
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await fetch(path, {
      method,
      headers: { ...withToken(token), ...json },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok)
      throw new Error(
        `The phone did not: ${method} ${path.slice(url.length)} answered ${answer.status}, ${await answer.text()}`,
      );
    return answer.json();
  };
  const view = async (): Promise<{ state: State; keysHeard: string[] } | undefined> => {
    const { phones } = (await ask('GET', url)) as {
      phones: { number: string; state: State; keysHeard: string[] }[];
    };
    return phones.find((phone) => phone.number === number);
  };
  return {
    number,
    does: async (script) => void (await ask('PUT', own, { script })),
    dial: async (to) => ((await ask('POST', `${own}/dial`, { to })) as { callId: CallId }).callId,
    answer: async () => void (await ask('POST', `${own}/answer`)),
    decline: async () => void (await ask('POST', `${own}/decline`)),
    press: async (key) => void (await ask('POST', `${own}/press`, { key })),
    hangUp: async () => void (await ask('POST', `${own}/hang-up`)),
    is: async (state) =>
      void (await until(
        `A phone that is ${state}`,
        async () => (await view())?.state === state || undefined,
        { timeoutMs: 60_000 },
      )),
    keysHeard: async () => (await view())?.keysHeard ?? [],
  };
};

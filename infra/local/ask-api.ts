import { withToken } from './apply-settings.ts';

/** An API of ours, and the token to ask it with. */
export interface Api {
  readonly url: string;
  readonly token: string;
}

/** Asks an API of ours. @throws one sentence with what it found wrong */
export const askApi = async <T>(
  { url, token }: Api,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<T> => {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { ...withToken(token), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw new Error(`${url} does not answer: is it running?`, { cause: error });
  });
  const text = await answer.text();
  if (answer.ok) return (text === '' ? undefined : JSON.parse(text)) as T;
  throw new Error(`${method} ${path} was refused (${answer.status}): ${reasonIn(text)}`);
};

/** Detail and fields of problem details, else the answer itself. */
const reasonIn = (text: string): string => {
  try {
    const { detail, errors = [] } = JSON.parse(text) as {
      readonly detail?: string;
      readonly errors?: readonly { readonly field: string; readonly reason: string }[];
    };
    return [detail, ...errors.map(({ field, reason }) => `${field} ${reason}.`)].filter(Boolean).join(' ');
  } catch {
    return text.slice(0, 200);
  }
};

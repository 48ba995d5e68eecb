import { isDeepStrictEqual } from 'node:util';
import { settingsOwners } from '@earshot/contracts';
import type { SettingsKind } from '@earshot/contracts';

interface Setting {
  readonly kind: SettingsKind;
  readonly id: string;
  readonly value: unknown;
}

/** The header with which an API of ours is asked. */
export const withToken = (token: string): { readonly authorization: string } => ({
  authorization: `Bearer ${token}`,
});

/**
 * Puts settings through the HTTP API of the service that owns their kind, in their order; one that stands there already
 * with the same value is left alone.
 * @param token of those APIs
 * @returns how many were changed
 * @throws one sentence with what the API found wrong
 */
export const applySettings = async (
  settings: readonly Setting[],
  urlOf: (owner: string) => string,
  token: string,
): Promise<number> => {
  let changed = 0;
  for (const { kind, id, value } of settings) {
    const address = `${urlOf(settingsOwners[kind])}/settings/${kind}/${encodeURIComponent(id)}`;
    const there = await fetch(address, { headers: withToken(token) });
    if (there.ok && isDeepStrictEqual(((await there.json()) as { value: unknown }).value, value)) continue;
    const headers = { ...withToken(token), 'content-type': 'application/json' };
    const answer = await fetch(address, { method: 'PUT', headers, body: JSON.stringify(value) });
    if (!answer.ok)
      throw new Error(`The setting ${kind}/${id} was refused (${answer.status}): ${await answer.text()}`);
    changed++;
  }
  return changed;
};

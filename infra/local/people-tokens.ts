import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Role } from '@earshot/contracts';
import { withToken } from './apply-settings.ts';
import { askApi, type Api } from './ask-api.ts';
import { demoPeople, demoTenant } from './demo-tenant.ts';

/** Somebody of the demo tenant, with an API token of their own. */
export interface DemoPerson {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly token: string;
}

/** Whoever supervises somebody in a ring group is a supervisor, everybody else an agent. */
const roleOf = (extension: string): Role =>
  demoTenant.some(
    ({ kind, value }) =>
      kind === 'ring-groups' &&
      'members' in value &&
      value.members.some((member) => member.extension === extension && member.supervisor),
  )
    ? 'supervisor'
    : 'agent';

/** Whether a token is of whoever has this extension. */
const isOf = async (supervision: string, token: string, extension: string): Promise<boolean> => {
  const answer = await fetch(`${supervision}/me`, { headers: withToken(token) });
  const who = (await answer.json()) as { readonly extension?: unknown };
  return answer.ok && who.extension === extension;
};

/** What an earlier start kept; nothing, when it cannot be read: then they get new ones. */
const keptIn = async (file: string): Promise<Readonly<Record<string, string>>> => {
  try {
    return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as Record<string, string>) : {};
  } catch {
    return {};
  }
};

/**
 * Tokens of the demo people, by extension: made through the API, and kept in a file for its owner only, so that they are the
 * same at the next start.
 * @param api supervision's, for an administrator
 * @throws one sentence with what the API found wrong
 */
export const givePeopleTokens = async (
  file: string,
  api: Api,
): Promise<Readonly<Record<string, DemoPerson>>> => {
  const kept = await keptIn(file);
  const people: Record<string, DemoPerson> = {};
  for (const [extension, name] of Object.entries(demoPeople)) {
    const roles = [roleOf(extension)];
    const known = kept[extension];
    const token =
      known !== undefined && (await isOf(api.url, known, extension))
        ? known
        : (
            await askApi<{ token: string }>(api, 'POST', '/api-tokens', {
              name: name.toLowerCase(),
              roles,
              extension,
            })
          ).token;
    people[extension] = { name, roles, token };
  }
  const tokens = Object.entries(people).map(([extension, { token }]) => [extension, token]);
  await writeFile(`${file}.new`, JSON.stringify(Object.fromEntries(tokens)), { mode: 0o600 });
  await rename(`${file}.new`, file);
  return people;
};

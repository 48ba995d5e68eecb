import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { roleMeanings, roles } from '@earshot/contracts';
import { readAddresses } from './addresses.ts';
import { askApi, type Api } from './ask-api.ts';
import { readOptions } from './read-options.ts';
import { printable } from './timeline/printable.ts';

const help = `npm run token -- make NAME --role ROLE   makes an API token, and shows it this once
npm run token -- list                    all tokens, and when they were used last
npm run token -- revoke ID               makes a token open nothing any more, at once

  --role ROLE        what its bearer may be, once or more:
${roles.map((role) => `                       ${role.padEnd(10)} ${roleMeanings[role]}`).join('\n')}
  --extension 1001   their own extension
  --expires TIME     until when it holds, as 2027-01-31T12:00:00Z; else until it is revoked
  --json             the answer of the API as it is (use npm run --silent)
  --api URL          of supervision, and API_TOKEN in the environment: of any system; else of the local run
  EARSHOT_DATA       data folder of the local run (.data)
`;
const dataDir = process.env['EARSHOT_DATA'] || fileURLToPath(new URL('../../.data', import.meta.url));

interface ApiToken {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly extension: string | null;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly lastUsedAt: string | null;
  readonly token?: string;
}

const apiOf = async (named: string | undefined): Promise<Api> => {
  const url = named ?? (await readAddresses(dataDir, 'a system with --api')).supervision;
  const file = join(dataDir, 'admin-token');
  const ofRun = named === undefined && existsSync(file) ? await readFile(file, 'utf8') : undefined;
  const token = process.env['API_TOKEN'] || ofRun;
  if (token === undefined)
    throw new Error(
      'Set API_TOKEN to a token of an administrator: of the environment of supervision, or an API token.',
    );
  return { url: url.replace(/\/$/, ''), token };
};

const show = (line: string): void => console.log(printable(line));

const isAct = (act: string): boolean => ['make', 'list', 'revoke'].includes(act);

const standing = ({ revokedAt, expiresAt, lastUsedAt }: ApiToken): string =>
  [
    revokedAt === null ? undefined : `revoked ${revokedAt}`,
    expiresAt === null
      ? undefined
      : `${Date.parse(expiresAt) <= Date.now() ? 'ran out' : 'until'} ${expiresAt}`,
    lastUsedAt === null ? 'never used' : `used ${lastUsedAt}`,
  ]
    .filter(Boolean)
    .join(', ');

const showList = (tokens: readonly ApiToken[]): void => {
  if (tokens.length === 0) show('There are no API tokens yet: npm run token -- make NAME --role ROLE');
  for (const token of tokens) {
    const who = `${token.name}${token.extension === null ? '' : ` (${token.extension})`}`;
    show(`${token.id}  ${who.padEnd(24)}  ${token.roles.join(', ').padEnd(20)}  ${standing(token)}`);
  }
};

const main = async (): Promise<void> => {
  const options = {
    role: { type: 'string', multiple: true, default: [] as string[] },
    extension: { type: 'string' },
    expires: { type: 'string' },
    json: { type: 'boolean', default: false },
    api: { type: 'string' },
    help: { type: 'boolean', default: false },
  } as const;
  const { values, positionals } = readOptions({ options, allowPositionals: true }, help);
  const [act, subject, ...more] = positionals;
  if (values.help || act === undefined) return void process.stdout.write(help);
  const [tooMuch] = act === 'list' ? positionals.slice(1) : more;
  if (tooMuch !== undefined) throw new Error(`"${tooMuch}" is one word too many.\n\n${help}`);
  const tell = (answer: unknown, inWords: () => void): void =>
    values.json ? console.log(JSON.stringify(answer)) : inWords();
  if (!isAct(act)) throw new Error(`There is no "${act}": use make, list or revoke.\n\n${help}`);
  if (act === 'list') {
    const tokens = await askApi<readonly ApiToken[]>(await apiOf(values.api), 'GET', '/api-tokens');
    return tell(tokens, () => showList(tokens));
  }
  if (subject === undefined)
    throw new Error(`Say which: ${act} needs a ${act === 'make' ? 'name' : 'token id'}.\n\n${help}`);
  if (act === 'revoke') {
    await askApi(await apiOf(values.api), 'DELETE', `/api-tokens/${encodeURIComponent(subject)}`);
    return tell({ id: subject, revoked: true }, () => show(`The token ${subject} opens nothing any more.`));
  }
  if (values.role.length === 0) throw new Error(`Say what its bearer may be, with --role.\n\n${help}`);
  const made = await askApi<ApiToken>(await apiOf(values.api), 'POST', '/api-tokens', {
    name: subject,
    roles: values.role,
    ...(values.extension === undefined ? {} : { extension: values.extension }),
    ...(values.expires === undefined ? {} : { expiresAt: values.expires }),
  });
  tell(made, () => {
    show(made.token ?? '');
    show('');
    show(`This is shown once and kept nowhere. Its id is ${made.id}: npm run token -- revoke ${made.id}`);
  });
};

main().catch((error: unknown) => {
  const lines = (error instanceof Error ? error.message : String(error)).split('\n');
  console.error(lines.map(printable).join('\n'));
  process.exitCode = 1;
});

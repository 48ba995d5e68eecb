import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tellAddresses } from './addresses.ts';
import { readOptions } from './read-options.ts';
import { playDemoStory, showTimeline } from './show-story.ts';
import { showSteps } from './steps.ts';
import { INCREMENTAL_PATH, startSystem } from './system.ts';
import type { System } from './system.ts';
import { tellReadiness } from './tell-readiness.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const help = `npm start [-- --fresh]   everything with the simulated switch, and the story
npm run lab [-- --fresh] everything on a real Asterisk, for SIP phones on this machine

  --fresh          begin with an empty log and database
  --no-story       start without a call
  LAB_SIP_PORT     SIP of the lab (5060)             0 picks a free port
  LAB_API_PORT     settings API of signaling (8070); supervision and recording-consent take the next two
  LAB_EXPORT_PORT  export API of reporting (8080)
  EARSHOT_DATA     where the data lie (.data)
  NATS_URL, DATABASE_URL, EARSHOT_POSTGRES=docker   servers of your own
`;

const running = new AsyncDisposableStack();
let ending = false;

const main = async (): Promise<void> => {
  const options = {
    switch: { type: 'string', default: 'simulated' },
    fresh: { type: 'boolean', default: false },
    'no-story': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const;
  const { values } = readOptions({ options }, help);
  if (values.help) {
    process.stdout.write(help);
    process.exit(0);
  }
  if (values.switch !== 'simulated' && values.switch !== 'asterisk')
    throw new Error(`There is no switch "${values.switch}": use simulated or asterisk.`);
  // Several starts of one machine do not collide in the simulation; the lab's phones need to know where to call.
  const lab = values.switch === 'asterisk';
  const steps = showSteps(process.stdout);
  const system = await startSystem(
    {
      dataDir: process.env['EARSHOT_DATA'] || join(root, '.data'),
      fresh: values.fresh,
      switch: values.switch,
      ports: {
        sip: port('LAB_SIP_PORT', lab ? 5060 : 0),
        api: port('LAB_API_PORT', 8070, 65_533),
        export: port('LAB_EXPORT_PORT', 8080),
      },
    },
    steps,
    running,
  );
  const { nats, services } = system;
  running.use(
    await tellAddresses(system.data.path, { log: nats.url, supervision: services.supervision.url }),
  );
  console.log(
    `\nEverything runs after ${steps.seconds()}${lab ? '' : ', on the simulated switch: no sound is carried'}. Ctrl-C ends it.\n`,
  );
  running.use(await showTimeline(system, process.stdout));
  if (!lab && !values['no-story']) {
    console.log('  A customer calls Support. Olivia is new there, and Benjamin helps her.\n');
    await Promise.race([playDemoStory(system).catch(tellStoryStopped), system.failed]);
    console.log('');
  }
  const calls = `${system.export.url}${INCREMENTAL_PATH}/calls?start_time=0`;
  console.log(`  Export  ${calls}`);
  console.log(`          curl -u '${system.export.email}/token:${system.export.token}' '${calls}'`);
  for (const line of tokenLines(system)) console.log(line);
  console.log(`  Data    ${dataPlaces(system.data.path)}`);
  console.log(`  Logs    ${system.data.logs}`);
  console.log('  Calls   npm run call -- --last   tells a call: who decided what, and why\n');
  console.log(readyLine(system));
  running.use(tellReadiness(Object.values(system.services), (line) => console.log(line)));
  await system.failed;
};

/** Somebody who uses the phones of the story, for instance; what runs is not touched by it. */
const tellStoryStopped = (error: unknown): void =>
  console.log(
    `  The story stops here, everything else goes on: ${error instanceof Error ? error.message : String(error)}\n  (--no-story starts without it)`,
  );

/** PostgreSQL's data lie elsewhere when its user, who is not root, may not enter the data folder. */
const dataPlaces = (path: string): string => {
  const database = join(path, 'postgres');
  if (!existsSync(database)) return path;
  const lies = realpathSync(database);
  return lies === join(realpathSync(path), 'postgres')
    ? path
    : `${path}; of PostgreSQL, whose user may not enter it, in ${lies}`;
};

/** Whom the API tokens of the demo are of. */
const tokenLines = ({ admin, people }: System): readonly string[] => [
  `  Tokens  ${admin.token}  administrator`,
  ...Object.entries(people).map(
    ([extension, { name, roles, token }]) =>
      `          ${token}  ${name} (${extension}), ${roles.join(', ')}`,
  ),
  '          npm run token   makes, lists and revokes them\n',
];

const readyLine = ({ asterisk, services, data, ...system }: System): string => {
  return JSON.stringify({
    ready: true,
    ...(asterisk === undefined ? {} : { sip: `127.0.0.1:${asterisk.sipPort}` }),
    api: {
      signaling: services.signaling.url,
      supervision: services.supervision.url,
      'recording-consent': services['recording-consent'].url,
    },
    export: system.export,
    admin: system.admin,
    people: system.people,
    recordings: data.recordings,
  });
};

const port = (name: string, otherwise: number, highest = 65_535): number => {
  const text = process.env[name];
  if (text === undefined || text === '') return otherwise;
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0 && number <= highest) return number;
  throw new Error(`${name} is "${text}", but has to be a port: a number from 0 to ${highest}.`);
};

const end = async (exitCode: number): Promise<void> => {
  if (ending) return;
  ending = true;
  // A reader that has gone away (a closed pipe) must not keep us from ending the rest.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  if (exitCode === 0) console.log('\nEnding …');
  await running
    .disposeAsync()
    .catch((error: unknown) => console.error(error instanceof Error ? error.message : error));
  process.exit(exitCode);
};

for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const)
  process.on(event, () => void end(0));

main().then(
  () => end(0),
  (error: unknown) => {
    if (ending) return;
    console.error(`\n${error instanceof Error ? error.message : String(error)}`);
    return end(1);
  },
);

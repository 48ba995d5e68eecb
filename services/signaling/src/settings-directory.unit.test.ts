import { expect, it } from 'vitest';
import { defaultGreetings } from '@earshot/contracts';
import { openMemoryStore, type SettingsView } from '@earshot/event-log';
import { directoryOf } from './settings-directory.ts';

it('says the default text until the tenant has a greeting of its own', async () => {
  const { settings } = openMemoryStore().connect();
  const view = await settings.view();
  const directory = directoryOf(view, () => true);
  expect(directory.greeting('consent_opt_in')).toMatchObject({
    id: 'default',
    version: 0,
    text: defaultGreetings.consent_opt_in,
  });
  expect(directory.greeting('menu')).toBeUndefined();
  const { version } = await settings.put(
    'greetings',
    'ours',
    { kind: 'consent_opt_in', language: 'de', text: 'Drücken Sie 3.' },
    { actor: 'test' },
  );
  await view.reached(version);
  expect(directory.greeting('consent_opt_in')).toMatchObject({
    id: 'ours',
    version,
    language: 'de',
    text: 'Drücken Sie 3.',
  });
});

it('offers only members who exist and are free', async () => {
  const { settings } = openMemoryStore().connect();
  await settings.put('extensions', '1004', { name: 'Olivia', outboundLineId: null }, { actor: 'test' });
  await settings.put('extensions', '1005', { name: 'Noah', outboundLineId: null }, { actor: 'test' });
  const { version } = await settings.put(
    'ring-groups',
    'support',
    {
      name: 'Support',
      members: ['1004', '1005', '1006'].map((extension) => ({ extension, supervisor: false })),
    },
    { actor: 'test' },
  );
  const view = await settings.view();
  await view.reached(version);
  const directory = directoryOf(view, (extension) => extension !== '1005');
  expect(directory.freeAgentsOf('support').map(({ extension }) => extension)).toEqual(['1004']);
});

it('finds lines and greetings among thousands without going through them, and follows their changes', async () => {
  const { settings } = openMemoryStore().connect();
  const line = (n: number) =>
    ({
      number: `+4144555${1000 + n}`,
      name: `Line ${n}`,
      type: 'phone',
      route: { to: 'group', groupId: 'support' },
    }) as const;
  for (let n = 0; n < 2000; n += 1) await settings.put('lines', `l${n}`, line(n), { actor: 'test' });
  const view = await settings.view();
  let walks = 0;
  const counted: SettingsView = {
    ...viewOf(view),
    all: (kind) => {
      walks += 1;
      return view.all(kind);
    },
  };
  const first = directoryOf(counted, () => true);
  const again = directoryOf(counted, () => true);
  walks = 0;
  for (let n = 0; n < 2000; n += 100) expect(first.line(line(n).number)?.line.id).toBe(`l${n}`);
  expect(first.greeting('available')?.version).toBe(0);
  await settings.put('lines', 'l0', { ...line(0), number: '+41445559999' }, { actor: 'test' });
  const { version } = await settings.put(
    'greetings',
    'ours',
    { kind: 'available', language: 'en', text: 'Hello.' },
    { actor: 'test' },
  );
  await view.reached(version);
  expect([
    again.line(line(0).number),
    again.line('+41445559999')?.line.id,
    again.greeting('available')?.id,
  ]).toEqual([undefined, 'l0', 'ours']);
  expect(walks).toBe(0);
});

const viewOf = (view: SettingsView): SettingsView => ({
  get: (kind, id) => view.get(kind, id),
  all: (kind) => view.all(kind),
  onChange: (listener) => view.onChange(listener),
  sequence: view.sequence,
  reached: (sequence) => view.reached(sequence),
  [Symbol.asyncDispose]: () => view[Symbol.asyncDispose](),
});

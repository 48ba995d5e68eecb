import { expect, it } from 'vitest';
import { defaultGreetings } from '@earshot/contracts';
import { openMemoryStore } from '@earshot/event-log';
import { directoryOf } from './settings-directory.ts';

it('says the default text until the tenant has a greeting of its own', async () => {
  const { settings } = openMemoryStore().connect();
  const view = await settings.view();
  const directory = directoryOf(view, () => true);
  expect(directory.greeting('consent_opt_in')).toMatchObject({ id: 'default', version: 0, text: defaultGreetings.consent_opt_in });
  expect(directory.greeting('menu')).toBeUndefined();
  const { version } = await settings.put('greetings', 'ours', { kind: 'consent_opt_in', language: 'de', text: 'Drücken Sie 3.' }, { actor: 'test' });
  await view.reached(version);
  expect(directory.greeting('consent_opt_in')).toMatchObject({ id: 'ours', version, language: 'de', text: 'Drücken Sie 3.' });
});

it('offers only members who exist and are free', async () => {
  const { settings } = openMemoryStore().connect();
  await settings.put('extensions', '1004', { name: 'Olivia', outboundLineId: null }, { actor: 'test' });
  await settings.put('extensions', '1005', { name: 'Noah', outboundLineId: null }, { actor: 'test' });
  const { version } = await settings.put('ring-groups', 'support', {
    name: 'Support', members: ['1004', '1005', '1006'].map((extension) => ({ extension, supervisor: false })),
  }, { actor: 'test' });
  const view = await settings.view();
  await view.reached(version);
  const directory = directoryOf(view, (extension) => extension !== '1005');
  expect(directory.freeAgentsOf('support').map(({ extension }) => extension)).toEqual(['1004']);
});

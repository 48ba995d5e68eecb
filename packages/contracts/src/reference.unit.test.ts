import { expect, it } from 'vitest';
import { accessReference, currentCallReference, eventReference, settingsReference } from './reference.ts';

// `npx vitest run packages/contracts --update` writes the pages anew.
it('the reference of the events is what the contracts say', async () => {
  await expect(eventReference()).toMatchFileSnapshot('../../../docs/reference/events.md');
});

it('the reference of the settings is what the contracts say', async () => {
  await expect(settingsReference()).toMatchFileSnapshot('../../../docs/reference/settings.md');
});

it('the page of roles and rights is that of the table', async () => {
  await expect(accessReference()).toMatchFileSnapshot('../../../docs/reference/access.md');
});

it('the reference of a running call is what the contracts say', async () => {
  await expect(currentCallReference()).toMatchFileSnapshot('../../../docs/reference/current-calls.md');
});

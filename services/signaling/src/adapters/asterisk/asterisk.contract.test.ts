import { makeGreeting } from '@earshot/asterisk';
import { canRunAsterisk, demoExtensions, startAsteriskRig } from '@earshot/testkit/asterisk';
import { describe } from 'vitest';
import type { Switch } from '../../domain/switch.ts';
import { switchContract } from '../switch.contract.ts';
import { createAsteriskSwitch } from './asterisk-switch.ts';
import { realPhoneDriver } from './testing/real-phones.ts';

const runnable = await canRunAsterisk();
if (!runnable.ok) console.warn(`NO REAL SWITCH IS TESTED: ${runnable.why}`);

describe.skipIf(!runnable.ok)('with real phones', () => {
  switchContract('Asterisk', async () => {
    const rig = await startAsteriskRig();
    const { url, ariUser: user, ariPassword: password, app, greetings } = rig.asterisk;
    const isExtension = (endpoint: string): boolean => demoExtensions.includes(endpoint);
    const access = { url, user, password, app, greetingsFolder: greetings, isExtension };
    const [theSwitch, another] = [createAsteriskSwitch(access), createAsteriskSwitch(access)];
    return {
      switch: speaking(theSwitch),
      phones: realPhoneDriver(rig),
      takenByAnother: () => another.start(() => {}),
      close: async () => {
        await another[Symbol.asyncDispose]();
        await theSwitch[Symbol.asyncDispose]();
        await rig[Symbol.asyncDispose]();
      },
    };
  });
});

/** Whatever the contract wants to be said is spoken into a file first. */
function speaking(theSwitch: Switch): Switch {
  return {
    ...theSwitch,
    perform: async (operation) => {
      if (operation.op === 'play') await makeGreeting(operation.text);
      return theSwitch.perform(operation);
    },
  };
}

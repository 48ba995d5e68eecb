import { randomUUID } from 'node:crypto';
import {
  canRunAsterisk,
  startAsterisk,
  type AsteriskInstance,
  type AsteriskOptions,
  type AsteriskTenant,
} from '@earshot/asterisk';
import { startPhone, type Phone, type PhoneOptions } from './phones/index.ts';

export { canRunAsterisk, type AsteriskInstance };

/** Extensions of the demo tenant. */
export const demoExtensions: readonly string[] = ['1001', '1004', '1005', '2001', '2002', '888'];

/** Tones, in Hz, that a test gives to the parties of a call. */
export const tones = { customer: 500, agent: 900, supervisor: 1400, secondAgent: 1800 } as const;

/** What an Asterisk knows of the demo tenant: extensions with password `demo-<extension>`, every port a free one. */
export const demoTenant = (changes: Partial<AsteriskTenant> = {}): AsteriskTenant => {
  return {
    extensions: demoExtensions.map((extension) => ({ extension, password: `demo-${extension}` })),
    sipPort: 0,
    httpPort: 0,
    rtpRange: [16384, 32767],
    ariUser: 'earshot',
    ariPassword: randomUUID(),
    app: 'earshot',
    ...changes,
  };
};

/** An Asterisk with the demo tenant's extensions, for a test; phones are made for it and end with it. */
export interface AsteriskRig extends AsyncDisposable {
  readonly asterisk: AsteriskInstance;
  /** A registered phone of an extension. */
  extension(extension: string, tone: Phone['tone'], options?: PhoneExtras): Promise<Phone>;
  /** A phone outside that calls from this number. */
  outside(number: string, tone: Phone['tone'], options?: PhoneExtras): Promise<Phone>;
}

type PhoneExtras = Pick<PhoneOptions, 'answerAfterMs' | 'sipPort'>;

/** Starts an Asterisk of its own for a test. Ask {@link canRunAsterisk} first, and say loudly when it cannot. */
export const startAsteriskRig = async (options: Partial<AsteriskOptions> = {}): Promise<AsteriskRig> => {
  const asterisk = await startAsterisk({ tenant: demoTenant(), ...options });
  const phones: Phone[] = [];
  const phone = async (
    name: string,
    tone: Phone['tone'],
    extras: PhoneExtras & { password?: string },
  ): Promise<Phone> => {
    const started = await startPhone({
      root: asterisk.root,
      switchPort: asterisk.sipPort,
      name,
      tone,
      ...extras,
    });
    phones.push(started);
    return started;
  };
  return {
    asterisk,
    extension: (extension, tone, extras = {}) =>
      phone(extension, tone, { ...extras, password: `demo-${extension}` }),
    outside: (number, tone, extras = {}) => phone(number, tone, extras),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(phones.map((each) => each[Symbol.asyncDispose]()));
      await asterisk[Symbol.asyncDispose]();
    },
  };
};

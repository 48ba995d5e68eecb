import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SupervisionRefusal } from '@earshot/contracts';
import type { Phone } from '@earshot/testkit/phones';
import { openStage, talk, tones, wait, type Stage } from './stage.ts';

/** Loudness below which a phone hears nothing, of 32767. */
const silence = 200;

const refusals: readonly {
  readonly title: string;
  readonly who: '1001' | '2002';
  readonly dials: string;
  readonly reason: SupervisionRefusal;
  readonly enabled?: false;
}[] = [
  {
    title: 'Emma may not supervise Olivia, who is not in her group',
    who: '2002',
    dials: '*901004',
    reason: 'not_authorised',
  },
  { title: 'Benjamin may not supervise himself', who: '1001', dials: '*901001', reason: 'self' },
  { title: 'there is nobody at 9999', who: '1001', dials: '*909999', reason: 'no_such_extension' },
  { title: 'Noah is not on a call', who: '1001', dials: '*901005', reason: 'not_on_a_call' },
  {
    title: 'supervision is switched off',
    who: '1001',
    dials: '*901004',
    reason: 'supervision_off',
    enabled: false,
  },
];

describe('a supervision that is refused', () => {
  let stage: Stage;
  let customer: Phone;
  let olivia: Phone;
  const phones = new Map<string, Phone>();

  beforeAll(async () => {
    stage = await openStage();
    await stage.put('recording-policies', 'support', { setting: 'never' });
    customer = await stage.customer();
    olivia = await stage.extension('1004', { answerAfterMs: 300 });
    for (const extension of ['1001', '2002'])
      phones.set(extension, await stage.extension(extension, { tone: tones.supervisor }));
    await talk(stage, customer);
  }, 120_000);
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  for (const { title, who, dials, reason, enabled = true } of refusals) {
    it(`${title}: refused, heard and in the log as ${reason}`, async () => {
      const phone = phones.get(who);
      if (!phone) throw new Error(`No phone ${who}`);
      await stage.put('supervision', 'tenant', { enabled });
      await wait(100);
      const since = stage.log.count;
      const seen = phone.events.length;
      await phone.dial(dials);
      const refused = await stage.log.until('SupervisionRefused', { since });
      expect(refused.data.reason).toBe(reason);
      const ended = await stage.log.until('LegEnded', {
        since,
        fits: ({ data }) => data.legId === refused.data.legId,
      });
      expect(ended.data.reason).toBe('refused');
      await phone.until('closed', { since: seen });
      const { samples } = await phone.heard();
      const loud = samples.filter((sample) => Math.abs(sample) > silence).length;
      expect(loud, 'samples of the refusal that the supervisor heard').toBeGreaterThan(2_000);
      const prompt = stage.log.of(refused.callId).findLast((event) => event.type === 'PromptRequested');
      expect(prompt?.type === 'PromptRequested' && prompt.data.kind).toBe('refusal');
    }, 60_000);
  }

  it('lets agent and customer talk on, and neither hears anything of it', async () => {
    await wait(200);
    for (const phone of [customer, olivia])
      expect(phone.events.some(({ type }) => type === 'closed')).toBe(false);
  });
});

import type { CallId } from '@earshot/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  andApplied,
  benjamin,
  customer,
  emma,
  mia,
  olivia,
  supervise,
  talkOnSupport,
} from './conversation.ts';
import { openStage, patienceMs, type Stage } from './stage.ts';

let stage: Stage;
let callId: CallId;

beforeAll(async () => {
  stage = await openStage();
  callId = await talkOnSupport(stage);
});
afterEach(() => stage.reset());
afterAll(() => stage?.[Symbol.asyncDispose]());

const team = (benjaminSupervises: boolean) => ({
  name: 'Support',
  members: [
    { extension: benjamin, supervisor: benjaminSupervises },
    { extension: olivia, supervisor: false },
    { extension: '1005', supervisor: false },
  ],
});

/** Dials a code; gives the reason in the log and the text of the greeting that is heard, once the phone is free again. */
const refused = async (by: string, code: string): Promise<readonly [reason: string, heard: string]> => {
  const since = stage.log.count;
  await stage.phone(by).dial(code);
  const refusal = await stage.log.until('SupervisionRefused', { since, limitMs: patienceMs });
  const prompt = await stage.log.until('PromptRequested', {
    since,
    limitMs: patienceMs,
    fits: ({ data }) => data.legId === refusal.data.legId,
  });
  const ended = await stage.log.until('PromptEnded', {
    since,
    limitMs: patienceMs,
    fits: ({ data }) => data.promptId === prompt.data.promptId,
  });
  expect(ended.data.outcome).toBe('completed');
  await stage.log.until('LegEnded', {
    since,
    limitMs: patienceMs,
    fits: ({ data }) => data.legId === refusal.data.legId && data.reason === 'refused',
  });
  await stage.phone(by).is('idle');
  return [refusal.data.reason, prompt.data.greeting.text];
};

describe('a supervision that may not be', () => {
  it.each([
    [
      'Emma asks for Olivia, who is in another group',
      emma,
      `*90${olivia}`,
      'not_authorised',
      'You may not supervise this extension.',
    ],
    [
      'Mia, who is no supervisor, asks for Emma',
      mia,
      `*90${emma}`,
      'not_authorised',
      'You may not supervise this extension.',
    ],
    [
      'Benjamin asks for himself',
      benjamin,
      `*90${benjamin}`,
      'self',
      'You may not supervise this extension.',
    ],
    [
      'Benjamin asks for an extension that nobody has',
      benjamin,
      '*909999',
      'no_such_extension',
      'There is no such extension.',
    ],
    [
      'Benjamin asks for Noah, who is not on a call',
      benjamin,
      '*901005',
      'not_on_a_call',
      'This extension is not on a call.',
    ],
    [
      'Benjamin asks to whisper to Noah, who is not on a call',
      benjamin,
      '*911005',
      'not_on_a_call',
      'This extension is not on a call.',
    ],
  ])('%s: it is refused, heard and in the log', async (_, by, code, reason, heard) => {
    expect(await refused(by, code)).toEqual([reason, heard]);
  });

  it('supervision is switched off: Benjamin, who otherwise may, is refused with that reason', async () => {
    await stage.put('supervision', 'tenant', { enabled: false });
    expect(await refused(benjamin, `*90${olivia}`)).toEqual([
      'supervision_off',
      'Supervision is switched off.',
    ]);
  });

  it('leaves the call that was asked for as it was', async () => {
    expect(await stage.hearing(callId)).toEqual([`${customer}<${olivia}`, `${olivia}<${customer}`]);
  });
});

describe('a permission that is taken away', () => {
  const endsAtOnce = async (reason: string, change: () => Promise<void>): Promise<void> => {
    await supervise(stage, callId, `*92${olivia}`);
    expect(await stage.hearing(callId)).toContain(`${customer}<${benjamin}`);
    const since = stage.log.count;
    await andApplied(stage, callId, change);
    const ended = await stage.log.until('SupervisionEnded', { since, callId, limitMs: patienceMs });
    expect(ended.data.reason).toBe(reason);
    await stage.phone(benjamin).is('idle');
    expect(await stage.hearing(callId)).toEqual([`${customer}<${olivia}`, `${olivia}<${customer}`]);
  };

  it('with the mark of the member: the supervision ends, the call goes on', () =>
    endsAtOnce('permission_withdrawn', () => stage.put('ring-groups', 'support', team(false))));

  it('with the whole feature: the supervision ends, the call goes on', () =>
    endsAtOnce('supervision_off', () => stage.put('supervision', 'tenant', { enabled: false })));

  it('does not come back by itself, but Benjamin may join again when he has it back', async () => {
    await stage.put('ring-groups', 'support', team(true));
    await supervise(stage, callId, `*91${olivia}`);
    expect(await stage.hearing(callId)).toContain(`${olivia}<${benjamin}`);
    await andApplied(stage, callId, () => stage.phone(benjamin).hangUp());
  });
});

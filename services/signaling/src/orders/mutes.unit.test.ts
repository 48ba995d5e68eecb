import { callIdOf, type CallId } from '@earshot/contracts';
import { expect, it } from 'vitest';
import type { Outcome, SwitchOperation } from '../domain/switch.ts';
import { createMutes } from './mutes.ts';

const callId = callIdOf('019b76da-a800-7000-bab1-bc67c7cc3363') as CallId;
const done: Outcome = { outcome: 'done' };

/** A switch that answers when it is told to, in whatever order. */
const slowSwitch = () => {
  const asked: { readonly op: SwitchOperation['op']; readonly answer: (outcome: Outcome) => void }[] = [];
  const perform = ({ op }: SwitchOperation): Promise<Outcome> =>
    new Promise((answer) => void asked.push({ op, answer }));
  return { asked, perform, ops: () => asked.map(({ op }) => op) };
};

it.each([
  ['the voice is given back first', [0, 1]],
  ['the voice is taken away first', [1, 0]],
] as const)(
  'a voice is taken away once more when it was being given back at that moment, when the switch answers that %s',
  async (_, order) => {
    const { asked, perform, ops } = slowSwitch();
    const mutes = createMutes({ perform }, () => 0);
    const given = mutes.unmute(callId, 'leg');
    const taken = mutes.mute(callId, 'leg');
    for (const place of order) {
      asked[place]?.answer(done);
      await Promise.resolve();
    }
    await given;
    await expect.poll(ops).toEqual(['unmute', 'mute', 'mute']);
    asked[2]?.answer(done);
    await taken;
    expect([...mutes.of(callId)]).toEqual(['leg']);
  },
);

import type { CallScript } from './a-call.ts';
import { withPerson, type Fact, type PartyOfLeg, type Told } from './told.ts';

/** Makes the next script of what was told. */
export type Say = (told: Told) => CallScript;

export const agentAt = (extension: string) => ({ extension, exportId: Number(extension) });
export const agentOrNull = (who: string) => (who === 'customer' ? null : agentAt(who));
export const numberOf = (who: string) => (who === 'customer' ? '+41795551001' : null);
export const partyOf = (who: string): PartyOfLeg => (who === 'customer' ? 'customer' : 'agent');

/** Somebody is rung. */
export const offering = (told: Told, who: string) => {
  const { legId, people } = withPerson(told, who, partyOf(who));
  const offered: Fact = {
    type: 'LegOffered',
    data: {
      legId,
      party: partyOf(who),
      agent: agentOrNull(who),
      number: numberOf(who),
      group: null,
      ringForMs: 30_000,
    },
  };
  return { legId, people, offered };
};

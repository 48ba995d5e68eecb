import type { CallScript } from './a-call.ts';
import { agentAt, offering, type Say } from './people.ts';
import { closing, conversing, fact, noStep, personCalled, tellMore, withPerson, type Told } from './told.ts';

const answering =
  (told: Told, script: Say): CallScript['answeredBy'] =>
  (who) => {
    const ringing = told.people.findLast(
      (person) => person.who === who && person.party !== 'supervisor' && !person.isGone,
    );
    const { legId, people, offered } = ringing
      ? { legId: ringing.legId, people: told.people, offered: undefined }
      : offering(told, who);
    const caller = people[0];
    const joining = [...(caller && !caller.isGone ? [caller.legId] : []), legId];
    const talking = [...new Set(joining)].map((party) => ({ legId: party, as: 'talking' as const }));
    return script(
      tellMore(told, [
        {
          change: { people },
          facts: [...(offered ? [offered] : []), { type: 'LegAnswered', data: { legId } }],
        },
        closing(told, 'connected'),
        conversing(told, [...talking, ...told.parties.filter((party) => !joining.includes(party.legId))]),
      ]),
    );
  };

const talking =
  (told: Told, script: Say): CallScript['converse'] =>
  (parts) =>
    script(
      tellMore(told, [
        conversing(
          told,
          Object.entries(parts).flatMap(([who, as]) => {
            const person = told.people.findLast(
              (known) => known.who === who && known.party !== 'supervisor' && !known.isGone,
            );
            return person ? [{ legId: person.legId, as }] : [];
          }),
        ),
      ]),
    );

const supervising =
  (told: Told, script: Say): CallScript['dialsCode'] =>
  (supervisor, mode, target) => {
    const { legId, people } = withPerson(told, supervisor, 'supervisor');
    const supervised = told.people.findLast(
      (person) => person.who === target && told.parties.some((party) => party.legId === person.legId),
    );
    return script(
      tellMore(told, [
        fact(
          {
            type: 'LegArrived',
            data: {
              legId,
              handle: `1700000000.${people.length}`,
              party: 'supervisor',
              agent: agentAt(supervisor),
              number: null,
            },
          },
          { people },
        ),
        fact({
          type: 'SupervisionRequested',
          data: {
            legId,
            supervisor: agentAt(supervisor),
            mode,
            target,
            supervisedLegId: supervised?.legId ?? null,
          },
        }),
      ]),
    );
  };

const leaving =
  (told: Told, script: Say): CallScript['leaves'] =>
  (who, reason = 'hung_up') => {
    const { legId } = personCalled(told, who);
    const people = told.people.map((person) =>
      person.legId === legId ? { ...person, isGone: true } : person,
    );
    const others = told.parties.filter((party) => party.legId !== legId);
    return script(
      tellMore(told, [
        fact({ type: 'LegEnded', data: { legId, reason } }, { people }),
        others.length < told.parties.length ? conversing(told, others) : noStep,
      ]),
    );
  };

/** Who talks with whom, supervises and leaves. */
export const inConversation = (
  told: Told,
  script: Say,
): Pick<CallScript, 'answeredBy' | 'converse' | 'dialsCode' | 'leaves'> => ({
  answeredBy: answering(told, script),
  converse: talking(told, script),
  dialsCode: supervising(told, script),
  leaves: leaving(told, script),
});

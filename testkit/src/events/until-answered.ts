import { createHash } from 'node:crypto';
import type { Facts } from '@earshot/contracts';
import type { CallScript } from './a-call.ts';
import { demoLines, type DemoLine } from './demo-lines.ts';
import { agentOrNull, numberOf, offering, partyOf, type Say } from './people.ts';
import { closing, fact, noStep, opening, personCalled, tellMore, withPerson, type Told } from './told.ts';

/** How a call begins. */
export const beginnings = (
  told: Told,
  script: Say,
): Pick<CallScript, 'inbound' | 'outbound' | 'internal'> => {
  const started = (
    direction: Facts['CallStarted']['direction'],
    line: DemoLine | null,
    from: string,
    to: string,
    caller: string,
  ) => {
    const { legId, people } = withPerson(told, caller, partyOf(caller));
    return script(
      tellMore(told, [
        fact(
          { type: 'CallStarted', data: { direction, line: line && demoLines[line], from, to } },
          { people },
        ),
        fact({
          type: 'LegArrived',
          data: {
            legId,
            handle: '1700000000.1',
            party: partyOf(caller),
            agent: agentOrNull(caller),
            number: numberOf(caller),
          },
        }),
      ]),
    );
  };
  return {
    inbound: (line) => started('inbound', line, '+41795551001', demoLines[line].number, 'customer'),
    outbound: (line, extension) => started('outbound', line, extension, '+41795551001', extension),
    internal: (from, to) => started('internal', null, from, to, from),
  };
};

const hearing =
  (told: Told, script: Say): CallScript['hearsPrompt'] =>
  (kind, { begun = true, outcome = 'completed' } = {}) => {
    const promptId = `${told.callId}-p${told.prompts + 1}`;
    const text = `The ${kind} greeting.`;
    const greeting = {
      id: kind,
      version: 1,
      language: 'en',
      text,
      contentHash: createHash('sha256').update(text).digest('hex'),
    };
    const requested = tellMore(told, [
      fact(
        { type: 'PromptRequested', data: { promptId, legId: told.people[0]?.legId ?? '', kind, greeting } },
        { prompts: told.prompts + 1 },
      ),
    ]);
    if (!begun) return script(requested);
    const started = tellMore(requested, [
      fact({ type: 'PromptStarted', data: { promptId } }),
      kind === 'consent' ? opening(requested, 'consent') : noStep,
    ]);
    const isHeardNoMore = kind === 'consent' && outcome === 'failed';
    return script(
      tellMore(started, [
        fact({ type: 'PromptEnded', data: { promptId, outcome } }),
        isHeardNoMore ? closing(started, 'greeting_failed') : noStep,
      ]),
    );
  };

/** What a caller goes through until somebody answers. */
export const beforeAnswer = (
  told: Told,
  script: Say,
): Pick<CallScript, 'hearsPrompt' | 'entersMenu' | 'chooses' | 'queued' | 'rings'> => ({
  hearsPrompt: hearing(told, script),
  entersMenu: (menuId) =>
    script(
      tellMore(told, [fact({ type: 'MenuEntered', data: { menuId } }, { menuId }), opening(told, 'menu')]),
    ),
  chooses: (key, action) =>
    script(
      tellMore(told, [
        closing(told, 'key_pressed'),
        fact({ type: 'MenuChosen', data: { menuId: told.menuId, key, action } }),
      ]),
    ),
  queued: (groupId = 'support') =>
    script(
      tellMore(told, [
        fact({
          type: 'QueueEntered',
          data: {
            legId: personCalled(told, 'customer').legId,
            group: { id: groupId, exportId: 1, name: groupId },
            extension: null,
          },
        }),
        told.menuId === '' ? noStep : opening(told, 'consent'),
      ]),
    ),
  rings: (extension) => {
    const { people, offered } = offering(told, extension);
    return script(tellMore(told, [fact(offered, { people })]));
  },
});

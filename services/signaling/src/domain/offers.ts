import { legIdOf, type Actor, type CallId, type Instant, type NewEvent } from '@earshot/contracts';
import { liveLegs, type CallState } from './call-state.ts';
import type { Agent, Directory, Group } from './directory.ts';

/** How long an agent's phone rings before the call is offered to others again, in ms. */
export const agentRingForMs = 20_000;
/** How long an outside number rings before the call counts as not answered, in ms. */
export const outsideRingForMs = 60_000;
/** How long an agent who declined, or whose phone could not be reached, is left alone by the same call, in ms. */
export const leaveAloneMs = 15_000;

export const bySwitch: Actor = { kind: 'switch' };
export const bySignaling: Actor = { kind: 'service', service: 'signaling' };

/** Events that ring those of the given agents whom this call does not ring already: who reserved them may not know yet. */
export const offersTo = (
  state: CallState,
  agents: readonly Agent[],
  group: Group | null,
  at: Instant,
): NewEvent<'LegOffered'>[] =>
  agents
    .filter(({ extension }) => !isRungBy(state, extension))
    .map((agent, index) => ({
      type: 'LegOffered',
      occurredAt: at,
      actor: bySignaling,
      data: {
        legId: legIdOf(state.callId as CallId, state.legs.length + 1 + index),
        party: 'agent',
        agent: { extension: agent.extension, exportId: agent.exportId },
        number: null,
        group,
        ringForMs: agentRingForMs,
      },
    }));

const isRungBy = (state: CallState, extension: string): boolean =>
  liveLegs(state).some(({ agent }) => agent?.extension === extension);

const leftAloneBy = (state: CallState, extension: string, at: Instant): boolean =>
  state.legs.some(
    (leg) =>
      leg.agent?.extension === extension &&
      (leg.endReason === 'unreachable' || leg.endReason === 'declined') &&
      Date.parse(at) - Date.parse(leg.endedAt ?? at) < leaveAloneMs,
  );

/** Agents who are free for those who wait in a queue, whoever waits there. */
export const freeAgentsFor = (
  { group, extension }: Pick<NonNullable<CallState['queue']>, 'group' | 'extension'>,
  directory: Directory,
): readonly Agent[] => {
  const alone = extension === null ? undefined : directory.agent(extension);
  if (group) return directory.freeAgentsOf(group.id);
  return alone && directory.isFree(alone.extension) ? [alone] : [];
};

/** Agents who can be rung for the waiting caller now: free, and not just found unreachable or unwilling. */
export const agentsFor = (state: CallState, directory: Directory, at: Instant): readonly Agent[] =>
  !state.queue || state.ended
    ? []
    : freeAgentsFor(state.queue, directory)
        .filter((agent) => !leftAloneBy(state, agent.extension, at))
        .map(({ extension, exportId }) => ({ extension, exportId }));

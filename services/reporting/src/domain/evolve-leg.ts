import type { CallEvent } from '@earshot/contracts';
import { unknownLeg, type CallState, type LegState } from './call-state.ts';
import { closeSpan } from './times.ts';

/** Replaces one leg; the call is left as it is when it has no such leg. */
export const changeLeg = (call: CallState, legId: string, change: (leg: LegState) => LegState): CallState =>
  call.legs.some((leg) => leg.legId === legId)
    ? { ...call, legs: call.legs.map((leg) => (leg.legId === legId ? change(leg) : leg)) }
    : call;

/** Adds the leg that arrived or is rung. Told twice about a leg, the first time counts. */
export const addLeg = (call: CallState, event: CallEvent<'LegArrived' | 'LegOffered'>): CallState => {
  if (call.legs.some((leg) => leg.legId === event.data.legId)) return call;
  const leg: LegState = {
    ...unknownLeg,
    id: event.sequence * 100 + event.index,
    legId: event.data.legId,
    party: event.data.party,
    offered: event.type === 'LegOffered',
    agentId: event.data.agent?.exportId ?? null,
    createdAt: Date.parse(event.occurredAt),
  };
  return { ...call, legs: [...call.legs, leg] };
};

/** Books the time in the current mode and goes on in the next one, or in none. */
export const settleMode = (leg: LegState, at: number, next: LegState['supervision']): LegState => {
  const current = leg.supervision;
  if (current === null) return { ...leg, supervision: next };
  const spent = leg.modeMs[current.mode] + Math.max(0, at - current.since);
  return { ...leg, supervision: next, modeMs: { ...leg.modeMs, [current.mode]: spent } };
};

/** The leg is over: nothing runs on it any more. The first end counts. */
export const endLeg = (leg: LegState, at: number, reason: LegState['endReason']): LegState =>
  leg.endedAt !== null
    ? leg
    : { ...settleMode(leg, at, null), talks: closeSpan(leg.talks, at), endedAt: at, endReason: reason };

import type { CallState } from './call-state.ts';

/** The leg is the target's own, as against the customer's, and takes part in the conversation. */
export const takesPart = (state: CallState, supervisedLegId: string, target: string): boolean =>
  state.parties.some(({ legId }) => legId === supervisedLegId) &&
  state.legs.some(
    ({ legId, party, extension }) => legId === supervisedLegId && party === 'agent' && extension === target,
  );

/** The target's own leg that takes part in the conversation; null: there is none. */
export const legTakingPart = (state: CallState, target: string): string | null =>
  state.parties.find(({ legId }) => takesPart(state, legId, target))?.legId ?? null;

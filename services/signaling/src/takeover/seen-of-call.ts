import { callIdOf, type CallId } from '@earshot/contracts';
import type { CallState } from '../domain/call-state.ts';
import type { SwitchSnapshot } from '../domain/switch.ts';

/** What a look at the switch shows of one call: its legs, and what carries its id. */
export type SeenOfCall = (callId: CallId, state: CallState) => SwitchSnapshot;

const byCall = <T>(things: readonly T[], idOf: (thing: T) => string): ((callId: CallId) => readonly T[]) => {
  const ofCall = new Map<CallId, T[]>();
  for (const thing of things) {
    const callId = callIdOf(idOf(thing));
    const known = callId && ofCall.get(callId);
    if (known) known.push(thing);
    else if (callId) ofCall.set(callId, [thing]);
  }
  return (callId) => ofCall.get(callId) ?? [];
};

/** Sorts a snapshot by call, once: a comparison of all calls costs what they are, and not each call what all are. */
export const seenByCall = ({
  legs,
  bridges,
  snoops,
  recorders,
  prompts,
  keys,
}: SwitchSnapshot): SeenOfCall => {
  const legOf = new Map(legs.map((leg) => [leg.handle, leg]));
  const keyOf = new Map(keys.map((key) => [key.handle, key]));
  const bridgesOf = byCall(bridges, ({ bridge }) => bridge);
  const snoopsOf = byCall(snoops, ({ snoop }) => snoop);
  const recordersOf = byCall(recorders, ({ recordingId }) => recordingId);
  const promptsOf = byCall(prompts, (promptId) => promptId);
  return (callId, state) => ({
    legs: state.legs.flatMap(({ handle }) => legOf.get(handle) ?? []),
    bridges: bridgesOf(callId),
    snoops: snoopsOf(callId),
    recorders: recordersOf(callId),
    prompts: promptsOf(callId),
    keys: state.legs.flatMap(({ handle }) => keyOf.get(handle) ?? []),
  });
};

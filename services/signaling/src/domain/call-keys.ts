import { accept, ignore, type Decision } from '@earshot/event-log';
import { consentKey, modeKeys, type SignalingFacts, type NewEvent } from '@earshot/contracts';
import { callerOf, legByHandle, type CallState, type Leg } from './call-state.ts';
import type { CallInput, IgnoredBecause } from './call-input.ts';
import { bySwitch } from './offers.ts';
import { follow } from './routing.ts';

type KeyInput = Extract<CallInput, { type: 'key-pressed' }>;
type Awaited = 'menu' | 'consent' | 'supervision';

/** Key 3 counts from the start of the consent greeting, or of the queue, until an agent answers. */
const consentWindowIsOpen = (state: CallState): boolean =>
  state.consentKeyCounts && !state.connected && !state.ended &&
  (state.queue !== null || state.prompts.some((prompt) => prompt.kind === 'consent' && prompt.state !== 'requested'));

/** The feature that waits for this very key of this leg; null: none does, and the key must not reach the log. */
const featureAwaiting = (state: CallState, leg: Leg, key: string, input: KeyInput): Awaited | null => {
  if (leg.party === 'supervisor') return state.supervising.includes(leg.legId) && key in modeKeys ? 'supervision' : null;
  if (leg.legId !== callerOf(state)?.legId || state.direction !== 'inbound') return null;
  if (state.menuId !== null) return input.directory.menu(state.menuId)?.routes[key] ? 'menu' : null;
  return key === consentKey && consentWindowIsOpen(state) ? 'consent' : null;
};

/** A key was pressed: what no feature waits for is masked before it reaches the log (it may be of a card number). */
export const onKeyPressed = (state: CallState, input: KeyInput): Decision<keyof SignalingFacts, IgnoredBecause> => {
  const leg = legByHandle(state, input.handle);
  if (!leg) return ignore('leg_not_of_this_call');
  if (leg.state === 'ended') return ignore('leg_already_ended');
  const awaitedBy = featureAwaiting(state, leg, input.key, input);
  const pressed: NewEvent<keyof SignalingFacts> = {
    type: 'KeyPressed', occurredAt: input.at, actor: { kind: 'leg', legId: leg.legId },
    data: { legId: leg.legId, key: awaitedBy ? input.key : null, awaitedBy },
  };
  const route = awaitedBy === 'menu' && state.menuId !== null ? input.directory.menu(state.menuId)?.routes[input.key] : undefined;
  if (!route || state.menuId === null) return accept(pressed);
  return accept(
    pressed,
    { type: 'MenuChosen', occurredAt: input.at, actor: bySwitch, data: { menuId: state.menuId, key: input.key, action: route.to } },
    ...follow(route, 'menu', state, leg.legId, input.at, input.directory),
  );
};

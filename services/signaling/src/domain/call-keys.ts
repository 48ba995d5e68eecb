import { accept, ignore } from '@earshot/event-log';
import { consentKey } from '@earshot/contracts';
import { legByHandle, modeOfKey, windowOf, type CallState, type KeyWindow, type Leg } from './call-state.ts';
import type { CallInput } from './call-input.ts';
import { closeKeyWindows, openKeyWindow } from './key-windows.ts';
import { bySignaling } from './offers.ts';
import { follow } from './routing.ts';
import type { Decided, Fact } from './decided.ts';

type Input<T extends CallInput['type']> = Extract<CallInput, { type: T }>;

interface Awaiting {
  readonly awaitedBy: 'menu' | 'consent' | 'supervision';
  readonly window: KeyWindow | null;
}

/** Also while the decision on the request is on its way: a key counts for the mode that was dialled. */
const maySupervise = ({ supervisors, refused, dismissed }: CallState, legId: string): boolean =>
  supervisors.some((supervisor) => supervisor.legId === legId) ||
  !(refused.some((request) => request.legId === legId) || dismissed.includes(legId));

/** The feature that waits for this very key of this leg; undefined: none does, and the key must not reach the log. */
const featureAwaiting = (
  state: CallState,
  leg: Leg,
  { key, downAt, at, directory }: Input<'key-pressed'>,
): Awaiting | undefined => {
  if (leg.party === 'supervisor') {
    return maySupervise(state, leg.legId) && modeOfKey(key)
      ? { awaitedBy: 'supervision', window: null }
      : undefined;
  }
  const menu = windowOf(state, leg.legId, 'menu', { downAt, at });
  if (menu && state.menuId !== null)
    return directory.menu(state.menuId)?.routes[key] ? { awaitedBy: 'menu', window: menu } : undefined;
  const consent = windowOf(state, leg.legId, 'consent', { downAt, at });
  return consent && key === consentKey ? { awaitedBy: 'consent', window: consent } : undefined;
};

/** A key was pressed: what no feature waits for is masked before it reaches the log (it may be of a card number). */
export const onKeyPressed = (state: CallState, input: Input<'key-pressed'>): Decided => {
  const { at, directory, key } = input;
  const leg = legByHandle(state, input.handle);
  if (!leg) return ignore('leg_not_of_this_call');
  if (leg.state === 'ended') return ignore('leg_already_ended');
  const awaiting = featureAwaiting(state, leg, input);
  const pressed: Fact = {
    type: 'KeyPressed',
    occurredAt: at,
    actor: { kind: 'leg', legId: leg.legId },
    data: {
      legId: leg.legId,
      key: awaiting ? key : null,
      awaitedBy: awaiting?.awaitedBy ?? null,
      windowId: awaiting?.window?.windowId ?? null,
    },
  };
  const { menuId } = state;
  const route =
    awaiting?.awaitedBy === 'menu' && menuId !== null ? directory.menu(menuId)?.routes[key] : undefined;
  if (!route || menuId === null) return accept(pressed);
  return accept(
    pressed,
    ...closeKeyWindows(state, ({ awaits }) => awaits === 'menu', 'key_pressed', at),
    { type: 'MenuChosen', occurredAt: at, actor: bySignaling, data: { menuId, key, action: route.to } },
    ...follow(route, 'menu', state, leg.legId, at, directory),
  );
};

/** What was pressed is not known: silence until now proves nothing, and from now on keys count again. */
export const onKeysMissed = (state: CallState, { at }: Input<'keys-missed'>): Decided => {
  const open = state.windows.filter(({ isOpen }) => isOpen);
  const [first, ...more] = closeKeyWindows(state, () => true, 'keys_not_heard', at);
  if (!first) return ignore('no_window_open');
  return accept(
    first,
    ...more,
    ...open.map(({ legId, awaits }, ahead) => openKeyWindow(state, legId, awaits, at, ahead)),
  );
};

import type { Facts, Instant, KeyWindowFor, NewEvent } from '@earshot/contracts';
import type { CallState, KeyWindow } from './call-state.ts';
import { bySignaling } from './offers.ts';

type End = Facts['KeyWindowClosed']['reason'];

/** From now on a key of this leg counts; ids count up within the call. `ahead`: windows opened by the same decision before. */
export const openKeyWindow = (
  state: CallState,
  legId: string,
  awaits: KeyWindowFor,
  at: Instant,
  ahead = 0,
): NewEvent<'KeyWindowOpened'> => ({
  type: 'KeyWindowOpened',
  occurredAt: at,
  actor: bySignaling,
  data: { windowId: `${state.callId}-w${state.windows.length + 1 + ahead}`, legId, awaits },
});

/** The windows that fit are over. */
export const closeKeyWindows = (
  state: CallState,
  fits: (window: KeyWindow) => boolean,
  reason: End,
  at: Instant,
): readonly NewEvent<'KeyWindowClosed'>[] =>
  state.windows
    .filter((window) => window.isOpen && fits(window))
    .map(({ windowId }) => ({
      type: 'KeyWindowClosed',
      occurredAt: at,
      actor: bySignaling,
      data: { windowId, reason },
    }));

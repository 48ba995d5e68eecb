import type { Facts } from '@earshot/contracts';
import type { CallState, KeyWindow } from './call-state.ts';

type Ground = Facts['RecordingAllowed']['ground'];

/** What the table says of a call: whether its conversation may be recorded, and why. */
export interface Verdict {
  readonly allowed: boolean;
  readonly ground: Ground;
  /** Key window in which the caller kept silent; null: it does not rest on silence. */
  readonly windowId: string | null;
}

const allowed = (ground: Ground, windowId: string | null = null): Verdict => ({
  allowed: true,
  ground,
  windowId,
});
const forbidden = (ground: Ground, windowId: string | null = null): Verdict => ({
  allowed: false,
  ground,
  windowId,
});

/**
 * What holds for the conversation that goes on: what was said of this call at first, unless the log of the
 * call cannot be read any more. Holding, consulting and transferring change no ground; only silence is looked
 * at anew each time.
 */
export const verdictOf = (state: CallState): Verdict => {
  if (state.unreadable) return forbidden('log_unreadable');
  const said = state.verdict ?? tableSays(state);
  return said.ground === 'caller_did_not_opt_out' ? silenceSays(state) : said;
};

/**
 * The table of docs/product.md 2. What is not known is not permitted: a call without a line is not recorded, a
 * line without a setting counts as `never`, and `opt_out` needs that the caller could have objected and did
 * not.
 */
const tableSays = (state: CallState): Verdict => {
  if (!state.hasLine || state.direction === 'internal') return forbidden('no_line');
  const outbound = state.direction === 'outbound';
  switch (state.policy?.setting ?? 'never') {
    case 'always':
      return allowed('line_always');
    case 'never':
      return forbidden('line_never');
    case 'opt_in':
      if (outbound) return forbidden('outbound_opt_in');
      return state.choice === 'caller_opted_in'
        ? allowed('caller_opted_in')
        : forbidden('caller_did_not_opt_in', windowOf(state));
    case 'opt_out':
      if (outbound) return allowed('outbound_opt_out');
      return state.choice === 'caller_opted_out' ? forbidden('caller_opted_out') : silenceSays(state);
  }
};

/** Silence is agreement only where the caller could speak up and every key would have been heard. */
const silenceSays = (state: CallState): Verdict => {
  const windowId = windowOf(state);
  // Of a window that was not told to open it is not known what it waited for.
  const isDeaf = state.windows.some(
    ({ opened, closed }) => closed === 'keys_not_heard' && opened?.awaits !== 'menu',
  );
  if (isDeaf) return forbidden('keys_were_not_heard', windowId);
  return windowId === null || state.policy?.keyCounts !== true
    ? forbidden('caller_was_not_asked')
    : allowed('caller_did_not_opt_out', windowId);
};

/** The caller was asked, and could answer until an agent did. */
export const couldChooseIn = (
  { opened, closed, isInTime }: KeyWindow,
  { customerLegIds }: CallState,
): boolean =>
  opened?.awaits === 'consent' &&
  isInTime &&
  closed !== 'greeting_failed' &&
  customerLegIds.includes(opened.legId);

const windowOf = (state: CallState): string | null =>
  state.windows.findLast((window) => couldChooseIn(window, state))?.windowId ?? null;

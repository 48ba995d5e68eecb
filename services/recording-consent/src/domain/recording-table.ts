import type { Facts } from '@earshot/contracts';
import type { CallState } from './call-state.ts';

type Ground = Facts['RecordingAllowed']['ground'];

/** What the table says of a call: whether its conversation may be recorded, and why. */
export interface Verdict {
  readonly allowed: boolean;
  readonly ground: Ground;
}

const allowed = (ground: Ground): Verdict => ({ allowed: true, ground });
const forbidden = (ground: Ground): Verdict => ({ allowed: false, ground });

/**
 * The table of docs/product.md 2. What is not known is not permitted: a call without a line is not recorded, a line without a
 * setting counts as `never`, and `opt_out` needs that the caller had the chance to opt out.
 */
export const mayRecord = (state: CallState): Verdict => {
  if (!state.hasLine || state.direction === 'internal') return forbidden('no_line');
  const outbound = state.direction === 'outbound';
  switch (state.policy?.setting ?? 'never') {
    case 'always':
      return allowed('line_always');
    case 'never':
      return forbidden('line_never');
    case 'opt_in':
      if (outbound) return forbidden('outbound_opt_in');
      return state.choice === 'caller_opted_in' ? allowed('caller_opted_in') : forbidden('caller_did_not_opt_in');
    case 'opt_out':
      if (outbound) return allowed('outbound_opt_out');
      if (state.choice === 'caller_opted_out') return forbidden('caller_opted_out');
      return hadTheChance(state) ? allowed('caller_did_not_opt_out') : forbidden('caller_was_not_asked');
  }
};

/** The consent greeting began, or the caller came through a menu whose greeting carries the wording. */
const hadTheChance = (state: CallState): boolean => state.policy?.keyCounts === true && (state.asked || state.cameThroughMenu);

/** Whether key 3 counts by now: from the start of the consent greeting or, after a menu, from entering the queue. */
export const keyCountsByNow = (state: CallState): boolean =>
  state.policy?.keyCounts === true && (state.asked || (state.cameThroughMenu && state.queued));

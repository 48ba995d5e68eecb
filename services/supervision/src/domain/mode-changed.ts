import { isHeardByFewer, type Actor, type Instant, type SupervisionMode } from '@earshot/contracts';
import { accept, ignore, type Decision } from '@earshot/event-log';
import { inMode, lastWishOf, type CallState, type Supervision } from './call-state.ts';
import type { TenantRules } from './permission.ts';
import { topologyChanged } from './topology-changed.ts';

type Changed = 'SupervisionModeChanged' | 'TopologyChanged';

/** Who wished for another mode, and when it was, by the switch's clock. */
export interface ModeWish {
  readonly at: Instant;
  readonly actor: Actor;
  readonly mode: SupervisionMode;
  /** The key itself, or the newest that was known to whoever gave a command, by its place in the log; null: none was. */
  readonly keysUpTo: number | null;
}

/**
 * Another mode for one that goes on or waits for its phone. A wish that reaches us behind a newer one, of whichever door, may take
 * a voice away, never give one.
 */
export const changeMode = (
  state: CallState,
  supervision: Supervision,
  rules: TenantRules,
  { at, actor, mode, keysUpTo }: ModeWish,
): Decision<Changed, 'older_than_last_wish'> => {
  const { supervisionId, legId } = supervision;
  const last = lastWishOf(state, legId);
  if (last.at > at && isHeardByFewer(supervision.mode, mode)) return ignore('older_than_last_wish');
  const data = { supervisionId, mode, keysUpTo };
  const changed = { type: 'SupervisionModeChanged', occurredAt: at, actor, data } as const;
  const isRunning = state.supervisions.includes(supervision);
  if (!isRunning || mode === supervision.mode) return accept<Changed>(changed);
  return accept<Changed>(
    changed,
    topologyChanged(state, at, rules, inMode(state.supervisions, supervisionId, mode)),
  );
};

import type { SupervisionMode } from '@earshot/contracts';
import type { CallState, Supervision } from './call-state.ts';
import { whyOver } from './ending.ts';
import type { TenantRules } from './permission.ts';
import { bargesOn } from './topology.ts';

type Joining = Pick<Supervision, 'legId' | 'supervisedLegId' | 'mode'>;

/**
 * Another supervisor is heard by the same conversation, or will be when the phone that rings for it is answered, and supervisors
 * shall hear nobody of each other.
 */
export const anotherBarges = (
  { parties, supervisions, awaited }: Pick<CallState, 'parties' | 'supervisions' | 'awaited'>,
  { hearEachOther }: TenantRules,
  { legId, supervisedLegId, mode }: Joining,
): boolean => {
  const others = [...supervisions, ...awaited].filter((other) => other.legId !== legId);
  return (
    mode === 'barge' && hearEachOther === 'nobody' && bargesOn(supervisedLegId, parties, others) !== undefined
  );
};

/** Why one more may not supervise beside those who do, or whose phone rings for it; null: it may (docs/product.md 1.7). */
export const whyNotOneMore = (
  state: CallState,
  rules: TenantRules,
  joining: { readonly legId: string; readonly supervisedLegId: string; readonly mode: SupervisionMode },
): 'too_many_supervisors' | 'another_barges' | null => {
  const running = [...state.supervisions, ...state.awaited].filter(
    (supervision) => whyOver(state, supervision) === null,
  );
  if (running.length >= rules.maxPerCall) return 'too_many_supervisors';
  return anotherBarges(state, rules, joining) ? 'another_barges' : null;
};

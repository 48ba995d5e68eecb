import {
  supervisionModes,
  type HearEachOther,
  type SupervisionMode,
  type SupervisionRefusal,
} from '@earshot/contracts';

/** What one ring group permits a supervisor who is marked in it, of one other member. */
export interface Grant {
  /** Modes in which the supervisor may supervise here. */
  readonly modes: readonly SupervisionMode[];
  /** The member may be supervised. */
  readonly supervisable: boolean;
}

/** What the tenant says of several supervisors on one call. */
export interface TenantRules {
  /** How many may supervise one call at a time. */
  readonly maxPerCall: number;
  readonly hearEachOther: HearEachOther;
}

/** What the settings say about who may supervise whom, as they stand at the moment of the question. */
export interface Permissions {
  /** Supervision as a whole is switched on for the tenant. */
  isEnabled(): boolean;
  hasExtension(extension: string): boolean;
  /** One for each ring group of which both are members and in which `supervisor` is marked. */
  grantsFor(supervisor: string, target: string): readonly Grant[];
  rules(): TenantRules;
}

/**
 * Why `supervisor` may not supervise `target` in this mode now; null: it may. The first reason that applies, in the
 * order in which docs/product.md 1.3 wants it told. What any one group permits is permitted; a group permits nothing of
 * a member who may not be supervised.
 */
export const whyNotPermitted = (
  permissions: Permissions,
  supervisor: string,
  target: string,
  mode: SupervisionMode,
): SupervisionRefusal | null => {
  if (!permissions.isEnabled()) return 'supervision_off';
  if (supervisor === target) return 'self';
  if (!permissions.hasExtension(target)) return 'no_such_extension';
  const grants = permissions.hasExtension(supervisor) ? permissions.grantsFor(supervisor, target) : [];
  if (grants.length === 0) return 'not_authorised';
  const open = grants.filter(({ supervisable }) => supervisable);
  if (open.length === 0) return 'not_supervisable';
  return open.some(({ modes }) => modes.includes(mode)) ? null : 'mode_not_permitted';
};

/** Whether `supervisor` may supervise `target` now, in whichever mode. */
export const maySupervise = (permissions: Permissions, supervisor: string, target: string): boolean =>
  supervisionModes.some((mode) => whyNotPermitted(permissions, supervisor, target, mode) === null);

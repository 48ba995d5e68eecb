import type { SupervisionRefusal } from '@earshot/contracts';

/** What the settings say about who may supervise whom, as they stand when an input arrives. */
export interface Permissions {
  /** Supervision as a whole is switched on for the tenant. */
  readonly enabled: boolean;
  readonly extensions: readonly string[];
  readonly groups: readonly (readonly { readonly extension: string; readonly supervisor: boolean }[])[];
}

/**
 * Why `supervisor` may not supervise `target` now; null: it may. The first reason that applies, in the order in which
 * docs/product.md 1 wants it told. A supervisor may supervise the other members of the ring groups in which it is marked.
 */
export const whyNotPermitted = (permissions: Permissions, supervisor: string, target: string): SupervisionRefusal | null => {
  if (!permissions.enabled) return 'supervision_off';
  if (supervisor === target) return 'self';
  if (!permissions.extensions.includes(target)) return 'no_such_extension';
  if (!permissions.extensions.includes(supervisor)) return 'not_authorised';
  const marked = permissions.groups.some((members) =>
    members.some((member) => member.extension === supervisor && member.supervisor) &&
    members.some((member) => member.extension === target));
  return marked ? null : 'not_authorised';
};

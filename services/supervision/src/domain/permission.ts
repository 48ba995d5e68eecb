import type { SupervisionRefusal } from '@earshot/contracts';

/** What the settings say about who may supervise whom, as they stand at the moment of the question. */
export interface Permissions {
  /** Supervision as a whole is switched on for the tenant. */
  isEnabled(): boolean;
  hasExtension(extension: string): boolean;
  /** Both are members of a ring group, and `supervisor` is marked in it. */
  isMarkedFor(supervisor: string, target: string): boolean;
}

/**
 * Why `supervisor` may not supervise `target` now; null: it may. The first reason that applies, in the order
 * in which docs/product.md 1 wants it told. A supervisor may supervise the other members of the ring groups in
 * which it is marked.
 */
export const whyNotPermitted = (
  permissions: Permissions,
  supervisor: string,
  target: string,
): SupervisionRefusal | null => {
  if (!permissions.isEnabled()) return 'supervision_off';
  if (supervisor === target) return 'self';
  if (!permissions.hasExtension(target)) return 'no_such_extension';
  return permissions.hasExtension(supervisor) && permissions.isMarkedFor(supervisor, target)
    ? null
    : 'not_authorised';
};

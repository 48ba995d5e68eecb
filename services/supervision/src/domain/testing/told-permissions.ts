import type { Permissions } from '../permission.ts';

/** Settings as a test tells them. */
export interface ToldSettings {
  readonly enabled: boolean;
  readonly extensions: readonly string[];
  readonly groups: readonly (readonly { readonly extension: string; readonly supervisor: boolean }[])[];
}

/** What these settings permit. */
export const permissionsFrom = ({ enabled, extensions, groups }: ToldSettings): Permissions => ({
  isEnabled: () => enabled,
  hasExtension: (extension) => extensions.includes(extension),
  isMarkedFor: (supervisor, target) =>
    groups.some(
      (members) =>
        members.some((member) => member.extension === supervisor && member.supervisor) &&
        members.some((member) => member.extension === target),
    ),
});

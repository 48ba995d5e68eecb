import { maySupervise, type Permissions } from '../permission.ts';

/** Who looks at the list. */
export interface Viewer {
  /** An administrator sees every call. */
  readonly seesAll: boolean;
  /** The viewer's own extension; null: the viewer has none, and supervises nobody. */
  readonly extension: string | null;
}

/**
 * Whether a viewer sees a call in which these members take part: an administrator every call, everybody else those in
 * which somebody takes part whom the viewer may supervise now (docs/product.md 1.3, 1.5).
 */
export const maySee = (permissions: Permissions, viewer: Viewer, members: readonly string[]): boolean => {
  const { seesAll, extension } = viewer;
  if (seesAll) return true;
  return extension !== null && members.some((member) => maySupervise(permissions, extension, member));
};

import { Type, type Static } from 'typebox';
import type { Instant } from './envelope.ts';

/** What somebody may be. Whoever has several may do what any of them may. */
export const Role = Type.Union([
  Type.Literal('admin'),
  Type.Literal('supervisor'),
  Type.Literal('agent'),
  Type.Literal('auditor'),
  Type.Literal('reader'),
]);
export type Role = Static<typeof Role>;

/** Every role, the one with the most rights first. */
export const roles: readonly Role[] = ['admin', 'supervisor', 'agent', 'auditor', 'reader'];

/** What each role is for. */
export const roleMeanings: Readonly<Record<Role, string>> = {
  admin: 'sets what holds, and makes tokens',
  supervisor: 'sees and joins the calls of those whom the settings let them supervise',
  agent: 'takes calls',
  auditor: 'reads what was decided and by whom, and changes nothing',
  reader: 'a program that reads the export',
};

/**
 * The one table of who may do what: the roles that have each right. Every route asks for one right by name, and
 * `docs/reference/access.md` shows the table and the routes.
 */
export const rights = {
  'self:read': { meaning: 'learn who one is and what one may do', roles },
  'calls:read': {
    meaning: 'see the calls that run: an administrator all, a supervisor those of whom they may supervise',
    roles: ['admin', 'supervisor'],
  },
  'settings:read': { meaning: 'read the settings', roles: ['admin', 'supervisor', 'auditor'] },
  'settings:write': { meaning: 'change and remove settings', roles: ['admin'] },
  'tokens:read': {
    meaning: 'see which API tokens there are and when they were used',
    roles: ['admin', 'auditor'],
  },
  'tokens:write': { meaning: 'make and revoke API tokens', roles: ['admin'] },
  'calls:supervise': {
    meaning: 'join calls as supervisor by API, as far as the settings let the own extension',
    roles: ['admin', 'supervisor'],
  },
  'supervisions:read': {
    meaning: 'read the record of who listened to whom; a supervisor, of themselves',
    roles: ['admin', 'supervisor', 'auditor'],
  },
  'export:read': { meaning: 'read the incremental export', roles: ['admin', 'auditor', 'reader'] },
  'projection:read': { meaning: 'see how far the rows of the export have come', roles: ['admin', 'auditor'] },
  'projection:rebuild': { meaning: 'have the rows of the export built anew', roles: ['admin'] },
  'simulated-phones:use': { meaning: 'use the phones of the simulated switch', roles: ['admin'] },
} as const satisfies Readonly<Record<string, { readonly meaning: string; readonly roles: readonly Role[] }>>;
export type Right = keyof typeof rights;

/** Whether any of these roles has a right. */
export const mayDo = (has: readonly Role[], right: Right): boolean =>
  rights[right].roles.some((role) => has.includes(role));

/** Who asks, however it was proved. */
export interface Principal {
  /** An identifier, the actor of what they change: of an API token its name, of an OIDC token a claim. */
  readonly name: string;
  readonly roles: readonly Role[];
  /** Their own extension, when they have one. */
  readonly extension: string | null;
  /** When what proved it runs out; left out: not at a known moment. */
  readonly until?: Instant;
}

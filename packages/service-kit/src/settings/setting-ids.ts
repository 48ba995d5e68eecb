import type { SettingsKind } from '@earshot/contracts';
import { Type, type TString } from 'typebox';

const extension = Type.String({ pattern: '^[0-9]{2,8}$', description: 'An extension, 2 to 8 digits' });
const slug = Type.String({
  pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
  description: 'Lower-case letters, digits and hyphens, for instance support',
});

/** What an id of this kind looks like. It becomes a token of a subject, so blanks, dots and wildcards are out. */
export const idSchemaOf = (kind: SettingsKind): TString => (kind === 'extensions' ? extension : slug);

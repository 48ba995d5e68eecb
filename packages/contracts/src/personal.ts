import { Type, type TString, type TStringOptions } from 'typebox';

/**
 * A text that is personal data (a telephone number, a name). The mark travels in the schema: such a field never stands
 * in a subject, an id, a log line or a span.
 */
export const Personal = (description: string, options: TStringOptions = {}): TString => Type.String({ ...options, description, personal: true });

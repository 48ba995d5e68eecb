import { Type, type TString } from 'typebox';

// Control characters and halves of characters (lone surrogates): no database, log line or switch carries them.
const unfit = '\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\ud800-\\udfff';

/** A text of one line, 1 to 80 characters, without control characters. */
export const OneLine = (description: string, marks: { readonly personal?: true } = {}): TString =>
  Type.String({
    minLength: 1,
    maxLength: 80,
    pattern: `^[^${unfit}\\t\\n\\r]*$`,
    description: `${description}: one line without control characters`,
    ...marks,
  });

/** A text of 1 to 1000 characters, without control characters but line breaks and tabs. */
export const Paragraphs = (description: string): TString =>
  Type.String({
    minLength: 1,
    maxLength: 1000,
    pattern: `^[^${unfit}]*$`,
    description: `${description}: no control characters but line breaks and tabs`,
  });

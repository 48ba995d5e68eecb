// What a terminal obeys instead of showing it: control characters, and those that turn the direction of a text.
const obeyed = /\p{Cc}\[\d{1,2}m|[\p{Cc}\p{Bidi_Control}]/gu;
const escape = 0x1b;

const shown = (text: string): string => {
  const code = text.codePointAt(0) ?? 0;
  const isColour = code === escape && text.endsWith('m');
  return isColour ? text : `\\u${code.toString(16).padStart(4, '0')}${text.slice(1)}`;
};

/** One line for a terminal: of what the log holds nothing is obeyed but colours. */
export const printable = (line: string): string => line.replaceAll(obeyed, shown);

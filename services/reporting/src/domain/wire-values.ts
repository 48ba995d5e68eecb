/** Milliseconds as whole seconds, rounded to nearest. */
export const wholeSeconds = (ms: number): number => Math.round(ms / 1000);

/** Parts of a whole, in milliseconds, as whole seconds that add up to the whole's: each less than one from its own. */
export const secondsThatAddUp = <Parts extends readonly number[]>(
  parts: Parts,
): { readonly [Place in keyof Parts]: number } => {
  let upTo = 0;
  const seconds = parts.map((part) => {
    const before = wholeSeconds(upTo);
    upTo += part;
    return wholeSeconds(upTo) - before;
  });
  return seconds as unknown as { readonly [Place in keyof Parts]: number };
};

/** A stored moment (ISO 8601 with milliseconds) on the wire: cut to the second, never rounded up into the future. */
export const wireInstant = (iso: string): string => `${iso.slice(0, 19)}Z`;

/** The same moment as Unix seconds. */
export const unixSeconds = (iso: string): number => Math.floor(Date.parse(iso) / 1000);

/** Milliseconds as whole seconds, rounded to nearest. */
export const wholeSeconds = (ms: number): number => Math.round(ms / 1000);

/** A stored moment (ISO 8601 with milliseconds) on the wire: cut to the second, never rounded up into the future. */
export const wireInstant = (iso: string): string => `${iso.slice(0, 19)}Z`;

/** The same moment as Unix seconds. */
export const unixSeconds = (iso: string): number => Math.floor(Date.parse(iso) / 1000);

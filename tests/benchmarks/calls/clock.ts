/** Milliseconds since 1970 with fractions: one clock for all processes of this machine, which no correction sets back. */
export const now = (): number => performance.timeOrigin + performance.now();

/** A stretch of time in milliseconds since 1970; `to` null: it still runs. */
export interface Span {
  readonly from: number;
  readonly to: number | null;
}

/**
 * Milliseconds that lie in both lists of spans. Open spans count nothing: a fact is reported when it is
 * complete.
 */
export const overlapOf = (left: readonly Span[], right: readonly Span[]): number => {
  let sum = 0;
  for (const a of left) {
    for (const b of right) {
      if (a.to !== null && b.to !== null) sum += Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from));
    }
  }
  return sum;
};

/** The completed spans without what they share, in order of time. */
export const unionOf = (spans: readonly Span[]): readonly Span[] => {
  const union: { from: number; to: number }[] = [];
  for (const { from, to } of spans.toSorted((left, right) => left.from - right.from)) {
    const last = union.at(-1);
    if (to === null || to <= from) continue;
    if (last === undefined || from > last.to) union.push({ from, to });
    else last.to = Math.max(last.to, to);
  }
  return union;
};

/** Sum of the completed spans, in milliseconds. */
export const lengthOf = (spans: readonly Span[]): number =>
  spans.reduce((sum, span) => sum + (span.to === null ? 0 : Math.max(0, span.to - span.from)), 0);

/** Ends the span that still runs, if one does. */
export const closeSpan = (spans: readonly Span[], at: number): readonly Span[] =>
  spans.at(-1)?.to === null
    ? spans.map((span) => (span.to === null ? { from: span.from, to: Math.max(span.from, at) } : span))
    : spans;

/** Begins a span unless one runs already. */
export const openSpan = (spans: readonly Span[], at: number): readonly Span[] =>
  spans.at(-1)?.to === null ? spans : [...spans, { from: at, to: null }];

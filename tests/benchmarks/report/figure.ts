import type { Spread } from './spread.ts';

/** The parts of the benchmark, as they are named on the command line. */
export const parts = ['append', 'projection', 'key', 'calls'] as const;
export type Part = (typeof parts)[number];

/** One thing measured on both sides in the same rounds. */
export interface Figure {
  readonly part: Part;
  /** What was measured, in words. */
  readonly name: string;
  readonly unit: 'ms' | 'per second';
  readonly ours: { readonly what: string; readonly spread: Spread };
  readonly beside: { readonly what: string; readonly spread: Spread };
  /** Ours divided by what stands beside it, reckoned round by round. */
  readonly ratio: Spread;
  /** What issue and documentation aim for; null: printed for what it tells. */
  readonly aim: { readonly text: string; readonly met: boolean } | null;
  /** Conditions of the run that belong to the figure. */
  readonly notes: readonly string[];
}

/** What a part has to say: its figures, or in one sentence why it could not be measured here. */
export type PartResult = { readonly figures: readonly Figure[] } | { readonly notMeasured: string };

/** Where a part tells how it gets on. */
export type Progress = (text: string) => void;

import type { PartResult, Progress } from '../report/figure.ts';

/** Not there yet. */
export const measureKeys = async (_rounds: number, _progress: Progress): Promise<PartResult> => ({ notMeasured: 'this part is not there yet' });

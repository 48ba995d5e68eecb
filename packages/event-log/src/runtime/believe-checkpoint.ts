import { isCallId } from '@earshot/contracts';
import type { Checkpoint } from '../coordination.ts';

/** Where to go on, and why it is not where the checkpoint says. */
export interface Beginning {
  readonly sequence: number;
  readonly openCalls: Checkpoint['openCalls'];
  readonly doubt?: string;
}

const fromTheStart = (doubt?: string): Beginning => ({
  sequence: 0,
  openCalls: [],
  ...(doubt === undefined ? {} : { doubt }),
});

/**
 * Where to go on with a partition. A checkpoint that cannot be true is not believed: reading the log from its start costs
 * time and decides nothing twice; going on from a place that was never reached would leave calls undecided.
 * @param kept what was found where the checkpoint should be; undefined: nothing
 * @param lastSequence of the log, asked for after the checkpoint was read
 */
export const believeCheckpoint = (kept: unknown, log: string, lastSequence: number): Beginning => {
  if (kept === undefined) return fromTheStart();
  const {
    sequence,
    openCalls,
    log: of,
  } = (typeof kept === 'object' && kept !== null ? kept : {}) as Partial<Record<keyof Checkpoint, unknown>>;
  if (typeof sequence !== 'number' || !Number.isSafeInteger(sequence) || sequence < 0)
    return fromTheStart('it names no place in the log');
  if (of !== log) return fromTheStart('it is of another log');
  if (sequence > lastSequence)
    return fromTheStart(`it names place ${sequence}, and the log ends at ${lastSequence}`);
  if (!Array.isArray(openCalls)) return fromTheStart('it does not name the open calls');
  return {
    sequence,
    openCalls: openCalls.filter((call): call is string => typeof call === 'string' && isCallId(call)),
  };
};

import type { Timing } from '@earshot/event-log';
import { compareWithSwitch, type CompareOptions } from './compare.ts';

/** Pauses before a switch that did not answer is asked again what is true on it, in ms: doubled up to the longest. */
const firstPauseMs = 250;
const longestPauseMs = 1_000;
/** How often the switch is compared with the log although nothing was lost, in ticks. */
const ticksPerComparison = 120;
/**
 * After each doubt, and after an order that was not done, the switch is compared some times more, in ticks: what was asked
 * of it again may have been over already, and is not reported twice; what got no answer may be carried out late; what was
 * refused may be because of something that is not there any more.
 */
const ticksBetweenLooks = 8;
const looksAfterDoubt = 3;
/** For how many times as long as a look took the next of them waits at least: a large switch has a lot to tell. */
const restPerLook = 3;
/** How often it is looked again for calls that something was done on while the switch was asked. */
const mostLooks = 4;

export interface ComparingOptions {
  readonly compare: CompareOptions;
  readonly timing: Timing;
  readonly uptimeMs: () => number;
  readonly closing: AbortSignal;
  readonly onCompared: () => void;
}

/** Keeps what we know of the switch true. While it is in doubt nothing may be done that rests on it. */
export interface Comparing {
  isCompared(): boolean;
  /** The first comparison of a term. */
  first(): Promise<void>;
  /** The switch may have changed behind our back: nothing is done on it until it was compared again. */
  begin(): void;
  /** An order was not done: the work goes on, and it is looked what became of it. */
  suspect(): void;
  /** To be called regularly: compares once while the work goes on, when it is time to. */
  tick(): void;
}

/** When the switch is compared although nothing is in doubt, counted in ticks. */
const createLookTimes = (uptimeMs: () => number) => {
  let ticks = 0;
  let looksLeft = 0;
  let restUntil = -Infinity;
  return {
    /** More often for a while. */
    suspect: (): void => {
      looksLeft = looksAfterDoubt;
    },
    isDueAtNextTick: (): boolean => {
      ticks += 1;
      return (
        ticks % ticksPerComparison === 0 ||
        (looksLeft > 0 && ticks % ticksBetweenLooks === 0 && uptimeMs() >= restUntil)
      );
    },
    /** A look is over: a switch that takes long to tell is left in peace for longer. */
    looked: (begunAt: number): void => {
      looksLeft -= 1;
      restUntil = uptimeMs() + restPerLook * (uptimeMs() - begunAt);
    },
  };
};

/** @param looks how often at most, when not every call can be compared at once */
const comparingUntilAnswered =
  ({ compare, timing, closing }: ComparingOptions) =>
  async (looks: number): Promise<void> => {
    let looked = 0;
    for (let pauseMs = firstPauseMs; !closing.aborted; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      try {
        const isComplete = await compareWithSwitch(compare);
        looked += 1;
        if (isComplete || looked >= looks) return;
      } catch (error) {
        compare.logger.warn({ error }, 'the switch does not tell what is true on it; it is asked again');
      }
      await timing.pause(pauseMs, closing);
    }
  };

export const createComparing = (options: ComparingOptions): Comparing => {
  const { compare, closing, onCompared } = options;
  const untilAnswered = comparingUntilAnswered(options);
  const { suspect, isDueAtNextTick, looked } = createLookTimes(options.uptimeMs);
  let inDoubt = 1;
  let running: Promise<void> | undefined;

  const resolveDoubt = async (): Promise<void> => {
    while (inDoubt > 0 && !closing.aborted) {
      const doubts = inDoubt;
      await untilAnswered(mostLooks);
      // What became doubtful meanwhile needs another look.
      if (inDoubt === doubts) inDoubt = 0;
    }
    if (closing.aborted) return;
    suspect();
    onCompared();
  };

  const run = (): Promise<void> => {
    running ??= resolveDoubt().finally(() => {
      running = undefined;
    });
    return running;
  };

  const look = (): void => {
    if (running) return;
    const begunAt = options.uptimeMs();
    running = untilAnswered(1).finally(() => {
      running = undefined;
      looked(begunAt);
      if (inDoubt > 0) void run();
    });
    running.catch(() => {});
  };

  return {
    isCompared: () => inDoubt === 0,
    first: run,
    begin: () => {
      inDoubt += 1;
      void run().catch((error: unknown) =>
        compare.logger.error({ error }, 'comparing with the switch failed'),
      );
    },
    suspect,
    tick: () => {
      if (isDueAtNextTick() && inDoubt === 0) look();
    },
  };
};

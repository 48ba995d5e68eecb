import type { Timing } from '@earshot/event-log';
import type { Clock } from '../../services/signaling/src/adapters/simulated/clock.ts';
import type { Gate } from './turn.ts';

/** A backoff is shortened or lengthened by chance, which no seed repeats: short ones and long ones have one length each, in ms. */
const shortUpTo = 266.667;
const [short, long] = [50, 500];
const steady = (ms: number): number => (ms > 3_000 ? ms : ms > shortUpTo ? long : short);

/**
 * The time of a process, which passes when the world says so. What repeats ends with its process; what falls due while it is
 * frozen waits until it wakes.
 */
export const timingOn = (clock: Clock, isAlive: () => boolean, whenAwake: Gate['whenOpen']): Timing => ({
  pause: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const cancel = clock.after(steady(ms), () => whenAwake(resolve));
      signal?.addEventListener(
        'abort',
        () => {
          cancel();
          resolve();
        },
        { once: true },
      );
    }),
  every: (ms, task) => {
    let isStopped = false;
    const again = (): void =>
      void clock.after(ms, () =>
        whenAwake(() => {
          if (isStopped || !isAlive()) return;
          task();
          again();
        }),
      );
    again();
    return () => {
      isStopped = true;
    };
  },
});

import type { Logger } from '../logging/logger.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** How often a slow stop says that it is still under way, in milliseconds. */
const progressMs = 2_000;

/** How a process ends: on a signal after a clean stop, on a second one at once, on a failure with one line that names it. */
export interface Stopper {
  readonly stopping: AbortSignal;
  /** Tells what to dispose of. A stop that is asked for earlier waits for it, within the same limit of time. */
  started(service: AsyncDisposable): void;
  /** The service cannot go on, for a reason that it knows: a clean stop, with exit code 1. */
  failed(reason: unknown): void;
}

interface StopOptions {
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  /** Longest time in seconds that a stop may take. */
  readonly drainSeconds: number;
}

/** Stops what runs and ends the process, within the limit of time. @param code what a stop without trouble ends with */
const stopCleanly = async (
  { logger, telemetry, drainSeconds }: StopOptions,
  running: Promise<AsyncDisposable>,
  code: () => number,
): Promise<void> => {
  const since = performance.now();
  const seconds = (): number => Math.round((performance.now() - since) / 100) / 10;
  const progress = setInterval(
    () => logger.info({ seconds: seconds() }, 'Still stopping: work under way is being finished'),
    progressMs,
  );
  const deadline = setTimeout(() => {
    logger.error(
      { seconds: seconds() },
      `Stopping took longer than DRAIN_SECONDS (${drainSeconds}); what is left is given up`,
    );
    process.exit(1);
  }, drainSeconds * 1000);
  let hasFailed = false;
  try {
    await (await running)[Symbol.asyncDispose]();
  } catch (error) {
    hasFailed = true;
    logger.error({ err: error }, 'Stopping failed');
  }
  await telemetry[Symbol.asyncDispose]();
  clearInterval(progress);
  clearTimeout(deadline);
  logger.info({ seconds: seconds() }, 'Stopped');
  process.exit(hasFailed ? 1 : code());
};

/** Ends the process with one line after an error that nothing caught. */
const endAtOnce = ({ logger, telemetry }: StopOptions): ((error: unknown, kind: string) => void) => {
  let isEnding = false;
  return (error, kind) => {
    if (isEnding) return;
    isEnding = true;
    logger.fatal({ err: error }, `${kind}; the process ends`);
    // A program in an unknown state does no more work of its own: it only sends what telemetry it has.
    void Promise.allSettled([telemetry[Symbol.asyncDispose]()]).then(() => process.exit(1));
  };
};

export const stopOnSignals = (options: StopOptions): Stopper => {
  const { logger } = options;
  const stopping = new AbortController();
  const running = Promise.withResolvers<AsyncDisposable>();
  let code = 0;
  const stop = (): void => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    void stopCleanly(options, running.promise, () => code);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping.signal.aborted) {
      logger.warn({ signal }, 'Second signal: ending at once');
      process.exit(signal === 'SIGINT' ? 130 : 143);
    }
    logger.info({ signal }, 'Stopping: no new work is taken');
    stop();
  };
  const fail = endAtOnce(options);
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('uncaughtException', (error) => fail(error, 'An error that nothing caught'));
  process.on('unhandledRejection', (error) => fail(error, 'A rejected promise that nothing caught'));
  return {
    stopping: stopping.signal,
    started: running.resolve,
    failed: (reason) => {
      logger.fatal({ err: reason }, reason instanceof Error ? reason.message : 'The service cannot go on');
      code = 1;
      stop();
    },
  };
};

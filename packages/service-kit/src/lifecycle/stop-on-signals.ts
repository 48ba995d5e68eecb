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

export const stopOnSignals = ({
  logger,
  telemetry,
  drainSeconds,
}: {
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly drainSeconds: number;
}): Stopper => {
  const stopping = new AbortController();
  const running = Promise.withResolvers<AsyncDisposable>();
  let failing = false;
  let code = 0;

  const end = async (): Promise<void> => {
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
    try {
      await (await running.promise)[Symbol.asyncDispose]();
    } catch (error) {
      code = 1;
      logger.error({ err: error }, 'Stopping failed');
    }
    await telemetry[Symbol.asyncDispose]();
    clearInterval(progress);
    clearTimeout(deadline);
    logger.info({ seconds: seconds() }, 'Stopped');
    process.exit(code);
  };

  const fail = (error: unknown, kind: string): void => {
    if (failing) return;
    failing = true;
    logger.fatal({ err: error }, `${kind}; the process ends`);
    // A program in an unknown state does no more work of its own: it only sends what telemetry it has.
    void Promise.allSettled([telemetry[Symbol.asyncDispose]()]).then(() => process.exit(1));
  };

  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping.signal.aborted) {
      logger.warn({ signal }, 'Second signal: ending at once');
      process.exit(signal === 'SIGINT' ? 130 : 143);
    }
    logger.info({ signal }, 'Stopping: no new work is taken');
    stopping.abort();
    void end();
  };

  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('uncaughtException', (error) => fail(error, 'An error that nothing caught'));
  process.on('unhandledRejection', (error) => fail(error, 'A rejected promise that nothing caught'));
  const failed = (reason: unknown): void => {
    logger.fatal({ err: reason }, reason instanceof Error ? reason.message : 'The service cannot go on');
    code = 1;
    if (stopping.signal.aborted) return;
    stopping.abort();
    void end();
  };
  return {
    stopping: stopping.signal,
    started: running.resolve,
    failed,
  };
};

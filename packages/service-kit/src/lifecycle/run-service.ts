import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { Static, TObject } from 'typebox';
import type { BaseConfig } from '../config/config-schema.ts';
import { describeConfig } from '../config/describe-config.ts';
import { ConfigError, readConfig } from '../config/read-config.ts';
import type { Readiness } from '../http/health-routes.ts';
import { createLogger, type Logger } from '../logging/logger.ts';
import { startTelemetry, type Telemetry } from '../telemetry/telemetry.ts';
import { stopOnSignals } from './stop-on-signals.ts';

/** A service that was started: where it answers, whether it can work, and how to stop it. */
export interface RunningService extends AsyncDisposable {
  ready(): Readiness;
  /** Base URL of its HTTP server. */
  readonly url: string;
  /** Rejects when it cannot go on: the process says the reason, stops cleanly and exits with 1. */
  readonly failed?: Promise<never>;
}

/** How often a service that is not ready says what it waits for, in milliseconds. */
const waitingMs = 5_000;

/** What a service is started with. */
export interface StartContext<C> {
  readonly name: string;
  readonly version: string;
  readonly config: C;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  /** Aborted when the process is asked to stop, before the service is disposed of. */
  readonly stopping: AbortSignal;
}

export interface ServiceOptions<S extends TObject> {
  readonly name: string;
  /** Made with `configOf`. */
  readonly configSchema: S;
  start(context: StartContext<Readonly<Static<S>>>): Promise<RunningService>;
}

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

/**
 * The life of a service's process: configuration from the environment, telemetry, logger, start, one JSON line on
 * standard output when ready, and a clean stop on SIGTERM or SIGINT (exit 0; 1 when something failed).
 */
export const runService = async <S extends TObject>({
  name,
  configSchema,
  start,
}: ServiceOptions<S>): Promise<void> => {
  const [argument] = process.argv.slice(2);
  if (argument === '--version') return void process.stdout.write(`${name} ${version}\n`);
  if (argument === '--help')
    return void process.stdout.write(
      `${name} ${version}: a service of Earshot. It reads these environment variables:\n\n${describeConfig(configSchema)}\n`,
    );
  if (argument !== undefined) return refuse(`${name} knows --help and --version, but not ${argument}.`);
  try {
    const { config, warnings } = readConfig(configSchema);
    const base = config as unknown as BaseConfig;
    const telemetry = startTelemetry({
      service: name,
      version,
      instance: base.INSTANCE,
      endpoint: base.OTEL_EXPORTER_OTLP_ENDPOINT,
      onProblem: (sentence) => logger.warn(sentence),
    });
    const logger = createLogger({ service: name, instance: base.INSTANCE, level: base.LOG_LEVEL });
    for (const warning of warnings) logger.warn(warning);
    await live(
      { name, version, config: config as Readonly<Static<S>>, logger, telemetry },
      base.DRAIN_SECONDS,
      start,
    );
  } catch (error) {
    refuse(`${name} could not start: ${sentenceOf(error)}`);
  }
};

const live = async <C>(
  context: Omit<StartContext<C>, 'stopping'>,
  drainSeconds: number,
  start: (context: StartContext<C>) => Promise<RunningService>,
): Promise<void> => {
  const { name, logger, telemetry } = context;
  const stopper = stopOnSignals({ logger, telemetry, drainSeconds });
  const service = await start({ ...context, stopping: stopper.stopping });
  stopper.started(service);
  service.failed?.catch((error: unknown) => {
    stopper.failed(error);
  });
  const waiting = setInterval(() => logger.warn({ reason: service.ready() }, 'Not ready yet'), waitingMs);
  while (!stopper.stopping.aborted && service.ready() !== true) await setTimeout(25);
  clearInterval(waiting);
  if (!stopper.stopping.aborted)
    process.stdout.write(`${JSON.stringify({ ready: true, service: name, url: service.url })}\n`);
};

const sentenceOf = (error: unknown): string => {
  if (error instanceof ConfigError)
    return `its environment is not right (--help lists the variables)\n${error.problems.map((problem) => `  ${problem}`).join('\n')}`;
  return error instanceof Error ? error.message : String(error);
};

const refuse = (sentence: string): void => {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
};

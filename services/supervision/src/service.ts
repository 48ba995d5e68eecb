import type { Instant } from '@earshot/contracts';
import {
  runDecisions,
  type EventLog,
  type Coordination,
  type DecisionRuntime,
  type DecisionService,
  type SettingsLog,
} from '@earshot/event-log';
import {
  createHttpServer,
  listenOn,
  settingsRoutes,
  type Readiness,
  type RunningService,
  type StartContext,
} from '@earshot/service-kit';
import type { Static } from 'typebox';
import type { supervisionConfig } from './config.ts';
import { writeDefaultCodes } from './default-codes.ts';
import type { CallState } from './domain/call-state.ts';
import { inputsOf, type Input } from './domain/input.ts';
import { supervisionDecider } from './domain/supervision.ts';
import { settingsCheck } from './http/settings-check.ts';
import { permissionsInForce } from './permissions-in-force.ts';
import { createReview } from './review.ts';

/** How often it is looked whether those who supervise still may: for a decision that did not get through, in ms. */
const reviewEveryMs = 1_000;

/** Where supervision reads and writes. */
export interface SupervisionStore {
  readonly log: EventLog;
  readonly coordination: Coordination;
  readonly settings: SettingsLog;
  /** True while they can be reached, else why not. */
  ready(): Readiness;
}

export type SupervisionContext = Omit<
  StartContext<Readonly<Static<typeof supervisionConfig>>>,
  'telemetry'
> & { readonly now?: () => Instant };

/**
 * Supervision, as a table of contents:
 * SupervisionRequested -> SupervisionStarted and TopologyChanged, or SupervisionRefused;
 * KeyPressed by a supervisor -> SupervisionModeChanged and TopologyChanged;
 * ConversationChanged, LegEnded, CallEnded while somebody supervises -> TopologyChanged, after SupervisionEnded for those who are over;
 * a setting that takes the permission away -> SupervisionEnded and TopologyChanged.
 * Routes: `/settings/service-codes`, `/settings/supervision`.
 */
export const startSupervision = async (
  context: SupervisionContext,
  store: SupervisionStore,
): Promise<RunningService> => {
  const { log, coordination, settings } = store;
  const { name, version, config, logger, stopping, now = () => new Date().toISOString() } = context;
  await writeDefaultCodes(settings);
  const view = await settings.view();
  let runtime: DecisionRuntime<CallState, Input> | undefined;
  const ready = (): Readiness =>
    runtime === undefined ? 'the calls of the log are being read' : store.ready();

  const permissions = permissionsInForce(view, (concerned) => {
    review.changed(concerned);
  });
  const review = createReview(permissions, async (callId, withdrawn) => {
    // A supervision ends once, so its id names the cause.
    const id = `not-permitted:${withdrawn.map(({ supervisionId }) => supervisionId).join('+')}`;
    await runtime
      ?.decide(callId, { type: 'permission-withdrawn', at: now(), withdrawn }, { source: 'SETTINGS', id })
      .catch((error: unknown) => {
        logger.error(
          { err: error, callId },
          'a supervision that is no longer permitted could not be ended; it is tried again',
        );
      });
  });

  const service: DecisionService<CallState, Input, 'supervision'> = {
    writer: 'supervision',
    decider: supervisionDecider,
    inputsOf: (event) => inputsOf(event, permissions),
    onLoaded: review.update,
    onState: review.update,
    onForgotten: review.forget,
  };

  const server = await createHttpServer({
    name,
    version,
    logger,
    stopping,
    token: config.API_TOKEN,
    trustedProxies: config.TRUSTED_PROXIES,
    ready,
    description: 'Who may hear whom on a call, and the settings of it.',
  });
  settingsRoutes(server, { owner: 'supervision', settings, view, check: settingsCheck(view) });
  const url = await listenOn(server, config);

  runtime = await runDecisions({
    service,
    log,
    coordination,
    owner: config.INSTANCE,
    alarm: (alarm) => logger.error(alarm, alarm.what),
    onIgnored: (ignored) => logger.info(ignored, 'ignored'),
  });
  const reviewAll = (): void => {
    review.changed('everybody');
  };
  const timer = setInterval(reviewAll, reviewEveryMs);
  reviewAll();

  return {
    url,
    ready,
    failed: runtime.failed,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await server.close();
      // First, so that no changed setting asks for a decision of a runtime that is closing.
      await view[Symbol.asyncDispose]();
      await runtime?.[Symbol.asyncDispose]();
    },
  };
};

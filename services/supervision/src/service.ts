import type { CallId, Instant } from '@earshot/contracts';
import {
  runDecisions,
  type Alarm,
  type EventLog,
  type Coordination,
  type DecisionRuntime,
  type DecisionService,
  type IgnoredInput,
  type SettingsLog,
} from '@earshot/event-log';
import {
  createServiceServer,
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
import type { Withdrawal } from './domain/withdrawal.ts';
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

type Runtime = DecisionRuntime<CallState, Input>;

/** Ends supervisions that are no longer permitted; what does not get through is tried at the next review. */
const endingWithdrawn =
  (
    { logger, now = () => new Date().toISOString() }: SupervisionContext,
    runtime: () => Runtime | undefined,
  ) =>
  async (callId: CallId, withdrawn: readonly Withdrawal[]): Promise<void> => {
    // A supervision ends once, so its id names the cause.
    const id = `not-permitted:${withdrawn.map(({ supervisionId }) => supervisionId).join('+')}`;
    const input: Input = { type: 'permission-withdrawn', at: now(), withdrawn };
    try {
      await runtime()?.decide(callId, input, { source: 'SETTINGS', id });
    } catch (error) {
      logger.error(
        { err: error, callId },
        'a supervision that is no longer permitted could not be ended; it is tried again',
      );
    }
  };

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
  const { config, logger } = context;
  await writeDefaultCodes(settings);
  const view = await settings.view();
  let runtime: Runtime | undefined;
  const ready = (): Readiness =>
    runtime === undefined ? 'the calls of the log are being read' : store.ready();

  const permissions = permissionsInForce(view, (concerned) => review.changed(concerned));
  const review = createReview(
    permissions,
    endingWithdrawn(context, () => runtime),
  );
  const service: DecisionService<CallState, Input, 'supervision'> = {
    writer: 'supervision',
    decider: supervisionDecider,
    inputsOf: (event) => inputsOf(event, permissions),
    onLoaded: review.update,
    onState: review.update,
    onForgotten: review.forget,
  };

  const description = 'Who may hear whom on a call, and the settings of it.';
  const server = await createServiceServer(context, { ready, description });
  settingsRoutes(server, { owner: 'supervision', settings, view, check: settingsCheck(view) });
  const url = await listenOn(server, config);
  const alarm = (what: Alarm): void => logger.error(what, what.what);
  const onIgnored = (ignored: IgnoredInput): void => logger.info(ignored, 'ignored');
  runtime = await runDecisions({ service, log, coordination, owner: config.INSTANCE, alarm, onIgnored });

  const reviewAll = (): void => review.changed('everybody');
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

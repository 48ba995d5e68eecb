import type { CallId, Instant } from '@earshot/contracts';
import { runDecisions, type EventLog, type Coordination, type DecisionRuntime, type DecisionService, type SettingsLog } from '@earshot/event-log';
import { createHttpServer, listenOn, settingsRoutes, type RunningService, type StartContext } from '@earshot/service-kit';
import type { Static } from 'typebox';
import type { supervisionConfig } from './config.ts';
import { writeDefaultCodes } from './default-codes.ts';
import type { CallState } from './domain/call-state.ts';
import { inputsOf, type Input } from './domain/input.ts';
import { notPermittedNow, supervisionDecider } from './domain/supervision.ts';
import { settingsCheck } from './http/settings-check.ts';
import { permissionKinds, permissionsOf } from './permissions-of.ts';

/** How often it is looked whether everybody who supervises still may: for a decision that did not get through, in ms. */
const reviewEveryMs = 1_000;

/** Where supervision reads and writes. */
export interface SupervisionStore {
  readonly log: EventLog;
  readonly coordination: Coordination;
  readonly settings: SettingsLog;
}

export type SupervisionContext = Omit<StartContext<Readonly<Static<typeof supervisionConfig>>>, 'telemetry'> & { readonly now?: () => Instant };

/**
 * Supervision, as a table of contents:
 * SupervisionRequested -> SupervisionStarted and TopologyChanged, or SupervisionRefused;
 * KeyPressed by a supervisor -> SupervisionModeChanged and TopologyChanged;
 * LegEnded, CallEnded, or a setting that takes the permission away -> SupervisionEnded and TopologyChanged;
 * PartiesConnected, once a topology of ours stands -> TopologyChanged.
 * Routes: `/settings/service-codes`, `/settings/supervision`.
 */
export const startSupervision = async (context: SupervisionContext, { log, coordination, settings }: SupervisionStore): Promise<RunningService> => {
  const { name, version, config, logger, stopping, now = () => new Date().toISOString() } = context;
  await writeDefaultCodes(settings);
  const view = await settings.view();
  let runtime: DecisionRuntime<CallState, Input> | undefined;

  /** Ends what the settings no longer permit. A supervision ends once, so its id names the cause. */
  const review = (callId: CallId, state: CallState): void => {
    const permissions = permissionsOf(view);
    const ids = state.supervisions.length === 0 ? [] : notPermittedNow(state, permissions);
    if (!runtime || ids.length === 0) return;
    runtime.decide(callId, { type: 'settings-changed', at: now(), permissions }, { source: 'SETTINGS', id: `not-permitted:${ids.join('+')}` })
      .catch((error: unknown) => { logger.error({ err: error, callId }, 'a supervision that is no longer permitted could not be ended; it is tried again'); });
  };
  const reviewAll = (): void => { for (const { callId, state } of runtime?.liveCalls() ?? []) review(callId, state); };

  const service: DecisionService<CallState, Input, 'supervision'> = {
    writer: 'supervision',
    decider: supervisionDecider,
    inputsOf: (event) => inputsOf(event, () => permissionsOf(view)),
    onState: review,
  };

  const server = await createHttpServer({
    name, version, logger, stopping, token: config.API_TOKEN, ready: () => runtime !== undefined,
    description: 'Who may hear whom on a call, and the settings of it.',
  });
  settingsRoutes(server, { owner: 'supervision', settings, view, check: settingsCheck(view) });
  const url = await listenOn(server, config);

  runtime = await runDecisions({ service, log, coordination, owner: config.INSTANCE, alarm: (alarm) => logger.error(alarm, alarm.what) });
  const stopFollowing = view.onChange(({ kind }) => { if (permissionKinds.includes(kind)) reviewAll(); });
  const timer = setInterval(reviewAll, reviewEveryMs);
  reviewAll();

  return {
    url,
    ready: () => runtime !== undefined,
    failed: runtime.failed,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      stopFollowing();
      await server.close();
      await runtime?.[Symbol.asyncDispose]();
      await view[Symbol.asyncDispose]();
    },
  };
};

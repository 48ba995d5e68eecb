import type { Instant } from '@earshot/contracts';
import { processTiming, type Coordination, type EventLog, type SettingsLog } from '@earshot/event-log';
import {
  createServiceServer,
  signInOf,
  listenOn,
  settingsRoutes,
  type Readiness,
  type RunningService,
  type StartContext,
} from '@earshot/service-kit';
import type { Static } from 'typebox';
import type { supervisionConfig } from './config.ts';
import { followCurrentCalls, type CurrentCalls } from './current-calls/follow-current-calls.ts';
import { writeDefaultCodes } from './default-codes.ts';
import { apiTokenRoutes } from './http/api-token-routes.ts';
import { callsRoutes } from './http/calls-routes.ts';
import { supervisionRoutes } from './http/supervision-routes.ts';
import { settingsCheck } from './http/settings-check.ts';
import { superviseCalls, type Supervising } from './supervise-calls.ts';

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
> & {
  readonly now?: () => Instant;
};

/**
 * Supervision, as a table of contents:
 * SupervisionRequested -> SupervisionStarted and TopologyChanged, or SupervisionRefused;
 * KeyPressed by a supervisor -> SupervisionModeChanged and TopologyChanged, or SupervisionModeRefused;
 * ConversationChanged, LegEnded, CallEnded while somebody supervises -> TopologyChanged, after SupervisionEnded for those who are over;
 * a command by API -> SupervisionRequestedByApi (and SupervisionRefused), SupervisionModeChanged, SupervisionEnded;
 * LegAnswered by a phone that was rung for one -> SupervisionStarted and TopologyChanged, or SupervisionEnded;
 * a setting that takes the permission away -> SupervisionEnded and TopologyChanged;
 * a setting by which supervisors hear each other otherwise -> TopologyChanged;
 * every event of every call -> the list of current calls, for whoever may see them.
 * Routes: `/calls`, `/calls/stream`, `/calls/{callId}/supervisions`, `/supervisions`, `/settings/service-codes`,
 * `/settings/supervision`, `/api-tokens`.
 */
export const startSupervision = async (
  context: SupervisionContext,
  store: SupervisionStore,
): Promise<RunningService> => {
  const { log, coordination, settings } = store;
  const { config } = context;
  await writeDefaultCodes(settings);
  const view = await settings.view();
  let supervising: Supervising | undefined;
  let current: CurrentCalls | undefined;
  const ready = (): Readiness =>
    supervising === undefined || current === undefined
      ? 'the calls of the log are being read'
      : store.ready();

  const description = 'Who may hear whom on a call, the calls that run, and the settings of it.';
  const server = await createServiceServer(context, {
    ready,
    description,
    signIn: signInOf(context, { settings: view, marks: coordination.marks }),
  });
  settingsRoutes(server, { owner: 'supervision', settings, view, check: settingsCheck(view) });
  apiTokenRoutes(server, { settings, view, marks: coordination.marks });
  callsRoutes(server, { current: () => current, settings: view });
  const { now = () => new Date().toISOString() } = context;
  supervisionRoutes(server, { log, view, supervising: () => supervising, now, timing: processTiming });
  const url = await listenOn(server, config);
  const options = { ...context, log, coordination, settings: view };
  [current, supervising] = await Promise.all([
    followCurrentCalls({
      ...options,
      ready: () => store.ready(),
      mostStreams: { ofAll: config.CALL_STREAMS, ofOneCaller: config.CALL_STREAMS_PER_CALLER },
    }),
    superviseCalls({ ...options, owner: config.INSTANCE }),
  ]);
  return {
    url,
    ready,
    failed: Promise.race([current.failed, supervising.failed]),
    async [Symbol.asyncDispose]() {
      await server.close();
      await current?.[Symbol.asyncDispose]();
      await supervising?.[Symbol.asyncDispose]();
    },
  };
};

import type { Instant } from '@earshot/contracts';
import type { Coordination, EventLog, SettingsLog } from '@earshot/event-log';
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
import { writeDefaultCodes } from './default-codes.ts';
import { apiTokenRoutes } from './http/api-token-routes.ts';
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
> & { readonly now?: () => Instant };

/**
 * Supervision, as a table of contents:
 * SupervisionRequested -> SupervisionStarted and TopologyChanged, or SupervisionRefused;
 * KeyPressed by a supervisor -> SupervisionModeChanged and TopologyChanged;
 * ConversationChanged, LegEnded, CallEnded while somebody supervises -> TopologyChanged, after SupervisionEnded for those who are over;
 * a setting that takes the permission away -> SupervisionEnded and TopologyChanged.
 * Routes: `/settings/service-codes`, `/settings/supervision`, `/api-tokens`.
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
  const ready = (): Readiness =>
    supervising === undefined ? 'the calls of the log are being read' : store.ready();

  const description = 'Who may hear whom on a call, and the settings of it.';
  const server = await createServiceServer(context, {
    ready,
    description,
    signIn: signInOf(context, { settings: view, marks: coordination.marks }),
  });
  settingsRoutes(server, { owner: 'supervision', settings, view, check: settingsCheck(view) });
  apiTokenRoutes(server, { settings, view, marks: coordination.marks });
  const url = await listenOn(server, config);
  supervising = await superviseCalls({
    ...context,
    log,
    coordination,
    settings: view,
    owner: config.INSTANCE,
  });
  return {
    url,
    ready,
    failed: supervising.failed,
    async [Symbol.asyncDispose]() {
      await server.close();
      await supervising?.[Symbol.asyncDispose]();
    },
  };
};

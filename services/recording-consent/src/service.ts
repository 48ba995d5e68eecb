import type { CallId } from '@earshot/contracts';
import {
  runDecisions,
  type EventLog,
  type Coordination,
  type DecisionRuntime,
  type DecisionService,
  type SettingsLog,
  type SettingsView,
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
import type { recordingConsentConfig } from './config.ts';
import { withUnreadableCommit, type CallState } from './domain/call-state.ts';
import { inputsOf, type Input, type LineSetting } from './domain/input.ts';
import { recordingConsentDecider } from './domain/recording-consent.ts';
import { settingsCheck } from './http/settings-check.ts';

/** Where recording-consent reads and writes. */
export interface RecordingConsentStore {
  readonly log: EventLog;
  readonly coordination: Coordination;
  readonly settings: SettingsLog;
  /** True while they can be reached, else why not. */
  ready(): Readiness;
}

export type RecordingConsentContext = Omit<
  StartContext<Readonly<Static<typeof recordingConsentConfig>>>,
  'telemetry'
>;

/**
 * Recording-consent, as a table of contents:
 * CallStarted and the setting of its line -> RecordingPolicyApplied;
 * KeyPressed by the caller, awaited for consent -> ConsentChosen or ConsentKeyIgnored;
 * ConversationChanged so that a customer and an agent talk -> RecordingAllowed or RecordingForbidden, each with its ground;
 * ConversationChanged so that they do not, LegEnded of one of them, CallEnded -> RecordingWithdrawn.
 * Routes: `/settings/recording-policies`.
 */
export const startRecordingConsent = async (
  context: RecordingConsentContext,
  store: RecordingConsentStore,
): Promise<RunningService> => {
  const { log, coordination, settings } = store;
  const { name, version, config, logger, stopping } = context;
  const view = await settings.view();
  let runtime: DecisionRuntime<CallState, Input> | undefined;
  const ready = (): Readiness =>
    runtime === undefined ? 'the calls of the log are being read' : store.ready();

  const unreadable = new Set<CallId>();
  const service: DecisionService<CallState, Input, 'recording-consent'> = {
    writer: 'recording-consent',
    decider: {
      ...recordingConsentDecider,
      decide: (state, input) =>
        recordingConsentDecider.decide(
          state.callId && unreadable.has(state.callId) ? withUnreadableCommit(state) : state,
          input,
        ),
    },
    inputsOf: (event) => inputsOf(event, (lineId) => settingOf(view, lineId)),
    onUnreadable: (callId, { sequence }) => {
      unreadable.add(callId);
      runtime
        ?.decide(
          callId,
          { type: 'commit-unreadable', at: new Date().toISOString() },
          { source: 'TIMER', id: `unreadable:${sequence}` },
        )
        .catch((error: unknown) => {
          logger.error({ error, callId }, 'a recording of a call that cannot be read could not be forbidden');
        });
    },
    onForgotten: (callId) => {
      unreadable.delete(callId);
    },
  };

  const server = await createHttpServer({
    name,
    version,
    logger,
    stopping,
    token: config.API_TOKEN,
    trustedProxies: config.TRUSTED_PROXIES,
    ready,
    description: 'Whether a call may be recorded, and the settings of it.',
  });
  settingsRoutes(server, { owner: 'recording-consent', settings, view, check: settingsCheck(view) });
  const url = await listenOn(server, config);

  runtime = await runDecisions({
    service,
    log,
    coordination,
    owner: config.INSTANCE,
    alarm: (alarm) => logger.error(alarm, alarm.what),
    onIgnored: (ignored) => logger.info(ignored, 'ignored'),
  });

  return {
    url,
    ready,
    failed: runtime.failed,
    async [Symbol.asyncDispose]() {
      await server.close();
      await runtime?.[Symbol.asyncDispose]();
      await view[Symbol.asyncDispose]();
    },
  };
};

const settingOf = (view: SettingsView, lineId: string): LineSetting => {
  const policy = view.get('recording-policies', lineId);
  return policy ? { setting: policy.value.setting, version: policy.version } : null;
};

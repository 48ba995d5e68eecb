import { runDecisions, type EventLog, type Coordination, type DecisionRuntime, type DecisionService, type SettingsLog, type SettingsView } from '@earshot/event-log';
import { createHttpServer, listenOn, settingsRoutes, type RunningService, type StartContext } from '@earshot/service-kit';
import type { Static } from 'typebox';
import type { recordingConsentConfig } from './config.ts';
import type { CallState } from './domain/call-state.ts';
import { inputsOf, type Input, type LineSetting } from './domain/input.ts';
import { recordingConsentDecider } from './domain/recording-consent.ts';
import { settingsCheck } from './http/settings-check.ts';

/** Where recording-consent reads and writes. */
export interface RecordingConsentStore {
  readonly log: EventLog;
  readonly coordination: Coordination;
  readonly settings: SettingsLog;
}

export type RecordingConsentContext = Omit<StartContext<Readonly<Static<typeof recordingConsentConfig>>>, 'telemetry'>;

/**
 * Recording-consent, as a table of contents:
 * CallStarted and the setting of its line -> RecordingPolicyApplied;
 * KeyPressed by the caller, awaited for consent -> ConsentChosen or ConsentKeyIgnored;
 * PartiesConnected -> RecordingAllowed or RecordingForbidden, each with its ground;
 * LegEnded of a connected party, CallEnded -> RecordingWithdrawn.
 * Routes: `/settings/recording-policies`.
 */
export const startRecordingConsent = async (context: RecordingConsentContext, { log, coordination, settings }: RecordingConsentStore): Promise<RunningService> => {
  const { name, version, config, logger, stopping } = context;
  const view = await settings.view();
  let runtime: DecisionRuntime<CallState, Input> | undefined;

  const service: DecisionService<CallState, Input, 'recording-consent'> = {
    writer: 'recording-consent',
    decider: recordingConsentDecider,
    inputsOf: (event) => inputsOf(event, (lineId) => settingOf(view, lineId)),
  };

  const server = await createHttpServer({
    name, version, logger, stopping, token: config.API_TOKEN, ready: () => runtime !== undefined,
    description: 'Whether a call may be recorded, and the settings of it.',
  });
  settingsRoutes(server, { owner: 'recording-consent', settings, view, check: settingsCheck(view) });
  const url = await listenOn(server, config);

  runtime = await runDecisions({ service, log, coordination, owner: config.INSTANCE, alarm: (alarm) => logger.error(alarm, alarm.what) });

  return {
    url,
    ready: () => runtime !== undefined,
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

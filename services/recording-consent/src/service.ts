import type { CallId } from '@earshot/contracts';
import {
  runDecisions,
  type Alarm,
  type EventLog,
  type Coordination,
  type DecisionRuntime,
  type DecisionService,
  type IgnoredInput,
  type SettingsLog,
  type SettingsView,
} from '@earshot/event-log';
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

type Runtime = DecisionRuntime<CallState, Input>;

/** Decides on calls, and forbids the recording of one of which a commit cannot be read. */
const serviceOf = (
  { logger }: RecordingConsentContext,
  view: SettingsView,
  runtime: () => Runtime | undefined,
): DecisionService<CallState, Input, 'recording-consent'> => {
  const unreadable = new Set<CallId>();
  const forbid = async (callId: CallId, sequence: number): Promise<void> => {
    const input: Input = { type: 'commit-unreadable' };
    try {
      await runtime()?.decide(callId, input, { source: 'TIMER', id: `unreadable:${sequence}` });
    } catch (error) {
      logger.error({ error, callId }, 'a recording of a call that cannot be read could not be forbidden');
    }
  };
  return {
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
      void forbid(callId, sequence);
    },
    onForgotten: (callId) => {
      unreadable.delete(callId);
    },
  };
};

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
  const { config, logger } = context;
  const view = await settings.view();
  let runtime: Runtime | undefined;
  const ready = (): Readiness =>
    runtime === undefined ? 'the calls of the log are being read' : store.ready();
  const service = serviceOf(context, view, () => runtime);

  const description = 'Whether a call may be recorded, and the settings of it.';
  const server = await createServiceServer(context, {
    ready,
    description,
    signIn: signInOf(context, { settings: view, marks: coordination.marks }),
  });
  settingsRoutes(server, { owner: 'recording-consent', settings, view, check: settingsCheck(view) });
  const url = await listenOn(server, config);
  const alarm = (what: Alarm): void => logger.error(what, what.what);
  const onIgnored = (ignored: IgnoredInput): void => logger.info(ignored, 'ignored');
  runtime = await runDecisions({ service, log, coordination, owner: config.INSTANCE, alarm, onIgnored });

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

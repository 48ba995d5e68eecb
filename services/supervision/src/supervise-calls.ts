import type { CallId, Instant } from '@earshot/contracts';
import {
  processTiming,
  runDecisions,
  type Alarm,
  type Coordination,
  type DecisionRuntime,
  type DecisionService,
  type EventLog,
  type IgnoredInput,
  type SettingsView,
  type Timing,
} from '@earshot/event-log';
import type { Logger } from '@earshot/service-kit';
import type { CallState } from './domain/call-state.ts';
import type { DueBySettings } from './domain/due-by-settings.ts';
import { inputsOf, type Input } from './domain/input.ts';
import type { Permissions } from './domain/permission.ts';
import { supervisionDecider } from './domain/supervision.ts';
import { permissionsInForce } from './permissions-in-force.ts';
import { createReview } from './review.ts';

/** How often it is looked whether those who supervise still may: for a decision that did not get through, in ms. */
const reviewEveryMs = 1_000;

export interface SupervisingOptions {
  readonly log: EventLog;
  readonly coordination: Coordination;
  readonly settings: SettingsView;
  readonly logger: Logger;
  /** Name of this process, for its leases. */
  readonly owner: string;
  readonly now?: () => Instant;
  readonly timing?: Timing;
}

type Runtime = DecisionRuntime<CallState, Input>;

/** Decisions of supervision that are being made. */
export interface Supervising extends AsyncDisposable {
  /** Rejects when this program is too old for the log: see {@link DecisionRuntime.failed}. */
  readonly failed: Promise<never>;
  /** Decides on a command, whoever owns the call: see {@link DecisionRuntime.decide}. */
  readonly decide: Runtime['decide'];
  /** Who may supervise whom now. */
  readonly permissions: Permissions;
}

const wallClock = (): Instant => new Date().toISOString();

/** Carries changed settings to a call; what does not get through is tried at the next review. */
const followingSettings =
  (
    { logger, now = wallClock }: SupervisingOptions,
    permissions: Permissions,
    runtime: () => Runtime | undefined,
  ) =>
  async (callId: CallId, { withdrawn, afterTopology }: DueBySettings): Promise<void> => {
    // What is decided under it may be less than what was due, because the call has moved on: what is due then has another name.
    const id = [`t${afterTopology}`, ...withdrawn.map((one) => `${one.supervisionId}:${one.mode}`)].join('+');
    const input: Input = { type: 'settings-changed', at: now(), rules: permissions.rules(), withdrawn };
    try {
      await runtime()?.decide(callId, input, { source: 'SETTINGS', id });
    } catch (error) {
      logger.error(
        { err: error, callId },
        'what changed settings ask of a call could not be decided; it is tried again',
      );
    }
  };

/**
 * Decides who supervises whom from the log and from the settings as they stand, and makes running calls follow
 * them: what they no longer permit ends.
 * Resolves when the calls of the log are read.
 */
export const superviseCalls = async (options: SupervisingOptions): Promise<Supervising> => {
  const { log, coordination, settings, logger, owner, timing = processTiming, now = wallClock } = options;
  let runtime: Runtime | undefined;
  const permissions = permissionsInForce(settings, (concerned) => review.changed(concerned));
  const review = createReview(
    permissions,
    now,
    followingSettings(options, permissions, () => runtime),
  );
  const service: DecisionService<CallState, Input, 'supervision'> = {
    writer: 'supervision',
    decider: supervisionDecider,
    inputsOf: (event, state) => inputsOf(event, permissions, state),
    onLoaded: review.update,
    onState: review.update,
    onForgotten: review.forget,
  };
  const alarm = (what: Alarm): void => logger.error(what, what.what);
  const onIgnored = (ignored: IgnoredInput): void => logger.info(ignored, 'ignored');
  runtime = await runDecisions({ service, log, coordination, owner, timing, alarm, onIgnored });

  const reviewAll = (): void => review.changed('everybody');
  const stopReviews = timing.every(reviewEveryMs, reviewAll);
  reviewAll();
  const running = runtime;
  return {
    failed: runtime.failed,
    decide: (...command) => running.decide(...command),
    permissions,
    async [Symbol.asyncDispose]() {
      stopReviews();
      // First, so that no changed setting asks for a decision of a runtime that is closing.
      await settings[Symbol.asyncDispose]();
      await runtime?.[Symbol.asyncDispose]();
    },
  };
};

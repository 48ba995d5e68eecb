import type { Actor, Causation, Instant } from '../envelope.ts';
import type { CallId } from '../ids.ts';
import type { Writer } from '../subjects.ts';
import type { SignalingFacts } from './signaling.ts';
import type { SupervisionFacts } from './supervision.ts';
import type { RecordingConsentFacts } from './recording-consent.ts';

/** Name of every event type, with the data of its newest version. */
export type Facts = SignalingFacts & SupervisionFacts & RecordingConsentFacts;
export type EventType = keyof Facts;

/** What a decision yields: a fact that is not yet in the log. Ids, causation and trace are added when it is appended. */
export type NewEvent<T extends EventType = EventType> = {
  [K in T]: {
    readonly type: K;
    readonly occurredAt: Instant;
    readonly actor: Actor;
    readonly data: Readonly<Facts[K]>;
  };
}[T];

/** An event as it was read back from the log, brought to its newest version. */
export type CallEvent<T extends EventType = EventType> = {
  [K in T]: {
    readonly id: string;
    readonly type: K;
    readonly callId: CallId;
    readonly tenant: string;
    readonly occurredAt: Instant;
    readonly recordedAt: Instant;
    readonly causation: Causation;
    readonly actor: Actor;
    readonly data: Readonly<Facts[K]>;
    readonly writer: Writer;
    /** Sequence of its commit in the CALLS stream; several events of one commit share it. */
    readonly sequence: number;
    /** Place in its commit, from 0. */
    readonly index: number;
  };
}[T];

/** Events a service writes, by writer. */
export interface FactsOf {
  signaling: SignalingFacts;
  supervision: SupervisionFacts;
  'recording-consent': RecordingConsentFacts;
}

import type { NewEvent, SignalingFacts } from '@earshot/contracts';
import type { Decision } from '@earshot/event-log';
import type { IgnoredBecause } from './call-input.ts';

/** What signaling may say: its own facts and nobody else's. */
export type Fact = NewEvent<keyof SignalingFacts>;

/** What comes of an input of a call. */
export type Decided = Decision<keyof SignalingFacts, IgnoredBecause>;

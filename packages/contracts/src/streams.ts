import { allCalls, allSettings } from './subjects.ts';

/** Oldest NATS server whose JetStream honours what the log relies on; 2.9 ignores it silently. */
export const minimumServerVersion = '2.12.0';

/** Stream of all call events: one order per call, one cursor for an export. */
export const callsStream = { name: 'CALLS', subjects: [allCalls] } as const;

/** Stream of the settings, event-sourced like the calls. */
export const settingsStream = { name: 'SETTINGS', subjects: [allSettings] } as const;

/** Stream of messages that a service gave up on; each waits for a human and raises an alarm. */
export const deadLettersStream = { name: 'DEAD_LETTERS', subjects: ['dead-letters.>'] } as const;

/** Subject of what a service cannot handle. */
export const deadLetterSubject = (service: string): string => `dead-letters.${service}`;

/** KV bucket of the leases: which process of a service owns which partition. */
export const leasesBucket = 'LEASES';

/** KV bucket of the checkpoints: how far a service has come in each partition. */
export const checkpointsBucket = 'CHECKPOINTS';

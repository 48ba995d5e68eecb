import { allCalls, allSettings } from './subjects.ts';

/** Oldest NATS server whose JetStream honours what the log relies on; 2.9 ignores it silently. */
export const minimumServerVersion = '2.12.0';

/** Stream of all call events: one order per call, one cursor for an export. */
export const callsStream = { name: 'CALLS', subjects: [allCalls] } as const;

/** Stream of the settings, event-sourced like the calls. */
export const settingsStream = { name: 'SETTINGS', subjects: [allSettings] } as const;

/** Stream of messages that a service gave up on; each waits for a human and raises an alarm. */
export const deadLettersStream = { name: 'DEAD_LETTERS', subjects: ['dead-letters.>'] } as const;

/**
 * What was stored is told again under this: a stream's feed, which everybody may hear and which is no subject of any stream,
 * so that nothing that is said there gets into a log.
 */
export const feedPrefix = 'log';

/** Subject under which a stored message is told again. */
export const feedOf = (subject: string): string => `${feedPrefix}.${subject}`;

/** First part of the JetStream requests that a service on a server with accounts may make of the log's account. */
export const confinedApi = 'EARSHOT.API';

/** Name of the stream behind a KV bucket, as the server's clients expect it. */
export const bucketStream = (bucket: string): string => `KV_${bucket}`;

/** Subject of a key of a KV bucket; the first part of every key is the service that owns it. */
export const keySubject = (bucket: string, key: string): string => `$KV.${bucket}.${key}`;

/** Subject of what a service cannot handle. */
export const deadLetterSubject = (service: string): string => `dead-letters.${service}`;

/** KV bucket of the leases: which process of a service owns which partition. */
export const leasesBucket = 'LEASES';

/** KV bucket of the checkpoints: how far a service has come in each partition. */
export const checkpointsBucket = 'CHECKPOINTS';

import { recordingConsentEvents } from './recording-consent.ts';
import { signalingEvents } from './signaling.ts';
import { supervisionEvents } from './supervision.ts';
import type { EventType } from './event.ts';
import type { Writer } from '../subjects.ts';

/** Schemas of every event's newest version, by the service that writes it. */
export const eventsOf = {
  signaling: signalingEvents,
  supervision: supervisionEvents,
  'recording-consent': recordingConsentEvents,
} as const satisfies Record<Writer, object>;

/** Schema of every event type's newest version. */
export const eventSchemas = { ...signalingEvents, ...supervisionEvents, ...recordingConsentEvents } as const;

/** Every event type there is. */
export const eventTypes = Object.keys(eventSchemas) as readonly EventType[];

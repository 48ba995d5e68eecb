import { Compile } from 'typebox/compile';
import { StoredCommit, type Causation, type Instant, type StoredEvent } from './envelope.ts';
import { eventSchemas, eventsOf } from './events/definitions.ts';
import type { CallEvent, EventType, NewEvent } from './events/event.ts';
import { parseCallSubject, writers, type Writer } from './subjects.ts';
import { newestVersion, upcasters } from './upcasters.ts';
import type { CallId } from './ids.ts';

type Check = {
  Check(value: unknown): boolean;
  Errors(value: unknown): readonly { readonly instancePath: string; readonly message: string }[];
};

const commitCheck: Check = Compile(StoredCommit);
const dataChecks: ReadonlyMap<string, Check> = new Map(
  Object.entries(eventSchemas).map(([type, schema]) => [type, Compile(schema)]),
);
const writerOf: ReadonlyMap<string, Writer> = new Map(
  writers.flatMap((writer) => Object.keys(eventsOf[writer]).map((type) => [type, writer])),
);
const reader = new TextDecoder();
const encoder = new TextEncoder();

// A value may be personal; where it stands and what is wrong with it may not.
const problemOf = (check: Check, value: unknown): string => {
  const first = check.Errors(value)[0];
  return first ? `${first.instancePath || '(whole)'} ${first.message}` : 'does not match its schema';
};

/** What an append brings together: the decision, and what is only known when it is stored. */
export interface CommitToStore {
  readonly id: string;
  readonly writer: Writer;
  readonly callId: CallId;
  readonly tenant: string;
  readonly recordedAt: Instant;
  readonly causation: Causation;
  readonly events: readonly NewEvent[];
}

/** The stored bytes are not what the contract says: newer than this program, or not ours at all. */
export class UnreadableCommitError extends Error {
  override readonly name: string = 'UnreadableCommitError';
}

/** An event is of a newer version than this program knows: nothing may be passed over, so the program must not go on. */
export class TooNewError extends UnreadableCommitError {
  readonly type: EventType;
  readonly version: number;

  constructor(type: EventType, version: number) {
    super(`${type}: version ${version}, this program reads up to ${newestVersion(type)}`);
    this.type = type;
    this.version = version;
  }
}

/** Id of an event: its commit's id and its place in it, so that deciding twice gives the same id. */
export const eventIdOf = (commitId: string, index: number): string => `${commitId}/${index}`;

/**
 * The bytes of one message of the CALLS stream, every event at its newest version.
 * @throws TypeError when an event is not one of its writer's, or its data is not what its schema says: a broken invariant of
 *   whoever decided it
 */
export const writeCommit = (commit: CommitToStore): Uint8Array => {
  const events = commit.events.map((event, index): StoredEvent => {
    const check = dataChecks.get(event.type);
    if (!check) throw new TypeError(`There is no event type ${event.type}`);
    if (writerOf.get(event.type) !== commit.writer)
      throw new TypeError(`${event.type} is not written by ${commit.writer}`);
    if (!check.Check(event.data)) throw new TypeError(`${event.type}: ${problemOf(check, event.data)}`);
    return {
      id: eventIdOf(commit.id, index),
      type: event.type,
      version: newestVersion(event.type),
      occurredAt: event.occurredAt,
      actor: event.actor,
      data: event.data,
    };
  });
  const stored: StoredCommit = {
    id: commit.id,
    callId: commit.callId,
    tenant: commit.tenant,
    recordedAt: commit.recordedAt,
    causation: commit.causation,
    events,
  };
  if (!commitCheck.Check(stored)) throw new TypeError(`Commit: ${problemOf(commitCheck, stored)}`);
  return encoder.encode(JSON.stringify(stored));
};

/** A commit as the codec reads it; the log adds what came in headers. */
export interface ReadCommit {
  readonly id: string;
  readonly sequence: number;
  readonly callId: CallId;
  readonly writer: Writer;
  readonly events: readonly CallEvent[];
}

/** A commit as it is read once it stands at this sequence: what `readCommit` makes of what `writeCommit` wrote. */
export const asStored = (commit: CommitToStore, sequence: number): ReadCommit => {
  const { id, callId, writer, tenant, recordedAt, causation } = commit;
  const events = commit.events.map(
    ({ type, occurredAt, actor, data }, index): CallEvent =>
      ({
        id: eventIdOf(id, index),
        ...{ type, callId, tenant, occurredAt, recordedAt, causation, actor, data, writer, sequence, index },
      }) as CallEvent,
  );
  return { id, sequence, callId, writer, events };
};

/**
 * Reads one message of the CALLS stream and brings every event to its newest version.
 * An event type that this program does not know is handed on as it is (`evolve` leaves the state alone), so that old
 * code reads a newer log; a newer version of a known type is not, because its fields may mean something else.
 * @throws UnreadableCommitError; TooNewError when a newer program can read it
 */
export const readCommit = (message: {
  readonly subject: string;
  readonly sequence: number;
  readonly data: Uint8Array;
}): ReadCommit => {
  const place = parseCallSubject(message.subject);
  if (!place) throw new UnreadableCommitError('The subject is not one of a call');
  const stored = parse(message.data);
  if (stored.callId !== place.callId)
    throw new UnreadableCommitError('The subject names another call than the commit');
  const { sequence } = message;
  for (const { type } of stored.events) {
    const owner = writerOf.get(type);
    if (owner !== undefined && owner !== place.writer)
      throw new UnreadableCommitError(`${type} is not written by ${place.writer}`);
  }
  const events = stored.events.map(
    (event, index): CallEvent =>
      ({
        id: event.id,
        type: event.type as EventType,
        callId: stored.callId,
        tenant: stored.tenant,
        occurredAt: event.occurredAt,
        recordedAt: stored.recordedAt,
        causation: stored.causation,
        actor: event.actor,
        data: dataOf(event),
        writer: place.writer,
        sequence,
        index,
      }) as CallEvent,
  );
  return { id: stored.id, sequence, callId: stored.callId, writer: place.writer, events };
};

const parse = (data: Uint8Array): StoredCommit => {
  let value: unknown;
  try {
    value = JSON.parse(reader.decode(data));
  } catch {
    throw new UnreadableCommitError('The message is not JSON');
  }
  if (!commitCheck.Check(value)) throw new UnreadableCommitError(`Commit: ${problemOf(commitCheck, value)}`);
  return value as StoredCommit;
};

const dataOf = (event: StoredEvent): unknown => {
  const check = dataChecks.get(event.type);
  if (!check) return event.data;
  const type = event.type as EventType;
  if (event.version > newestVersion(type)) throw new TooNewError(type, event.version);
  const data = (upcasters[type] ?? [])
    .slice(event.version - 1)
    .reduce<unknown>((older, step) => step(older as never), event.data);
  if (!check.Check(data)) throw new UnreadableCommitError(`${type}: ${problemOf(check, data)}`);
  return data;
};

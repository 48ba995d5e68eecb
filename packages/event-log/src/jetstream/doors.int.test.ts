import {
  callSubject,
  confinedApi,
  deadLetterSubject,
  keySubject,
  leasesBucket,
  checkpointsBucket,
  settingsSubject,
  type CallId,
} from '@earshot/contracts';
import { testNats } from '@earshot/testkit/nats';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { at, keyPressed, numberedCall } from '../fixtures/keys-service.ts';
import {
  checkStreams,
  connectToNats,
  createStreams,
  isUnreadable,
  openCoordination,
  openEventLog,
  openSettingsLog,
  type EventLog,
} from '../index.ts';

// Each door that a service could write through as another, tried on a server with accounts.
const running = new AsyncDisposableStack();
let admin: NatsConnection;
let manager: JetStreamManager;
let url: (service: 'signaling' | 'supervision' | 'recording-consent' | 'reporting') => string;
let log: EventLog;
let call: CallId;
let calls = 900;

beforeAll(async () => {
  const nats = running.use(await testNats({ users: true }));
  url = nats.urlFor;
  admin = await connectToNats({ url: nats.url, name: 'admin' });
  running.defer(() => admin.close());
  await createStreams(admin);
  manager = await jetstreamManager(admin);
  log = running.use(openEventLog({ connection: admin, tenant: 'test' }));
}, 60_000);
afterAll(() => running.disposeAsync());
beforeEach(() => {
  call = numberedCall((calls += 1));
});

const as = async (service: Parameters<typeof url>[0]) => {
  const connection = await connectToNats({ url: url(service), name: service });
  return Object.assign(connection, { [Symbol.asyncDispose]: () => connection.close() });
};

/** Everything that is stored, by stream; what an attack must leave as it is. */
const stored = async () => {
  const counts: Record<string, number> = {};
  for await (const { config, state } of manager.streams.list()) counts[config.name] = state.last_seq;
  return counts;
};

/** Sends, and waits until the server has taken it in and whatever follows from it. */
const send = async (
  from: NatsConnection,
  subject: string,
  body: string,
  options: { reply?: string; headers?: MsgHdrs } = {},
) => {
  from.publish(subject, body, options);
  await from.flush();
  // What the server does of it is done when it has answered a question that came later.
  for (let n = 0; n < 3; n += 1) await manager.streams.info('CALLS');
  await new Promise((resolve) => {
    setTimeout(resolve, 100);
  });
};

const allowed = (writer: 'recording-consent' | 'reporting') =>
  JSON.stringify({
    id: `${call}.${writer}.TIMER.forged`,
    callId: call,
    tenant: 'test',
    recordedAt: at,
    causation: { source: 'TIMER', id: 'forged', sequence: null },
    events: [
      {
        id: 'forged/0',
        type: 'RecordingAllowed',
        version: 1,
        occurredAt: at,
        actor: { kind: 'service', service: writer },
        data: { recordingId: `${call}-r1`, ground: 'line_always' },
      },
    ],
  });

test.each(['signaling', 'supervision', 'recording-consent', 'reporting'] as const)(
  '%s starts, and changes nothing by it',
  async (service) => {
    const before = await stored();
    await using connection = await as(service);
    await checkStreams(connection);
    await expect(createStreams(connection)).resolves.toBeUndefined();
    expect(await stored()).toEqual(before);
  },
);

test.each(['supervision', 'signaling', 'reporting'] as const)(
  '%s cannot say that a recording is allowed',
  async (service) => {
    const before = await stored();
    await using connection = await as(service);
    await send(connection, callSubject(call, 'recording-consent'), allowed('recording-consent'));
    expect(await stored()).toEqual(before);
  },
);

test('an answer of the server goes to nobody but who asked: no event, no setting and no command is made of it', async () => {
  const sequence = (await openCoordinationOf('reporting')).sequence;
  const before = await stored();
  await using connection = await as('reporting');
  const targets = [
    callSubject(call, 'recording-consent'),
    callSubject(call, 'signaling'),
    settingsSubject('ring-groups', 'support'),
    keySubject(leasesBucket, 'supervision.evil'),
    '$JS.API.STREAM.DELETE.CALLS',
    `${confinedApi}.STREAM.DELETE.CALLS`,
    '$JS.API.STREAM.PURGE.KV_LEASES',
    `log.${callSubject(call, 'recording-consent')}`,
  ];
  for (const reply of targets) {
    for (const api of ['$JS.API', confinedApi]) {
      for (const question of [
        'DIRECT.GET.DEAD_LETTERS',
        'DIRECT.GET.CALLS',
        'DIRECT.GET.KV_LEASES',
        'STREAM.MSG.GET.KV_CHECKPOINTS',
      ]) {
        connection.publish(`${api}.${question}`, JSON.stringify({ seq: sequence }), { reply });
        connection.publish(`${api}.${question}`, JSON.stringify({ seq: 999_999 }), { reply });
      }
      connection.publish(`${api}.STREAM.INFO.CALLS`, '', { reply });
      connection.publish(
        `${api}.CONSUMER.CREATE.CALLS.evil`,
        JSON.stringify({
          stream_name: 'CALLS',
          config: { name: 'evil', deliver_subject: reply, ack_policy: 'none' },
        }),
      );
      connection.publish(
        `${api}.CONSUMER.CREATE.DEAD_LETTERS.evil`,
        JSON.stringify({
          stream_name: 'DEAD_LETTERS',
          config: { name: 'evil', deliver_subject: reply, ack_policy: 'none' },
        }),
      );
    }
  }
  await send(connection, '$JS.API.INFO', '');
  expect(await stored()).toEqual(before);
  for (const stream of ['CALLS', 'DEAD_LETTERS'])
    expect((await manager.streams.info(stream)).state.consumer_count).toBe(0);
  // From within the log's own account the first of them works: it is the accounts that keep it out.
  await send(admin, '$JS.API.DIRECT.GET.DEAD_LETTERS', JSON.stringify({ seq: sequence }), {
    reply: callSubject(call, 'recording-consent'),
  });
  expect((await stored())['CALLS']).toBe((before['CALLS'] ?? 0) + 1);
  expect(await log.read(call)).toMatchObject([{ problem: 'It carries headers that only the server makes' }]);
});

/** A dead letter of a service whose text is a commit. */
const openCoordinationOf = async (service: 'reporting') => {
  await using connection = await as(service);
  await send(connection, deadLetterSubject(service), allowed('recording-consent'));
  return { sequence: (await manager.streams.info('DEAD_LETTERS')).state.last_seq };
};

test("leases, checkpoints and dead letters of other services cannot be written; a service's own can", async () => {
  await using connection = await as('reporting');
  const before = await stored();
  for (const other of ['supervision', 'signaling', 'recording-consent']) {
    connection.publish(keySubject(leasesBucket, `${other}.evil`), '');
    connection.publish(keySubject(leasesBucket, `${other}.master.0`), '{}');
    connection.publish(
      keySubject(checkpointsBucket, `${other}.3`),
      JSON.stringify({ sequence: 1e9, openCalls: [] }),
    );
    connection.publish(deadLetterSubject(other), '{}');
  }
  await send(connection, '$JS.API.INFO', '');
  expect(await stored()).toEqual(before);
  await using own = await as('supervision');
  const { leases, masterships, checkpoints, deadLetters } = openCoordination(own);
  const checkpoint = {
    sequence: 0,
    openCalls: [],
    log: await openEventLog({ connection: own, tenant: 'test' }).identity(),
  };
  await checkpoints.save('supervision', 3, checkpoint);
  expect(await checkpoints.load('supervision', 3)).toEqual(checkpoint);
  await using lease = await leases.join('supervision', 'one');
  expect(lease.owned().size).toBe(32);
  const signal = new AbortController().signal;
  await using mastership = await masterships.acquire({
    service: 'supervision',
    name: '0',
    owner: 'one',
    signal,
  });
  expect(mastership.holds()).toBe(true);
  await deadLetters.add({
    service: 'supervision',
    stream: 'CALLS',
    sequence: 1,
    callId: call,
    cause: 'x',
    problem: 'y',
  });
});

test('a setting is written by its owner only, and seen by all', async () => {
  await using supervision = await as('supervision');
  await using signaling = await as('signaling');
  await using others = openSettingsLog({ connection: supervision, tenant: 'test' });
  await expect(
    others.put('ring-groups', 'support', { name: 'Support', members: [] }, { actor: 'x' }),
  ).rejects.toThrow('did not take the message');
  await using owner = openSettingsLog({ connection: signaling, tenant: 'test' });
  const { version } = await owner.put(
    'ring-groups',
    'support',
    { name: 'Support', members: [] },
    { actor: 'x' },
  );
  await using view = await others.view();
  await view.reached(version);
  expect(view.get('ring-groups', 'support')?.value).toEqual({ name: 'Support', members: [] });
}, 60_000);

test('nothing that is stored can be deleted, purged or changed, and no stream either', async () => {
  const before = await stored();
  await using connection = await as('signaling');
  for (const api of ['$JS.API', confinedApi]) {
    for (const stream of Object.keys(before)) {
      for (const act of ['DELETE', 'PURGE', 'UPDATE', 'CREATE', 'MSG.DELETE', 'SNAPSHOT'])
        connection.publish(`${api}.STREAM.${act}.${stream}`, '');
      connection.publish(`${api}.CONSUMER.DELETE.${stream}.any`, '');
    }
  }
  await send(connection, '$JS.API.INFO', '');
  expect(await stored()).toEqual(before);
});

test('a service reads, follows and writes through its own account, and another reads what it wrote', async () => {
  await using connection = await as('signaling');
  await using own = openEventLog({ connection, tenant: 'test' });
  const after = await own.lastSequence();
  await using reader = await as('reporting');
  await using reading = openEventLog({ connection: reader, tenant: 'test' });
  const abort = new AbortController();
  const follow = reading.follow({ after, signal: abort.signal });
  const first = follow[Symbol.asyncIterator]().next();
  const commit = {
    callId: call,
    writer: 'signaling',
    id: `${call}.signaling.SWITCH.x`,
    causation: { source: 'SWITCH', id: 'x', sequence: null },
    events: [keyPressed(call, '3')],
    expectedSequence: 0,
  } as const;
  const { sequence } = await own.append(commit);
  expect(await first).toMatchObject({ value: { sequence, callId: call } });
  expect(await reading.load(call)).toHaveLength(1);
  abort.abort();
});

test('a message that names itself by headers of the server is read by its true place, and not as a commit', async () => {
  const forged = headers();
  forged.set('Nats-Subject', callSubject(call, 'recording-consent'));
  forged.set('Nats-Sequence', '999999');
  const after = await log.lastSequence();
  await using connection = await as('supervision');
  await send(connection, callSubject(call, 'supervision'), allowed('recording-consent'), { headers: forged });
  const subject = callSubject(call, 'supervision');
  expect(await log.read(call)).toMatchObject([
    { subject, sequence: after + 1, problem: 'It carries headers that only the server makes' },
  ]);
  const abort = new AbortController();
  for await (const message of log.follow({ after, signal: abort.signal })) {
    expect(isUnreadable(message) && message.subject).toBe(subject);
    expect(message.sequence).toBe(after + 1);
    break;
  }
});

test('an id that another writer took first keeps nobody from writing', async () => {
  await using consent = await as('recording-consent');
  await using own = openEventLog({ connection: consent, tenant: 'test' });
  const id = `${call}.recording-consent.TIMER.x`;
  const taken = headers();
  for (const name of ['Nats-Msg-Id', 'Earshot-Id']) taken.set(name, id);
  await using connection = await as('supervision');
  await send(connection, callSubject(call, 'supervision'), '{}', { headers: taken });
  const commit = {
    callId: call,
    writer: 'recording-consent',
    id,
    causation: { source: 'TIMER', id: 'x', sequence: null },
    events: [
      {
        type: 'RecordingPolicyApplied',
        occurredAt: at,
        actor: { kind: 'service', service: 'recording-consent' },
        data: { setting: 'never', settingVersion: 1, greeting: null, keyCounts: false },
      },
    ],
    expectedSequence: 0,
  } as const;
  const { sequence } = await own.append(commit);
  expect(await own.load(call, ['recording-consent'])).toMatchObject([{ sequence, id }]);
});

test('a dead letter is stored also when another service took its id first', async () => {
  const taken = headers();
  taken.set('Nats-Msg-Id', `supervision.${call}`);
  await using other = await as('reporting');
  await send(other, deadLetterSubject('reporting'), '{}', { headers: taken });
  const before = (await stored())['DEAD_LETTERS'] ?? 0;
  await using own = await as('supervision');
  await openCoordination(own).deadLetters.add({
    service: 'supervision',
    stream: 'CALLS',
    sequence: 1,
    callId: call,
    cause: call,
    problem: 'y',
  });
  expect((await stored())['DEAD_LETTERS']).toBe(before + 1);
});

test('no header makes the server remove, hide, date or count anything', async () => {
  await using connection = await as('signaling');
  await using own = openEventLog({ connection, tenant: 'test' });
  const commit = {
    callId: call,
    writer: 'signaling',
    id: `${call}.signaling.SWITCH.x`,
    causation: { source: 'SWITCH', id: 'x', sequence: null },
    events: [keyPressed(call, '3')],
    expectedSequence: 0,
  } as const;
  await own.append(commit);
  const before = await stored();
  for (const [name, value] of [
    ['Nats-Rollup', 'all'],
    ['Nats-Rollup', 'sub'],
    ['Nats-TTL', '1'],
    ['Nats-Schedule', '@every 1s'],
    ['Nats-Incr', '1'],
    ['KV-Operation', 'PURGE'],
  ] as const) {
    const odd = headers();
    odd.set(name, value);
    if (name === 'Nats-Schedule') odd.set('Nats-Schedule-Target', callSubject(call, 'recording-consent'));
    await send(connection, callSubject(call, 'signaling'), '{}', { headers: odd });
  }
  expect((await stored())['SETTINGS']).toEqual(before['SETTINGS']);
  expect((await log.read(call)).filter((one) => !isUnreadable(one))).toMatchObject([{ id: commit.id }]);
});

test('the same message, told as it is stored, is no commit either', async () => {
  const forged = headers();
  forged.set('Nats-Subject', callSubject(call, 'recording-consent'));
  forged.set('Nats-Sequence', `${(await log.lastSequence()) + 1}`);
  const abort = new AbortController();
  const told = log.follow({ after: await log.lastSequence(), signal: abort.signal })[Symbol.asyncIterator]();
  const first = told.next();
  await using connection = await as('supervision');
  await send(connection, callSubject(call, 'supervision'), allowed('recording-consent'), { headers: forged });
  expect((await first).value).toMatchObject({
    subject: callSubject(call, 'supervision'),
    problem: 'It carries headers that only the server makes',
  });
  abort.abort();
});

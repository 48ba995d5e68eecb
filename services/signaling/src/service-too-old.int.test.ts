import { callSubject, type CallId } from '@earshot/contracts';
import { isUnreadable, openMemoryStore, type Coordination, type EventLog } from '@earshot/event-log';
import { createLogger } from '@earshot/service-kit';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { expect, it, vi } from 'vitest';
import { createSimulatedSwitch } from './adapters/simulated/simulated-switch.ts';
import { startSignaling, type Signaling } from './service.ts';

const customer = '+41795551001';
const settle = (condition: () => boolean | Promise<boolean>): Promise<void> =>
  vi.waitFor(
    async () => {
      if (!(await condition())) throw new Error('not yet');
    },
    { timeout: 5_000, interval: 5 },
  );

/** The same log for a program that can read everything in it, and makes nothing of what is new. */
const newerReader = (log: EventLog): EventLog =>
  new Proxy(log, {
    get: (target, name) => {
      if (name === 'read')
        return async (...about: Parameters<EventLog['read']>) =>
          (await target.read(...about)).filter((message) => !isUnreadable(message));
      if (name === 'follow')
        return async function* (options: Parameters<EventLog['follow']>[0]) {
          for await (const message of target.follow(options)) if (!isUnreadable(message)) yield message;
        };
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

const at = (): string => new Date().toISOString();
const actor = { kind: 'service', service: 'supervision' } as const;

/** Supervision lets a whisper begin that was asked for. @returns undefined: it was not asked for yet */
const whisperDecided = async (log: EventLog, callId: CallId): Promise<unknown> => {
  const events = (await log.load(callId, ['signaling'])).flatMap((commit) => commit.events);
  const asked = events.find((event) => event.type === 'SupervisionRequested');
  const talk = events.findLast((event) => event.type === 'ConversationChanged');
  const supervisedLegId = asked?.data.supervisedLegId;
  if (!asked || !talk || !supervisedLegId) return undefined;
  const { legId } = asked.data;
  const parties = talk.data.parties.map((party) => party.legId);
  const pairs = [
    ...parties.flatMap((listener) =>
      parties.filter((one) => one !== listener).map((speaker) => ({ listener, speaker })),
    ),
    ...parties.map((speaker) => ({ listener: legId, speaker })),
    { listener: supervisedLegId, speaker: legId },
  ];
  const { revision } = talk.data;
  return log.append({
    callId,
    writer: 'supervision',
    id: 'whisper',
    expectedSequence: 0,
    causation: { source: 'API', id: 'test', sequence: null },
    events: [
      {
        type: 'SupervisionStarted',
        occurredAt: at(),
        actor,
        data: { supervisionId: 's1', legId, supervisedLegId, mode: 'whisper' },
      },
      {
        type: 'TopologyChanged',
        occurredAt: at(),
        actor,
        data: { topologyId: `${callId}-t1`, revision, pairs },
      },
    ],
  });
};

const newerThanWeKnow = (callId: CallId) => ({
  id: 'newer',
  callId,
  tenant: 'test',
  recordedAt: at(),
  causation: { source: 'SWITCH', id: 'newer', sequence: null },
  events: [{ id: 'newer/0', type: 'SupervisionModeChanged', version: 99, occurredAt: at(), actor, data: {} }],
});

it('signaling that is too old for an event ends at once and leaves a supervised call as it is: a newer one takes it over, and the customer hears no whisper', async () => {
  const store = openMemoryStore();
  const { settings, log } = store.connect();
  const put = settings.put.bind(settings);
  const by = { actor: 'test' };
  await put('extensions', '1001', { name: 'A', outboundLineId: null }, by);
  await put('extensions', '1004', { name: 'B', outboundLineId: null }, by);
  const members = [{ extension: '1004', supervisor: false }];
  await put('ring-groups', 'support', { name: 'Support', members }, by);
  const route = { to: 'group', groupId: 'support' } as const;
  await put('lines', 'support', { number: '+41445550100', name: 'Support', type: 'phone', route }, by);
  await put('service-codes', 'whisper', { code: '*91', mode: 'whisper' }, by);
  const theSwitch = createSimulatedSwitch({ promptDurationMs: () => 20 });
  theSwitch.phones.extension('1004').script = { does: 'answer', afterMs: 20 };
  const view = await settings.view();
  const start = (of: { readonly log: EventLog; readonly coordination: Coordination }): Signaling =>
    startSignaling({
      ...{ log: of.log, coordination: of.coordination, settings: view, policyWaitMs: 0 },
      openSwitch: () => ({ ...theSwitch, [Symbol.asyncDispose]: async () => {} }),
      logger: createLogger({ service: 'signaling', instance: 'test', level: 'silent' }),
    });
  const old = start(store.connect());
  await old.term();
  const { coordination, log: readable } = store.connect();
  const newer = start({ coordination, log: newerReader(readable) });

  const { callId } = theSwitch.phones.outside(customer).dial('+41445550100');
  await settle(() => theSwitch.pairsHeard(callId).length === 2);
  theSwitch.phones.extension('1001').dial('*911004');
  await settle(async () => (await whisperDecided(log, callId)) !== undefined);
  await settle(() => theSwitch.pairsHeard(callId).length === 5);
  const heard = theSwitch.pairsHeard(callId);

  store.store.calls.add({
    subject: callSubject(callId, 'supervision'),
    id: 'newer',
    data: new TextEncoder().encode(JSON.stringify(newerThanWeKnow(callId))),
    trace: ROOT_CONTEXT,
  });
  await expect(old.failed).rejects.toThrow(/Upgrade signaling; it goes on at that place/);
  expect(theSwitch.pairsHeard(callId)).toEqual(heard);
  const begun = performance.now();
  await newer.term();
  // At once, not when a lease has run out.
  expect(performance.now() - begun).toBeLessThan(1_500);
  await newer.settled();
  expect(theSwitch.pairsHeard(callId)).toEqual(heard);
  await old[Symbol.asyncDispose]();
  await newer[Symbol.asyncDispose]();
});

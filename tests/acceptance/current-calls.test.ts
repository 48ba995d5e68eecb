import type { CurrentCall } from '@earshot/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withToken } from '../../infra/local/apply-settings.ts';
import {
  openStream,
  type StreamClient,
} from '../../services/supervision/src/current-calls/testing/stream-client.ts';
import { benjamin, connected, customer, lines, olivia, supervise } from './conversation.ts';
import { openStage, patienceMs, type Stage } from './stage.ts';

let stage: Stage;
let stream: StreamClient;

beforeAll(async () => {
  stage = await openStage();
  stream = await openStream(stage.system.services.supervision.url, withToken(stage.system.admin.token));
});
afterAll(async () => {
  await stream?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

const shown = (): CurrentCall | undefined => [...stream.client.calls.values()][0];
const becomes = (what: (call: CurrentCall) => unknown, value: unknown) =>
  expect
    .poll(
      () => {
        const call = shown();
        return call && what(call);
      },
      { timeout: patienceMs },
    )
    .toEqual(value);

it('a call appears in the list when it begins, shows who talks, whether it is recorded and who supervises, and vanishes with its end', async () => {
  const callId = await stage.phone(customer).dial(lines.support);
  await becomes(({ state }) => state, 'greeting');
  await stage.log.until('KeyWindowOpened', { callId, limitMs: patienceMs });
  await stage.phone(customer).press('3');
  await becomes(({ state }) => state, 'ringing');
  await stage.phone(olivia).answer();
  await connected(stage, callId);
  await becomes(({ state }) => state, 'talking');
  await becomes(({ recording }) => [recording.state, recording.reason], ['running', 'caller_opted_in']);
  expect(shown()).toMatchObject({
    id: callId,
    direction: 'inbound',
    line: { id: 'support', name: 'Support' },
    from: customer,
    group: { id: 'support', name: 'Support' },
    consent: { setting: 'opt_in', asked: true, choice: 'caller_opted_in' },
    supervisors: [],
    doubtful: false,
  });
  const [caller, agent] = ['customer', olivia].map((who) =>
    shown()?.parties.find(({ party, extension }) => (extension ?? party) === who),
  );
  expect([caller, agent]).toMatchObject([
    { number: customer, state: 'talking' },
    { name: 'Olivia', number: null, state: 'talking' },
  ]);
  const both = [`${caller?.legId} hears ${agent?.legId}`, `${agent?.legId} hears ${caller?.legId}`];
  await becomes(
    ({ hears }) => hears?.map(({ listener, speaker }) => `${listener} hears ${speaker}`).toSorted(),
    both.toSorted(),
  );

  await supervise(stage, callId);
  await becomes(
    ({ supervisors }) => supervisors.map(({ extension, name, mode }) => [extension, name, mode]),
    [[benjamin, 'Benjamin', 'spy']],
  );
  await becomes(({ hears }) => hears?.length, 4);

  await stage.phone(customer).hangUp();
  await expect.poll(() => stream.client.calls.size, { timeout: patienceMs }).toBe(0);
  const { ids } = stream.client;
  expect(new Set(ids).size).toBe(ids.length);
});

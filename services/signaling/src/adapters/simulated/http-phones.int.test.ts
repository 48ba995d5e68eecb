import { createHttpServer, createLogger, environmentToken, listenOn } from '@earshot/service-kit';
import { expect, test } from 'vitest';
import { virtualClock } from './clock.ts';
import { simulatedPhoneRoutes } from './http-phones.ts';
import { createSimulatedSwitch } from './simulated-switch.ts';

const token = 'correct-horse-battery-staple-and-more';

const start = async () => {
  const clock = virtualClock();
  const simulated = createSimulatedSwitch({ clock });
  await simulated.start(() => {});
  const logger = createLogger({ service: 'test', instance: 'one', into: { write: () => {} } });
  const server = await createHttpServer({
    name: 'simulated-phones',
    version: '1.0.0',
    logger,
    ready: () => true,
    signIn: environmentToken(token),
  });
  simulatedPhoneRoutes(server, simulated);
  const url = await listenOn(server, { HOST: '127.0.0.1', PORT: 0 });
  const ask = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${url}/simulated/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return {
    clock,
    simulated,
    ask,
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await simulated[Symbol.asyncDispose]();
    },
  };
};

test('a person calls, is answered and heard, presses a key and hangs up, all over HTTP', async () => {
  await using http = await start();
  await http.ask('PUT', 'phones/1004', { script: { does: 'wait' } });
  const {
    status,
    body: { callId, handle },
  } = await http.ask('POST', 'phones/+41795551001/dial', { to: '+41445550100' });
  expect(status).toBe(201);
  const [main, agent] = [`${String(callId)}-main`, `${String(callId)}-l2`];
  await http.simulated.perform({ op: 'answer', leg: String(handle) });
  await http.simulated.perform({
    op: 'ring',
    leg: agent,
    to: { kind: 'extension', extension: '1004' },
    callerNumber: '',
    ringForMs: 20_000,
  });
  expect((await http.ask('POST', 'phones/1004/answer')).body).toMatchObject({ state: 'talking' });
  await http.simulated.perform({ op: 'make-bridge', bridge: main });
  for (const participant of [String(handle), agent])
    await http.simulated.perform({ op: 'place', participant, bridge: main, keys: 'passed' });
  expect((await http.ask('GET', `hearing/${String(callId)}`)).body).toEqual({
    simulated: true,
    pairs: [
      { listener: '+41795551001', speaker: '1004' },
      { listener: '1004', speaker: '+41795551001' },
    ],
  });
  await http.ask('POST', 'phones/+41795551001/press', { key: '3' });
  http.clock.advance(200);
  expect((await http.ask('GET', 'phones')).body).toMatchObject({
    phones: [
      { number: '1004', keysHeard: ['3'] },
      { number: '+41795551001', keysHeard: [] },
    ],
  });
  expect((await http.ask('POST', 'phones/+41795551001/hang-up')).body).toMatchObject({
    state: 'idle',
    lastGone: 'hung_up',
  });
  expect((await http.ask('GET', `hearing/${String(callId)}`)).body).toEqual({ simulated: true, pairs: [] });
});

test('a phone says what it cannot do', async () => {
  await using http = await start();
  expect((await http.ask('POST', 'phones/1004/answer')).status).toBe(404);
  await http.ask('PUT', 'phones/1004', { script: { does: 'answer', afterMs: 500 } });
  expect(await http.ask('POST', 'phones/1004/answer')).toMatchObject({
    status: 409,
    body: { detail: 'A phone without a call cannot answer.' },
  });
  expect((await http.ask('POST', 'phones/1004/press', { key: 'x' })).status).toBe(422);
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { createAsteriskSwitch } from './asterisk-switch.ts';

const isBetween = (moment: string | undefined, from: number, to: number): void => {
  expect(Date.parse(moment ?? '')).toBeGreaterThanOrEqual(from);
  expect(Date.parse(moment ?? '')).toBeLessThanOrEqual(to);
};

/** What looks like an Asterisk with no calls, whose clock is so many ms before ours. */
const asteriskBefore = async (ms: number) => {
  const server = createServer((_, response) => {
    response.setHeader('date', new Date(Date.now() + ms).toUTCString());
    response.setHeader('content-type', 'application/json');
    response.end('[]');
  });
  const sockets = new WebSocketServer({ server });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const theSwitch = createAsteriskSwitch({
    ...{ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, app: 'earshot' },
    ...{ user: 'earshot', password: 'secret', greetingsFolder: '/greetings', isExtension: () => false },
  });
  return {
    theSwitch,
    tell: (type: string) => {
      const event = { type, timestamp: new Date(Date.now() + ms).toISOString() };
      for (const socket of sockets.clients) socket.send(JSON.stringify(event));
    },
    [Symbol.asyncDispose]: async () => {
      await theSwitch[Symbol.asyncDispose]();
      for (const socket of sockets.clients) socket.terminate();
      server.close();
      server.closeAllConnections();
    },
  };
};

it.each([
  ['five minutes before ours', 300_000],
  ['five minutes behind ours', -300_000],
])('until when it was heard, and what time it is, is of the clock of the switch: %s', async (_, ms) => {
  await using asterisk = await asteriskBefore(ms);
  const { theSwitch, tell } = asterisk;
  const begun = Date.now() + ms;
  await theSwitch.start(() => {});
  isBetween(theSwitch.heardAt(), begun - 1_000, Date.now() + ms);
  tell('ApplicationMoveFailed');
  await expect.poll(() => Date.parse(theSwitch.now()) - Date.now() - ms).toBeGreaterThan(-20);
  isBetween(theSwitch.now(), begun, Date.now() + ms);
  // A pong comes twice a second.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  isBetween(theSwitch.heardAt(), begun + 500, Date.now() + ms);
});

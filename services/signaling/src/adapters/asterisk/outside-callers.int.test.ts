import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { canRunAsterisk } from '@earshot/testkit/asterisk';
import { rawCallers, startPhone } from '@earshot/testkit/phones';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { limitMs, setStage, type Stage } from './testing/call-on-asterisk.ts';

const runnable = await canRunAsterisk();
if (!runnable.ok) console.warn(`NO REAL SWITCH IS TESTED: ${runnable.why}`);

const line = '+41445550100';

/** Passes SIP between one phone and the switch on, and notes what the switch answers. */
const sipRelayTo = async (switchPort: number) => {
  const socket = createSocket('udp4');
  const answers: { method: string; status: number }[] = [];
  let phonePort = 0;
  let established = '';
  socket.on('message', (message, from) => {
    if (from.port !== switchPort) {
      phonePort = from.port;
      return void socket.send(message, switchPort, '127.0.0.1');
    }
    const text = message.toString();
    const status = /^SIP\/2\.0 (\d+)/.exec(text)?.[1];
    const method = /^CSeq: \d+ (\w+)/im.exec(text)?.[1];
    if (status !== undefined && method !== undefined) answers.push({ method, status: Number(status) });
    if (status === '200' && method === 'INVITE') established = text;
    socket.send(message, phonePort, '127.0.0.1');
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    answersTo: (method: string) =>
      answers.filter((answer) => answer.method === method).map(({ status }) => status),
    /** Sends REFER within the phone's call, as the phone would. */
    refer: (to: string): void => {
      const port = socket.address().port;
      const header = (name: string): string =>
        new RegExp(`^${name}: .*$`, 'im').exec(established)?.[0].trim() ?? '';
      socket.send(
        [
          `REFER sip:127.0.0.1:${switchPort} SIP/2.0`,
          `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bKrefer${Date.now()}`,
          header('From'),
          header('To'),
          header('Call-ID'),
          `CSeq: ${Number(header('CSeq').split(' ')[1]) + 100} REFER`,
          'Max-Forwards: 70',
          `Contact: <sip:caller@127.0.0.1:${port}>`,
          `Refer-To: <sip:${to}@127.0.0.1:${switchPort}>`,
          'Content-Length: 0',
          '',
          '',
        ].join('\r\n'),
        switchPort,
        '127.0.0.1',
      );
    },
    [Symbol.asyncDispose]: async () => void socket.close(),
  };
};

describe.skipIf(!runnable.ok)('a caller outside, at a real Asterisk', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage();
  }, 180_000);
  afterAll(() => stage?.[Symbol.asyncDispose](), 60_000);

  it("who names itself like an extension is shown as anonymous, and has no extension's rights", async () => {
    for (const name of ['outside', 'anonymous', '1004x', '7777']) {
      const caller = await stage.rig.outside(name, 'silence');
      const since = stage.reports.length;
      await caller.dial('*901004');
      expect(await stage.reported('leg-arrived', since)).toMatchObject({
        from: { kind: 'outside', number: 'anonymous' },
      });
      await caller.hangUp();
      await stage.reported('leg-gone', since);
    }
  }, 60_000);

  it('who calls as an extension without its password is turned away before anybody is told', async () => {
    const caller = await stage.rig.outside('1004', 'silence');
    const since = stage.reports.length;
    await caller.dial('*901004');
    await caller.until('closed');
    expect(stage.reports.slice(since)).toEqual([]);
  }, 60_000);

  it('has five calls at a time and hears the busy tone at the sixth, which nobody is told of', async () => {
    const number = '+41795554000';
    const callers = await Promise.all(Array.from({ length: 6 }, () => stage.rig.outside(number, 'silence')));
    const since = stage.reports.length;
    const arrivals = () => stage.reports.slice(since).filter(({ type }) => type === 'leg-arrived');
    for (const caller of callers.slice(0, 5)) await caller.dial(line);
    await vi.waitFor(() => expect(arrivals()).toHaveLength(5), { timeout: limitMs });
    const [sixth, first] = [callers[5], callers[0]];
    await sixth?.dial(line);
    expect((await sixth?.until('closed'))?.detail).toMatch(/486|busy/i);
    expect(arrivals()).toHaveLength(5);
    expect((await stage.snapshot()).legs).toHaveLength(5);
    await first?.hangUp();
    await stage.reported('leg-gone', since);
    await sixth?.dial(line);
    await vi.waitFor(() => expect(arrivals()).toHaveLength(6), { timeout: limitMs });
    for (const caller of callers) await caller.hangUp();
    await vi.waitFor(async () => expect((await stage.snapshot()).legs).toEqual([]), { timeout: limitMs });
  }, 60_000);

  it('is not locked out by somebody elsewhere who claims its number in as many calls as one may have', async () => {
    const number = '+41795554001';
    const { sipPort: switchPort } = stage.rig.asterisk;
    await using thief = await rawCallers({ switchPort, to: line, address: '127.0.0.66' });
    const since = stage.reports.length;
    const arrivals = () => stage.reports.slice(since).filter(({ type }) => type === 'leg-arrived');
    for (let n = 0; n < 7; n += 1) thief.call(number);
    await vi.waitFor(() => expect(thief.statuses().filter((status) => status === 486)).toHaveLength(2), {
      timeout: limitMs,
    });
    expect(arrivals()).toHaveLength(5);
    const owner = await stage.rig.outside(number, 'silence');
    await owner.dial(line);
    await vi.waitFor(() => expect(arrivals()).toHaveLength(6), { timeout: limitMs });
    await owner.hangUp();
    await thief.hangUp();
    await vi.waitFor(async () => expect((await stage.snapshot()).legs).toEqual([]), { timeout: limitMs });
  }, 60_000);

  it('cannot make the switch call an outside number by REFER, and its call goes on', async () => {
    await using wire = await sipRelayTo(stage.rig.asterisk.sipPort);
    const trunk = await stage.rig.outside('+14155550100', 'silence');
    await using caller = await startPhone({
      root: stage.rig.asterisk.root,
      switchPort: wire.port,
      name: '+41795551009',
      tone: 'silence',
    });
    const { handle, callId } = await stage.dialled(caller, line);
    const [agent, bridge] = [`${callId}-l2`, `${callId}-main`];
    await stage.done({
      op: 'ring',
      leg: agent,
      to: { kind: 'extension', extension: '1004' },
      callerNumber: '',
      ringForMs: 10_000,
    });
    await stage.reported('leg-answered', 0, (report) => report.handle === agent);
    await stage.done(
      { op: 'make-bridge', bridge },
      { op: 'place', participant: handle, bridge, keys: 'passed' },
      { op: 'place', participant: agent, bridge, keys: 'passed' },
    );
    const before = stage.reports.length;
    await wait(500);
    wire.refer('+14155550100');
    await wait(2_000);
    // Asterisk without the module for it gives no answer; with it, 202 and a call to that number.
    expect(wire.answersTo('REFER').filter((status) => status < 400)).toEqual([]);
    expect(trunk.events.filter(({ type }) => type === 'incoming')).toEqual([]);
    expect(stage.reports.slice(before).filter(({ type }) => type === 'leg-arrived')).toEqual([]);
    expect((await stage.snapshot()).legs.map((leg) => leg.handle).toSorted()).toEqual(
      [handle, agent].toSorted(),
    );
    await stage.done({ op: 'hang-up', leg: agent });
  }, 60_000);

  it('finds voice and signalling on loopback only, and the folder of the switch closed to others', async () => {
    await stage.conversation();
    const { pid, sipPort } = stage.rig.asterisk;
    const own = `pid=${readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()},`;
    const sockets = execFileSync('ss', ['-Hlnup'], { encoding: 'utf8' })
      .split('\n')
      .filter((row) => row.includes(own))
      .map((row) => row.trim().split(/\s+/)[3] ?? '');
    const portOf = (address: string): number => Number(address.split(':').at(-1));
    // Besides these Asterisk has two sockets of ports that nobody chose, for questions to name servers.
    const calls = sockets.filter(
      (address) => portOf(address) === sipPort || (portOf(address) >= 16_384 && portOf(address) <= 32_767),
    );
    expect(calls.length).toBeGreaterThan(2);
    expect(calls.filter((address) => !address.startsWith('127.0.0.1:'))).toEqual([]);
    expect(statSync(dirname(dirname(stage.rig.asterisk.logPath))).mode & 0o777).toBe(0o700);
  });
});

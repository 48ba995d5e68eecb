import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';

/** One call by bare SIP messages. */
interface RawCall {
  readonly invite: string;
  /** Final answer to the INVITE; undefined: none yet. */
  status?: number;
  /** Whether it was let go by either side. */
  isOver: boolean;
  /** `To` of the answer, with the other side's tag. */
  to?: string;
}

/** Many callers from one address, who say to be whomever they want: no phones, only SIP messages. They hear and say nothing. */
export interface RawCallers extends AsyncDisposable {
  /** Calls once under this number. */
  call(number: string): void;
  /** Final answers so far (200, 486, …), in the order of the calls; undefined: none yet. */
  statuses(): readonly (number | undefined)[];
  /** Ends every call, and resolves when that was sent. */
  hangUp(): Promise<void>;
}

export interface RawCallersOptions {
  readonly switchPort: number;
  readonly to: string;
  /** Any address of loopback: the switch sees it as where the calls come from. */
  readonly address: string;
}

const headerOf = (text: string, name: string): string =>
  new RegExp(`^${name}: (.*)$`, 'im').exec(text)?.[1]?.trim() ?? '';

const linesOf = (...lines: readonly string[]): string => [...lines, '', ''].join('\r\n');

/** From where to where calls go. */
interface Way {
  readonly target: string;
  readonly address: string;
  readonly port: number;
}

const inviteOf = ({ target, address, port }: Way, id: string, number: string): string => {
  const origin = [`o=- 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`];
  const sdp = ['v=0', ...origin, 't=0 0', 'm=audio 9 RTP/AVP 0', ''].join('\r\n');
  return [
    `INVITE ${target} SIP/2.0`,
    `Via: SIP/2.0/UDP ${address}:${port};branch=z9hG4bK${id}`,
    `From: <sip:${number}@${address}>;tag=${id}`,
    `To: <${target}>`,
    `Call-ID: ${id}`,
    'CSeq: 1 INVITE',
    'Max-Forwards: 70',
    `Contact: <sip:caller@${address}:${port}>`,
    'Content-Type: application/sdp',
    `Content-Length: ${Buffer.byteLength(sdp)}`,
    '',
    sdp,
  ].join('\r\n');
};

/** A request that belongs to a call: like its INVITE, but of this method. */
const followOf = ({ target }: Way, { invite, to }: RawCall, method: 'ACK' | 'BYE' | 'CANCEL'): string =>
  linesOf(
    `${method} ${target} SIP/2.0`,
    `Via: ${headerOf(invite, 'Via')}${method === 'BYE' ? '.bye' : ''}`,
    `From: ${headerOf(invite, 'From')}`,
    `To: ${to ?? headerOf(invite, 'To')}`,
    `Call-ID: ${headerOf(invite, 'Call-ID')}`,
    `CSeq: ${method === 'BYE' ? 2 : 1} ${method}`,
    'Max-Forwards: 70',
    'Content-Length: 0',
  );

const okTo = (request: string): string =>
  linesOf(
    'SIP/2.0 200 OK',
    ...['Via', 'From', 'To', 'Call-ID', 'CSeq'].map((name) => `${name}: ${headerOf(request, name)}`),
    'Content-Length: 0',
  );

/** Takes in what the switch sent about a call. @returns what is to be sent to it, if anything */
const takeIn = (way: Way, call: RawCall, text: string): string | undefined => {
  const status = Number(/^SIP\/2\.0 (\d+)/.exec(text)?.[1] ?? Number.NaN);
  if (Number.isNaN(status)) {
    call.isOver ||= text.startsWith('BYE');
    return okTo(text);
  }
  if (status < 200 || !headerOf(text, 'CSeq').endsWith('INVITE')) return undefined;
  call.status = status;
  call.isOver ||= status >= 300;
  call.to = headerOf(text, 'To');
  return followOf(way, call, 'ACK');
};

/** Opens a socket on an address of loopback from which calls can be made. */
export const rawCallers = async ({ switchPort, to, address }: RawCallersOptions): Promise<RawCallers> => {
  const socket = createSocket('udp4');
  socket.bind(0, address);
  await once(socket, 'listening');
  const way: Way = { target: `sip:${to}@127.0.0.1:${switchPort}`, address, port: socket.address().port };
  const calls = new Map<string, RawCall>();
  const run = Math.random().toString(36).slice(2);
  const send = (text: string): void => void socket.send(text, switchPort, '127.0.0.1');
  socket.on('message', (message) => {
    const text = message.toString();
    const call = calls.get(headerOf(text, 'Call-ID'));
    const answer = call && takeIn(way, call, text);
    if (answer !== undefined) send(answer);
  });
  return {
    call: (number) => {
      const id = `${run}.${calls.size}`;
      const invite = inviteOf(way, id, number);
      calls.set(id, { invite, isOver: false });
      send(invite);
    },
    statuses: () => [...calls.values()].map(({ status }) => status),
    hangUp: async () => {
      for (const call of calls.values()) {
        if (call.isOver) continue;
        call.isOver = true;
        send(followOf(way, call, call.status === undefined ? 'CANCEL' : 'BYE'));
        await wait(2);
      }
    },
    [Symbol.asyncDispose]: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
};

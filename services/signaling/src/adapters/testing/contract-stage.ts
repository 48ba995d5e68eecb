import { createHash } from 'node:crypto';
import type { CallId } from '@earshot/contracts';
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';
import type { Asked, Outcome, SwitchOperation, SwitchReport, SwitchSnapshot } from '../../domain/switch.ts';
import type { OpenSwitch, TestPhone } from './test-phone.ts';

export type Report<T extends SwitchReport['type']> = Extract<SwitchReport, { type: T }>;
export interface Connected {
  readonly phone: TestPhone;
  readonly handle: string;
}

const greeting =
  'All our agents are talking to somebody. Please hold the line, you will be connected as soon as possible.';
/** An outside party, and the line it dials. */
export const caller = '+41795551001';
export const line = '+41445550100';

/** The switch under test, what it reported, and what is to be ended after each test. */
const openingFor = (open: () => Promise<OpenSwitch>, slowness: number) => {
  let opened: OpenSwitch;
  const reports: SwitchReport[] = [];
  const used = new Set<TestPhone>();
  const bridges = new Set<string>();
  const start = (): Promise<void> => opened.switch.start((report) => void reports.push(report));
  const snapshot = (asked: Partial<Asked> = {}): Promise<SwitchSnapshot> =>
    opened.switch.snapshot({ recorders: [], prompts: [], keysOf: [], ...asked });

  beforeAll(async () => {
    opened = await open();
    await start();
  }, 120_000);
  afterEach(async () => {
    for (const phone of used) await phone.hangUp();
    for (const bridge of bridges) await opened.switch.perform({ op: 'drop-bridge', bridge });
    await vi.waitFor(async () => expect((await snapshot()).legs).toEqual([]), {
      timeout: slowness,
      interval: 20,
    });
    used.clear();
    bridges.clear();
  }, 60_000);
  afterAll(() => opened?.close(), 60_000);

  return {
    theSwitch: () => opened.switch,
    takenByAnother: () => opened.takenByAnother(),
    reports,
    start,
    snapshot,
    perform: (operation: SwitchOperation): Promise<Outcome> => {
      if (operation.op === 'make-bridge') bridges.add(operation.bridge);
      return opened.switch.perform(operation);
    },
    phone: async (number: string): Promise<TestPhone> => {
      const { phones } = opened;
      const made = await (number.startsWith('+') ? phones.outside(number) : phones.registered(number));
      used.add(made);
      return made;
    },
  };
};
type Opening = ReturnType<typeof openingFor>;

/** What the switch told. */
const listeningTo = ({ reports }: Opening, slowness: number) => {
  const all = <T extends SwitchReport['type']>(type: T, fits: (report: Report<T>) => boolean): Report<T>[] =>
    reports.filter((report): report is Report<T> => report.type === type && fits(report as Report<T>));
  return {
    all,
    reported: <T extends SwitchReport['type']>(
      type: T,
      fits: (report: Report<T>) => boolean,
    ): Promise<Report<T>> =>
      vi.waitFor(
        () => {
          const found = all(type, fits)[0];
          if (!found) throw new Error(`No ${type} was reported`);
          return found;
        },
        { timeout: slowness, interval: 10 },
      ),
    typesAbout: (id: string): string[] =>
      reports
        .filter(
          (report) =>
            ('handle' in report && report.handle === id) ||
            ('promptId' in report && report.promptId === id) ||
            ('recordingId' in report && report.recordingId === id),
        )
        .map(({ type }) => type),
  };
};

const ordering = ({ perform }: Opening) => ({
  done: async (...operations: readonly SwitchOperation[]): Promise<void> => {
    for (const operation of operations)
      expect({ operation, ...(await perform(operation)) }).toEqual({ operation, outcome: 'done' });
  },
  refusedIs: async (operation: SwitchOperation): Promise<void> => {
    const outcome = await perform(operation);
    expect(outcome).toEqual({ outcome: 'refused', reason: expect.any(String) });
  },
});

const ringing = (leg: string, extension: string, ringForMs = 20_000): SwitchOperation => ({
  op: 'ring',
  leg,
  to: { kind: 'extension', extension },
  callerNumber: caller,
  ringForMs,
});
const seat = (
  participant: string,
  bridge: string,
  keys: 'absorbed' | 'passed' = 'passed',
): SwitchOperation => ({ op: 'place', participant, bridge, keys });
const play = (promptId: string, leg: string, text = greeting): SwitchOperation => ({
  op: 'play',
  promptId,
  leg,
  text,
  contentHash: createHash('sha256').update(text).digest('hex'),
});

/** Calls that begin, and parties who come to talk. */
const callingOn = (
  { phone, reports }: Opening,
  { reported }: ReturnType<typeof listeningTo>,
  { done }: ReturnType<typeof ordering>,
  slowness: number,
) => {
  let count = 0;
  const arrive = async (
    number: string,
    dialled = line,
  ): Promise<Connected & { callId: CallId; arrival: Report<'leg-arrived'> }> => {
    const dialling = await phone(number);
    const before = reports.length;
    await dialling.dial(dialled);
    const arrival = await reported('leg-arrived', (report) => reports.indexOf(report) >= before);
    return { phone: dialling, handle: arrival.handle, callId: arrival.callId, arrival };
  };
  const connect = async (number: string, dialled = line) => {
    const arrived = await arrive(number, dialled);
    await done({ op: 'answer', leg: arrived.handle });
    await reported('leg-answered', ({ handle }) => handle === arrived.handle);
    return arrived;
  };
  const rung = async (callId: CallId, extension: string, ringForMs?: number): Promise<Connected> => {
    const called = await phone(extension);
    const handle = `${callId}-l${(count += 1) + 1}`;
    await done(ringing(handle, extension, ringForMs));
    return { phone: called, handle };
  };
  const pickUp = async (leg: Connected): Promise<void> => {
    await vi.waitFor(() => leg.phone.answer(), { timeout: slowness, interval: 50 });
    await reported('leg-answered', ({ handle }) => handle === leg.handle);
  };
  const answered = async (callId: CallId, extension: string): Promise<Connected> => {
    const leg = await rung(callId, extension);
    await pickUp(leg);
    return leg;
  };
  return {
    ...{ arrive, connect, rung, pickUp, answered },
    conversation: async () => {
      const customer = await connect(caller);
      const agent = await answered(customer.callId, '1004');
      const main = `${customer.callId}-main`;
      await done({ op: 'make-bridge', bridge: main }, seat(customer.handle, main), seat(agent.handle, main));
      return { customer, agent, main, callId: customer.callId };
    },
  };
};

/** Each phone by name, and whom it shall hear; waits until it is so, and fails when it never is. */
const hearingWithin =
  (slowness: number) =>
  async (
    phones: Readonly<Record<string, Connected>>,
    wanted: Readonly<Record<string, readonly string[]>>,
  ): Promise<void> => {
    await vi.waitFor(
      async () => {
        const heard: Record<string, string[]> = {};
        for (const [listener, { phone: ear }] of Object.entries(phones)) {
          heard[listener] = [];
          for (const [speaker, { phone: mouth }] of Object.entries(phones))
            if (ear !== mouth && (await ear.hears(mouth))) heard[listener].push(speaker);
        }
        expect(heard).toEqual(wanted);
      },
      { timeout: slowness, interval: 50 },
    );
  };

/** A private bridge with a snoop on the agent in it, and the supervisor put there. */
const supervisingBy =
  ({ done }: ReturnType<typeof ordering>) =>
  async (
    callId: CallId,
    name: string,
    supervisor: Connected,
    on: string,
    speaksTo: 'nobody' | 'leg',
  ): Promise<{ snoop: string; bridge: string }> => {
    const [snoop, bridge] = [`${callId}-snoop-${name}`, `${callId}-private-${name}`];
    await done(
      { op: 'make-bridge', bridge },
      { op: 'make-snoop', snoop, on, speaksTo },
      seat(snoop, bridge, 'absorbed'),
      seat(supervisor.handle, bridge, 'absorbed'),
    );
    return { snoop, bridge };
  };

/** What the tests of the contract do and wait for. Opens the switch once and ends every call after each test. */
export const stageFor = (open: () => Promise<OpenSwitch>, slowness: number) => {
  const opening = openingFor(open, slowness);
  const listening = listeningTo(opening, slowness);
  const orders = ordering(opening);
  const { theSwitch, takenByAnother, start, snapshot, perform } = opening;
  return {
    ...{ theSwitch, takenByAnother, start, snapshot, perform, ringing, seat, play },
    ...listening,
    ...orders,
    ...callingOn(opening, listening, orders, slowness),
    hearing: hearingWithin(slowness),
    supervise: supervisingBy(orders),
  };
};

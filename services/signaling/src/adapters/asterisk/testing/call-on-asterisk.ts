import { demoExtensions, startAsteriskRig, tones, type AsteriskRig } from '@earshot/testkit/asterisk';
import type { Phone } from '@earshot/testkit/phones';
import { expect, vi } from 'vitest';
import type { Switch, SwitchOperation, SwitchReport, SwitchSnapshot } from '../../../domain/switch.ts';
import { createAsteriskSwitch, type AsteriskSwitchOptions } from '../asterisk-switch.ts';
import { cuttableConnectionTo, type CuttableConnection } from './cuttable-connection.ts';

type Report<T extends SwitchReport['type']> = Extract<SwitchReport, { type: T }>;

/** How long something on a real switch may take until a test gives up, in ms. */
export const limitMs = 20_000;

/** A real Asterisk, the adapter by way of a connection that can be cut, and three phones: what tests of the adapter begin with. */
export type Stage = AsyncDisposable & {
  readonly rig: AsteriskRig;
  readonly connection: CuttableConnection;
  readonly theSwitch: Switch;
  readonly phones: { readonly customer: Phone; readonly agent: Phone; readonly supervisor: Phone };
  readonly reports: readonly SwitchReport[];
  readonly problems: readonly string[];
  /** A second process's adapter, straight to the switch. */
  another(options?: Partial<AsteriskSwitchOptions>): Switch;
  restart(): Promise<void>;
  reported<T extends SwitchReport['type']>(
    type: T,
    since?: number,
    fits?: (report: Report<T>) => boolean,
  ): Promise<Report<T>>;
  done(...operations: readonly SwitchOperation[]): Promise<void>;
  snapshot(): Promise<SwitchSnapshot>;
  /** A phone that dialled and was answered. */
  dialled(phone: Phone, number: string): Promise<Report<'leg-arrived'>>;
  /** The customer and the agent talking. */
  conversation(): Promise<{
    readonly customer: string;
    readonly agent: string;
    readonly callId: string;
    readonly main: string;
  }>;
};

const reporting =
  (reports: readonly SwitchReport[]): Stage['reported'] =>
  (type, since = 0, fits = () => true) =>
    vi.waitFor(
      () => {
        const found = reports
          .slice(since)
          .find(
            (report): report is Report<typeof type> =>
              report.type === type && fits(report as Report<typeof type>),
          );
        if (!found) throw new Error(`No ${type} was reported`);
        return found;
      },
      { timeout: limitMs, interval: 10 },
    );

const converse = async (
  { dialled, done, reported }: Pick<Stage, 'dialled' | 'done' | 'reported'>,
  customer: Phone,
): ReturnType<Stage['conversation']> => {
  const { handle: from, callId } = await dialled(customer, '+41445550100');
  const [to, main] = [`${callId}-l2`, `${callId}-main`];
  await done({
    op: 'ring',
    leg: to,
    to: { kind: 'extension', extension: '1004' },
    callerNumber: '+41795551001',
    ringForMs: 10_000,
  });
  await reported('leg-answered', 0, ({ handle }) => handle === to);
  await done(
    { op: 'make-bridge', bridge: main },
    { op: 'place', participant: from, bridge: main, keys: 'passed' },
    { op: 'place', participant: to, bridge: main, keys: 'passed' },
  );
  return { customer: from, agent: to, callId, main };
};

export const setStage = async (options: Partial<AsteriskSwitchOptions> = {}): Promise<Stage> => {
  await using building = new AsyncDisposableStack();
  const rig = building.use(await startAsteriskRig());
  const { url, ariUser: user, ariPassword: password, app, greetings } = rig.asterisk;
  const connection = building.use(await cuttableConnectionTo(url));
  const reports: SwitchReport[] = [];
  const problems: string[] = [];
  const access = {
    url: connection.url,
    user,
    password,
    app,
    greetingsFolder: greetings,
    isExtension: (endpoint: string) => demoExtensions.includes(endpoint),
    onProblem: (text: string) => void problems.push(text),
    ...options,
  };
  const theSwitch = building.use(createAsteriskSwitch(access));
  const restart = (): Promise<void> => theSwitch.start((report) => void reports.push(report));
  await restart();
  const [customer, agent, supervisor] = await Promise.all([
    rig.outside('+41795551001', tones.customer),
    rig.extension('1004', tones.agent, { answerAfterMs: 50 }),
    rig.extension('1001', tones.supervisor),
  ]);
  const reported = reporting(reports);
  const done: Stage['done'] = async (...operations) => {
    for (const operation of operations)
      expect({ operation, ...(await theSwitch.perform(operation)) }).toEqual({ operation, outcome: 'done' });
  };
  const dialled: Stage['dialled'] = async (phone, number) => {
    const since = reports.length;
    await phone.dial(number);
    const arrival = await reported('leg-arrived', since);
    await done({ op: 'answer', leg: arrival.handle });
    await phone.until('established');
    return arrival;
  };
  const stack = building.move();
  return {
    rig,
    connection,
    theSwitch,
    reports,
    problems,
    restart,
    reported,
    done,
    dialled,
    phones: { customer, agent, supervisor },
    another: (changes = {}) => stack.use(createAsteriskSwitch({ ...access, url, ...changes })),
    snapshot: () => theSwitch.snapshot({ recorders: [], prompts: [], keysOf: [] }),
    conversation: () => converse({ dialled, done, reported }, customer),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
};

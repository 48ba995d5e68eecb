import { setTimeout as wait } from 'node:timers/promises';
import {
  canRunAsterisk,
  demoExtensions,
  startAsteriskRig,
  tones,
  type AsteriskRig,
} from '@earshot/testkit/asterisk';
import { toneReport, type Phone } from '@earshot/testkit/phones';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Switch, SwitchOperation, SwitchReport } from '../../domain/switch.ts';
import { createAsteriskSwitch } from './asterisk-switch.ts';
import { cuttableConnectionTo, type CuttableConnection } from './testing/cuttable-connection.ts';

const runnable = await canRunAsterisk();
if (!runnable.ok) console.warn(`NO REAL SWITCH IS TESTED: ${runnable.why}`);

const isExtension = (endpoint: string): boolean => demoExtensions.includes(endpoint);
const limitMs = 15_000;
/** What a phone hears reaches its file this much later than it was said, at most: its jitter buffer, and the disk. */
const settlingMs = 400;
/** Every change from one mode to another is in it. */
const modes = ['spy', 'whisper', 'barge', 'spy', 'barge', 'whisper', 'spy'] as const;

describe.skipIf(!runnable.ok)('a real Asterisk', () => {
  let rig: AsteriskRig;
  let connection: CuttableConnection;
  let theSwitch: Switch;
  let phones: { customer: Phone; agent: Phone; supervisor: Phone };
  const reports: SwitchReport[] = [];

  beforeAll(async () => {
    rig = await startAsteriskRig();
    const { url, ariUser: user, ariPassword: password, app, greetings } = rig.asterisk;
    connection = await cuttableConnectionTo(url);
    theSwitch = createAsteriskSwitch({
      url: connection.url,
      user,
      password,
      app,
      greetingsFolder: greetings,
      isExtension,
    });
    await theSwitch.start((report) => void reports.push(report));
    const [customer, agent, supervisor] = await Promise.all([
      rig.outside('+41795551001', tones.customer),
      rig.extension('1004', tones.agent, { answerAfterMs: 50 }),
      rig.extension('1001', tones.supervisor),
    ]);
    phones = { customer, agent, supervisor };
  }, 180_000);
  afterAll(async () => {
    await theSwitch?.[Symbol.asyncDispose]();
    await connection?.[Symbol.asyncDispose]();
    await rig?.[Symbol.asyncDispose]();
  }, 60_000);

  const reported = <T extends SwitchReport['type']>(
    type: T,
    since = 0,
  ): Promise<Extract<SwitchReport, { type: T }>> =>
    vi.waitFor(
      () => {
        const found = reports
          .slice(since)
          .find((report): report is Extract<SwitchReport, { type: T }> => report.type === type);
        if (!found) throw new Error(`No ${type} was reported`);
        return found;
      },
      { timeout: limitMs, interval: 10 },
    );
  const done = async (...operations: readonly SwitchOperation[]): Promise<void> => {
    for (const operation of operations)
      expect({ operation, ...(await theSwitch.perform(operation)) }).toEqual({ operation, outcome: 'done' });
  };
  const dialled = async (phone: Phone, number: string) => {
    const since = reports.length;
    await phone.dial(number);
    const arrival = await reported('leg-arrived', since);
    await done({ op: 'answer', leg: arrival.handle });
    await phone.until('established');
    return arrival;
  };

  let call: { customer: string; agent: string; callId: string; main: string };

  it('connects a customer with an agent', async () => {
    const { handle: customer, callId } = await dialled(phones.customer, '+41445550100');
    const [agent, main] = [`${callId}-l2`, `${callId}-main`];
    await done({
      op: 'ring',
      leg: agent,
      to: { kind: 'extension', extension: '1004' },
      callerNumber: '+41795551001',
      ringForMs: 10_000,
    });
    await vi.waitFor(
      () =>
        expect(reports.some((report) => report.type === 'leg-answered' && report.handle === agent)).toBe(
          true,
        ),
      { timeout: limitMs },
    );
    await done(
      { op: 'make-bridge', bridge: main },
      { op: 'place', participant: customer, bridge: main, keys: 'passed' },
      { op: 'place', participant: agent, bridge: main, keys: 'passed' },
    );
    await vi.waitFor(
      async () => {
        expect(
          toneReport(await phones.customer.heard(), [tones.agent]).windowsHearing(tones.agent).length,
        ).toBeGreaterThan(10);
        expect(
          toneReport(await phones.agent.heard(), [tones.customer]).windowsHearing(tones.customer).length,
        ).toBeGreaterThan(10);
      },
      { timeout: limitMs },
    );
    call = { customer, agent, callId, main };
  }, 60_000);

  /** All six changes of mode, by way of a private bridge that is prepared whole; answers when each change was made. */
  const changeThroughAllModes = async (supervisor: string, round: number) => {
    const changes: { mode: string; from: number; to: number }[] = [];
    let previous: { snoop: string; bridge: string } | undefined;
    for (const [place, mode] of modes.entries()) {
      const next = {
        snoop: `${call.callId}-snoop-${round}-${place}`,
        bridge: `${call.callId}-private-${round}-${place}`,
      };
      const bridge = mode === 'barge' ? call.main : next.bridge;
      const from = Date.now();
      if (mode !== 'barge') {
        await done(
          { op: 'make-bridge', bridge },
          {
            op: 'make-snoop',
            snoop: next.snoop,
            on: call.agent,
            speaksTo: mode === 'spy' ? 'nobody' : 'leg',
          },
          { op: 'place', participant: next.snoop, bridge, keys: 'absorbed' },
        );
      }
      await done({ op: 'place', participant: supervisor, bridge, keys: 'absorbed' });
      if (previous)
        await done(
          { op: 'drop-snoop', snoop: previous.snoop },
          { op: 'drop-bridge', bridge: previous.bridge },
        );
      changes.push({ mode, from, to: Date.now() });
      previous = mode === 'barge' ? undefined : next;
      await wait(300);
      await phones.supervisor.press(mode === 'spy' ? '0' : mode === 'whisper' ? '1' : '2');
      await wait(400);
    }
    if (previous)
      await done({ op: 'drop-snoop', snoop: previous.snoop }, { op: 'drop-bridge', bridge: previous.bridge });
    return changes;
  };

  it('changes between spy, whisper and barge: no frame lost by the parties, no trace of the supervisor at the customer', async () => {
    const { handle: supervisor } = await dialled(phones.supervisor, '*901004');
    const began = Date.now();
    const rounds = [await changeThroughAllModes(supervisor, 1), await changeThroughAllModes(supervisor, 2)];
    const all = [tones.customer, tones.agent, tones.supervisor];
    const [customer, agent] = [
      toneReport(await phones.customer.heard(), all),
      toneReport(await phones.agent.heard(), all),
    ];
    const changes = rounds.flat();

    const inBarge = changes.flatMap(({ mode, from }, place) =>
      mode === 'barge' ? [{ from, to: (changes[place + 1]?.to ?? Infinity) + settlingMs }] : [],
    );
    const leaked = customer
      .windowsWithTrace(tones.supervisor, began)
      .filter(({ at }) => !inBarge.some(({ from, to }) => at >= from && at < to));
    expect(leaked).toEqual([]);
    expect(customer.windowsHearing(tones.supervisor, began).length).toBeGreaterThan(60);

    // A busy machine loses a frame now and then by itself. What a change costs, it costs every time: a gap at the same change in both rounds.
    const gaps = [...customer.gaps(tones.agent, began), ...agent.gaps(tones.customer, began)];
    const costs = ({ from, to }: { from: number; to: number }): boolean =>
      gaps.some(({ at }) => at >= from - settlingMs / 4 && at < to + settlingMs);
    expect(modes.filter((_, place) => rounds.every((round) => round[place] && costs(round[place])))).toEqual(
      [],
    );
    if (gaps.length > 0)
      console.warn(`${gaps.length} windows of 20 ms were lost on this machine, at no change in both rounds`);

    expect(
      [...phones.customer.events, ...phones.agent.events].filter(({ type }) => type === 'key_received'),
    ).toEqual([]);
    expect(
      reports
        .filter((report) => report.type === 'key-pressed')
        .map(({ key }) => key)
        .join(''),
    ).toBe('01202100120210');
    await done({ op: 'hang-up', leg: supervisor });
  }, 60_000);

  it('records for as long as it says, also while keys are pressed, and passes the keys on', async () => {
    // No key twice in a row: baresip tells that once.
    const pressed = '4715';
    const recordingId = `${call.callId}-r1`;
    await done({ op: 'start-recorder', recordingId, bridge: call.main });
    for (const key of pressed) {
      await phones.customer.press(key);
      await wait(250);
    }
    await done({ op: 'stop-recorder', recordingId });
    const [started, stopped] = [await reported('recorder-started'), await reported('recorder-stopped')];
    expect(Math.abs(Date.parse(stopped.at) - Date.parse(started.at) - stopped.durationMs)).toBeLessThan(200);
    await vi.waitFor(
      () => {
        expect(
          phones.agent.events
            .filter(({ type }) => type === 'key_received')
            .map(({ detail }) => detail)
            .join(''),
        ).toBe(pressed);
      },
      { timeout: limitMs },
    );
  }, 60_000);

  it('tells unknown while it cannot be reached, and the call goes on', async () => {
    await wait(500);
    const cutAt = Date.now();
    connection.cut();
    expect((await theSwitch.perform({ op: 'make-bridge', bridge: `${call.callId}-other` })).outcome).toBe(
      'unknown',
    );
    await expect(theSwitch.snapshot({ recorders: [], prompts: [], keysOf: [] })).rejects.toThrow(
      'The switch did not tell what is true',
    );
    await wait(1_000);
    const since = reports.length;
    connection.mend();
    await reported('reconnected', since);
    const hearing = toneReport(await phones.customer.heard(), [tones.agent]);
    expect(hearing.gaps(tones.agent, cutAt)).toEqual([]);
    const snapshot = await theSwitch.snapshot({ recorders: [], prompts: [], keysOf: [] });
    expect(snapshot.bridges.find(({ bridge }) => bridge === call.main)?.participants.toSorted()).toEqual(
      [call.customer, call.agent].toSorted(),
    );
  }, 60_000);

  it('hands over a call that came while nobody was there, once somebody is', async () => {
    connection.cut();
    await wait(300);
    const since = reports.length;
    await phones.supervisor.dial('*901004');
    await wait(1_000);
    connection.mend();
    expect(await reported('leg-arrived', since)).toMatchObject({
      dialled: '*901004',
      from: { kind: 'extension', extension: '1001' },
    });
  }, 60_000);

  it('tells a process that takes over what runs', async () => {
    const { url, ariUser: user, ariPassword: password, app, greetings } = rig.asterisk;
    await theSwitch[Symbol.asyncDispose]();
    theSwitch = createAsteriskSwitch({ url, user, password, app, greetingsFolder: greetings, isExtension });
    const since = reports.length;
    await theSwitch.start((report) => void reports.push(report));
    const legs = (await theSwitch.snapshot({ recorders: [], prompts: [], keysOf: [] })).legs;
    expect(legs.find(({ handle }) => handle === call.customer)).toMatchObject({
      state: 'answered',
      arrival: { callId: call.callId, dialled: '+41445550100' },
    });
    expect(legs.find(({ handle }) => handle === call.agent)).toMatchObject({
      state: 'answered',
      arrival: null,
    });
    await phones.agent.hangUp();
    await reported('leg-gone', since);
  }, 60_000);

  it('says unknown to everything once it is dead', async () => {
    await rig.asterisk.kill();
    expect((await theSwitch.perform({ op: 'hang-up', leg: call.customer })).outcome).toBe('unknown');
    await expect(theSwitch.snapshot({ recorders: [], prompts: [], keysOf: [] })).rejects.toThrow(
      'The switch did not tell what is true',
    );
  }, 60_000);
});

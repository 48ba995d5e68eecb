import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isUnreadable, openMemoryStore, type Commit, type MemoryProcess } from '@earshot/event-log';
import { createLogger } from '@earshot/service-kit';
import { realClock, type Clock } from './adapters/simulated/clock.ts';
import { createSimulatedSwitch, type SimulatedSwitch } from './adapters/simulated/simulated-switch.ts';
import type { SimulatedPhone } from './adapters/simulated/phones.ts';
import type { Switch } from './domain/switch.ts';
import { openRecordingStore } from './orders/recording-store.ts';
import { startSignaling, type Signaling } from './service.ts';

const customer = '+41795551001';
const open: AsyncDisposable[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each[Symbol.asyncDispose]();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

const settle = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  await vi.waitFor(
    async () => {
      if (!(await condition())) throw new Error('not yet');
    },
    { timeout: 5_000, interval: 5 },
  );
};

/** A term's hold of a switch that lives longer than the term. */
const lend = (theSwitch: SimulatedSwitch): Switch => ({
  ...theSwitch,
  [Symbol.asyncDispose]: async () => {},
});

/** The switch's clock, some ms before or behind ours. */
const clockOff = (ms: number): Clock => {
  const clock = realClock();
  return { ...clock, now: () => clock.now() + ms };
};

const world = async (
  clockOffMs = 0,
): Promise<{
  process: MemoryProcess;
  store: ReturnType<typeof openMemoryStore>;
  theSwitch: SimulatedSwitch;
  start: () => Promise<Signaling>;
  types: () => Promise<string[]>;
}> => {
  const store = openMemoryStore();
  const process = store.connect();
  const { settings } = process;
  const put = (
    kind: Parameters<typeof settings.put>[0],
    id: string,
    value: Parameters<typeof settings.put>[2],
  ) => settings.put(kind, id, value, { actor: 'test' });
  for (const extension of ['1001', '1004', '1005'])
    await put('extensions', extension, { name: extension, outboundLineId: 'support' });
  await put('ring-groups', 'support', {
    name: 'Support',
    members: [{ extension: '1004', supervisor: false }],
  });
  await put('lines', 'support', {
    number: '+41445550100',
    name: 'Support',
    type: 'phone',
    route: { to: 'group', groupId: 'support' },
  });
  await put('greetings', 'available', { kind: 'available', language: 'en', text: 'Welcome.' });
  await put('service-codes', 'spy', { code: '*90', mode: 'spy' });
  const theSwitch = createSimulatedSwitch({ promptDurationMs: () => 20, clock: clockOff(clockOffMs) });
  theSwitch.phones.extension('1004').script = { does: 'answer', afterMs: 20 };
  const start = async (): Promise<Signaling> => {
    const signaling = startSignaling({
      log: process.log,
      coordination: process.coordination,
      settings: await settings.view(),
      openSwitch: () => lend(theSwitch),
      logger: createLogger({ service: 'signaling', instance: 'test', level: 'error' }),
      policyWaitMs: 0,
    });
    open.push(signaling);
    await signaling.term();
    return signaling;
  };
  const types = async (): Promise<string[]> => {
    const end = await process.log.lastSequence();
    const found: string[] = [];
    const stop = new AbortController();
    if (end > 0) {
      for await (const message of process.log.follow({ after: 0, signal: stop.signal })) {
        if (isUnreadable(message)) continue;
        found.push(...(message as Commit).events.map(({ type }) => type));
        if (message.sequence >= end) break;
      }
    }
    return found;
  };
  return { process, store, theSwitch, start, types };
};

describe('signaling with a switch and a log', () => {
  it('leads a caller through greeting and queue to an agent, and both hear each other', async () => {
    const { theSwitch, start, types } = await world();
    const signaling = await start();
    const phone = theSwitch.phones.outside(customer);
    const { callId } = phone.dial('+41445550100');
    await settle(() => theSwitch.pairsHeard(callId).length === 2);
    phone.hangUp();
    await settle(
      async () =>
        (await types()).includes('CallEnded') && theSwitch.phones.extension('1004').state === 'idle',
    );
    await signaling.settled();
    expect(await types()).toEqual([
      'CallStarted',
      'LegArrived',
      'RecordingPolicyMissed',
      'LegAnswered',
      'PromptRequested',
      'PromptStarted',
      'PromptEnded',
      'QueueEntered',
      'LegOffered',
      'LegAnswered',
      'ConversationChanged',
      'TopologyApplied',
      'LegEnded',
      'CallEnded',
      'LegEnded',
    ]);
    expect(theSwitch.pairsHeard()).toEqual([]);
  });

  it('hangs up a phone that dialled what leads nowhere', async () => {
    const { theSwitch, start, types } = await world();
    await start();
    const phone = theSwitch.phones.outside(customer);
    phone.dial('+41445559999');
    await settle(() => phone.state === 'idle');
    expect(await types()).toEqual([]);
  });

  it('tries a topology again until the switch carries it, and says both in the log', async () => {
    const { theSwitch, start, types } = await world();
    await start();
    const heal = theSwitch.faults.always(({ op }) => op === 'place', {
      outcome: 'unknown',
      reason: 'no answer',
      happens: false,
    });
    const phone = theSwitch.phones.outside(customer);
    const { callId } = phone.dial('+41445550100');
    await settle(async () => (await types()).includes('TopologyApplied'));
    heal();
    await settle(() => theSwitch.pairsHeard(callId).length === 2);
    await settle(async () => (await types()).filter((type) => type === 'TopologyApplied').length === 2);
  });

  it('does not take a leg for gone because the switch did not answer', async () => {
    const { theSwitch, start, types } = await world();
    const signaling = await start();
    const phone = theSwitch.phones.outside(customer);
    const { callId } = phone.dial('+41445550100');
    await settle(() => theSwitch.pairsHeard(callId).length === 2);
    theSwitch.faults.always(({ op }) => op === 'hang-up', {
      outcome: 'unknown',
      reason: 'no answer',
      happens: false,
    });
    phone.hangUp();
    await settle(async () => (await types()).includes('CallEnded'));
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    expect(theSwitch.phones.extension('1004').state).toBe('talking');
    expect((await types()).filter((type) => type === 'LegEnded')).toHaveLength(1);
    theSwitch.faults.clear();
    await settle(() => theSwitch.phones.extension('1004').state === 'idle');
    await signaling.settled();
  }, 20_000);

  it('records as soon as a decision stands, and stops by itself when a party leaves', async () => {
    const { process, theSwitch, start } = await world();
    await start();
    const phone = theSwitch.phones.outside(customer);
    const { callId } = phone.dial('+41445550100');
    await settle(() => theSwitch.pairsHeard(callId).length === 2);
    expect(theSwitch.recordings()).toEqual([]);
    await process.log.append({
      callId,
      writer: 'recording-consent',
      id: 'decision',
      expectedSequence: 0,
      causation: { source: 'API', id: 'test', sequence: null },
      events: [
        {
          type: 'RecordingAllowed',
          occurredAt: new Date().toISOString(),
          actor: { kind: 'service', service: 'recording-consent' },
          data: { recordingId: `${callId}-r1`, ground: 'line_always', windowId: null },
        },
      ],
    });
    await settle(() => theSwitch.recordings().length === 1);
    phone.hangUp();
    await settle(() => theSwitch.recordings().every(({ durationMs }) => durationMs !== null));
  });

  it('stands by, and says so, when a living process has the name it was given', async () => {
    const { store, process, theSwitch } = await world();
    const lines: string[] = [];
    const settings = await process.settings.view();
    const startAs = ({ log, coordination }: MemoryProcess): Signaling => {
      const into = { write: (line: string) => void lines.push(line) };
      const signaling = startSignaling({
        log,
        coordination,
        settings,
        openSwitch: () => lend(theSwitch),
        logger: createLogger({ service: 'signaling', instance: 'signaling-1', level: 'info', into }),
        owner: 'signaling-1',
        policyWaitMs: 0,
      });
      open.push(signaling);
      return signaling;
    };
    const term = await startAs(process).term();
    startAs(store.connect());
    await settle(() =>
      lines.some((line) => line.includes('Another living process of signaling is called signaling-1.')),
    );
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(lines.filter((line) => line.includes('this process is the master'))).toHaveLength(1);
    expect(term.whyNotAble()).toBeUndefined();
  });

  it('takes over a running call after it died, and learns what it missed', async () => {
    const { store, process, theSwitch, types } = await world();
    const first = store.connect();
    const dying = startSignaling({
      log: first.log,
      coordination: first.coordination,
      settings: await first.settings.view(),
      openSwitch: () => lend(theSwitch),
      logger: createLogger({ service: 'signaling', instance: 'dying', level: 'silent' }),
      owner: 'signaling-1',
      policyWaitMs: 0,
    });
    await dying.term();
    const phone = theSwitch.phones.outside(customer);
    const { callId } = phone.dial('+41445550100');
    await settle(() => theSwitch.pairsHeard(callId).length === 2);
    first.kill();
    store.store.expireLeases();
    expect(theSwitch.pairsHeard(callId)).toHaveLength(2);
    theSwitch.phones.extension('1004').hangUp();
    const second = startSignaling({
      log: process.log,
      coordination: process.coordination,
      settings: await process.settings.view(),
      openSwitch: () => lend(theSwitch),
      logger: createLogger({ service: 'signaling', instance: 'next', level: 'error' }),
      owner: 'signaling-1',
      policyWaitMs: 0,
    });
    open.push(second);
    await settle(async () => (await types()).includes('CallEnded') && phone.state === 'idle');
  });

  /** A recorded call of a process that then dies; what it did not see happens, and another takes over. */
  const takenOverWhileRecorded = async (
    happens: (
      theSwitch: SimulatedSwitch,
      phone: SimulatedPhone,
      types: () => Promise<string[]>,
    ) => Promise<void>,
    clockOffMs = 0,
  ) => {
    const { store, process, theSwitch, types } = await world(clockOffMs);
    const recordingsFolder = await mkdtemp(join(tmpdir(), 'earshot-recordings-'));
    folders.push(recordingsFolder);
    let isDead = false;
    /** Nothing reaches a process that is dead, and nothing comes of it. */
    const mortal = (): Switch => ({
      ...lend(theSwitch),
      start: (onReport) =>
        theSwitch.start((report) => {
          if (!isDead) onReport(report);
        }),
      perform: (operation) => (isDead ? new Promise(() => {}) : theSwitch.perform(operation)),
    });
    const processOf = async (connection: MemoryProcess, level: 'silent' | 'error'): Promise<Signaling> =>
      startSignaling({
        log: connection.log,
        coordination: connection.coordination,
        settings: await connection.settings.view(),
        openSwitch: level === 'silent' ? mortal : () => lend(theSwitch),
        logger: createLogger({ service: 'signaling', instance: 'test', level }),
        owner: 'signaling-1',
        policyWaitMs: 0,
        recordings: openRecordingStore(recordingsFolder),
      });
    const first = store.connect();
    await (await processOf(first, 'silent')).term();
    const phone = theSwitch.phones.outside(customer);
    const { callId } = phone.dial('+41445550100');
    await settle(() => theSwitch.pairsHeard(callId).length === 2);
    const recordingId = `${callId}-r1`;
    await process.log.append({
      callId,
      writer: 'recording-consent',
      id: 'decision',
      expectedSequence: 0,
      causation: { source: 'API', id: 'test', sequence: null },
      events: [
        {
          type: 'RecordingAllowed',
          occurredAt: new Date(Date.now() + clockOffMs).toISOString(),
          actor: { kind: 'service', service: 'recording-consent' },
          data: { recordingId, ground: 'line_always', windowId: null },
        },
      ],
    });
    await settle(async () => (await types()).includes('RecorderStarted'));
    await happens(theSwitch, phone, types);
    first.kill();
    store.store.expireLeases();
    isDead = true;
    return {
      theSwitch,
      phone,
      types,
      recordingId,
      takeOver: async () => {
        open.push(await processOf(process, 'error'));
        await settle(async () => (await types()).includes('RecordingCollected'));
        return JSON.parse(await readFile(join(recordingsFolder, `${recordingId}.json`), 'utf8')) as {
          durationMs: number;
          voices: { untilMs: number }[];
        };
      },
    };
  };

  it.each([
    ['ours', 0],
    ['five minutes before ours', 300_000],
    ['five minutes behind ours', -300_000],
  ])(
    'keeps of a recording what was allowed, and nothing from after an agent left whom nobody saw leave, as the process had died; with the clock of the switch %s',
    async (_, clockOffMs) => {
      const { theSwitch, phone, recordingId, takeOver, types } = await takenOverWhileRecorded(async () => {
        await new Promise((resolve) => setTimeout(resolve, 1_200));
      }, clockOffMs);
      theSwitch.phones.extension('1004').hangUp();
      const leftAt = Date.now() + clockOffMs - (theSwitch.recordings()[0]?.startedAt ?? 0);
      await new Promise((resolve) => setTimeout(resolve, 700));
      const kept = await takeOver();
      const recorded = theSwitch.recordings()[0]?.durationMs ?? 0;
      expect(recorded).toBeGreaterThan(leftAt + 600);
      expect(kept.durationMs).toBeLessThanOrEqual(leftAt);
      expect(kept.durationMs).toBeGreaterThan(leftAt - 800);
      expect(await theSwitch.recordingLength(recordingId)).toBeUndefined();
      await settle(() => phone.state === 'idle');
      expect(await types()).toContain('CallEnded');
    },
    20_000,
  );

  it('collects after a take-over what the process before it stopped and did not collect', async () => {
    const { theSwitch, recordingId, takeOver, types } = await takenOverWhileRecorded(
      async (simulated, phone, written) => {
        simulated.faults.always(({ op }) => op === 'discard-recording', {
          outcome: 'unknown',
          reason: 'no answer',
          happens: false,
        });
        await new Promise((resolve) => setTimeout(resolve, 300));
        phone.hangUp();
        await settle(async () => (await written()).includes('RecorderStopped'));
      },
    );
    expect(await types()).not.toContain('RecordingCollected');
    theSwitch.faults.clear();
    const kept = await takeOver();
    expect(kept.durationMs).toBeGreaterThan(200);
    expect(await theSwitch.recordingLength(recordingId)).toBeUndefined();
    expect((await types()).filter((type) => type === 'RecordingCollected')).toHaveLength(1);
  }, 20_000);
});

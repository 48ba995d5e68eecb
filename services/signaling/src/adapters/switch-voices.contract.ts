import { describe, expect, it, vi } from 'vitest';
import type { SwitchOperation } from '../domain/switch.ts';
import { caller, stageFor } from './testing/contract-stage.ts';
import type { OpenSwitch } from './testing/test-phone.ts';

const secondCaller = '+41795551002';

/** The part of the contract that is about who hears whom, and what is recorded. */
export const voicesContract = (name: string, open: () => Promise<OpenSwitch>, slowness: number): void => {
  describe(`the contract of a switch, voices: ${name}`, () => {
    const {
      theSwitch,
      takenByAnother,
      start,
      snapshot,
      perform,
      done,
      refusedIs,
      reported,
      typesAbout,
      connect,
      answered,
      seat,
      conversation,
      hearing,
      supervise,
    } = stageFor(open, slowness);
    const test = (title: string, run: () => Promise<void>): void =>
      void it(title, run, Math.max(60_000, slowness * 4));

    test('lets those in a bridge hear each other, and nobody when they are taken out or it is dropped', async () => {
      const { customer, agent, main } = await conversation();
      const both = { customer, agent };
      await done({ op: 'make-bridge', bridge: main }, seat(customer.handle, main));
      await hearing(both, { customer: ['agent'], agent: ['customer'] });
      const [bridge] = (await snapshot()).bridges.filter((seen) => seen.bridge === main);
      expect(bridge?.participants.toSorted()).toEqual([customer.handle, agent.handle].toSorted());
      await done(
        { op: 'take-out', participant: agent.handle, bridge: main },
        { op: 'take-out', participant: agent.handle, bridge: main },
      );
      await hearing(both, { customer: [], agent: [] });
      await done(seat(agent.handle, main));
      await hearing(both, { customer: ['agent'], agent: ['customer'] });
      await done({ op: 'drop-bridge', bridge: main }, { op: 'drop-bridge', bridge: main });
      await hearing(both, { customer: [], agent: [] });
      const after = await snapshot();
      expect(after.bridges.some((seen) => seen.bridge === main)).toBe(false);
      expect(after.legs.map(({ handle }) => handle).toSorted()).toEqual(
        [customer.handle, agent.handle].toSorted(),
      );
    });

    test('moves a leg out of the bridge it is in when it is placed into another', async () => {
      const { customer, agent, main, callId } = await conversation();
      const elsewhere = `${callId}-elsewhere`;
      await done({ op: 'make-bridge', bridge: elsewhere }, seat(agent.handle, elsewhere));
      await hearing({ customer, agent }, { customer: [], agent: [] });
      const seen = (await snapshot()).bridges;
      expect(seen).toContainEqual({ bridge: main, participants: [customer.handle] });
      expect(seen).toContainEqual({ bridge: elsewhere, participants: [agent.handle] });
    });

    test('lets a supervisor spy, whisper and barge', async () => {
      const { customer, agent, main, callId } = await conversation();
      const supervisor = await answered(callId, '1001');
      const phones = { customer, agent, supervisor };
      const talk = { customer: ['agent'], agent: ['customer'], supervisor: ['customer', 'agent'] };
      const spy = await supervise(callId, 'spy', supervisor, agent.handle, 'nobody');
      await hearing(phones, talk);
      await done({ op: 'make-snoop', snoop: spy.snoop, on: agent.handle, speaksTo: 'nobody' });
      expect((await snapshot()).snoops).toEqual([{ snoop: spy.snoop, on: agent.handle, speaksTo: 'nobody' }]);

      const whisper = await supervise(callId, 'whisper', supervisor, agent.handle, 'leg');
      await done(
        { op: 'drop-snoop', snoop: spy.snoop },
        { op: 'drop-snoop', snoop: spy.snoop },
        { op: 'drop-bridge', bridge: spy.bridge },
      );
      await hearing(phones, { ...talk, agent: ['customer', 'supervisor'] });
      expect((await snapshot()).snoops).toEqual([
        { snoop: whisper.snoop, on: agent.handle, speaksTo: 'leg' },
      ]);

      await done(
        seat(supervisor.handle, main, 'absorbed'),
        { op: 'drop-snoop', snoop: whisper.snoop },
        { op: 'drop-bridge', bridge: whisper.bridge },
      );
      await hearing(phones, {
        customer: ['agent', 'supervisor'],
        agent: ['customer', 'supervisor'],
        supervisor: ['customer', 'agent'],
      });
    });

    test('does not let a spying supervisor hear what another whispers', async () => {
      const { customer, agent, callId } = await conversation();
      const spying = await answered(callId, '1001');
      const whispering = await answered(callId, '1005');
      await supervise(callId, 'spy', spying, agent.handle, 'nobody');
      await supervise(callId, 'whisper', whispering, agent.handle, 'leg');
      await hearing(
        { customer, agent, spying, whispering },
        {
          customer: ['agent'],
          agent: ['customer', 'whispering'],
          spying: ['customer', 'agent'],
          whispering: ['customer', 'agent'],
        },
      );
    });

    test('lets a spying and a whispering supervisor hear who barges beside them, and who barges hear neither', async () => {
      const { customer, agent, main, callId } = await conversation();
      const spying = await answered(callId, '1001');
      const whispering = await answered(callId, '1005');
      const barging = await answered(callId, '2002');
      await supervise(callId, 'spy', spying, agent.handle, 'nobody');
      await supervise(callId, 'whisper', whispering, agent.handle, 'leg');
      await done(seat(barging.handle, main, 'absorbed'));
      const phones = { customer, agent, spying, whispering, barging };
      await hearing(phones, {
        customer: ['agent', 'barging'],
        agent: ['customer', 'whispering', 'barging'],
        spying: ['customer', 'agent', 'barging'],
        whispering: ['customer', 'agent', 'barging'],
        barging: ['customer', 'agent'],
      });
      await done(
        ...[spying, whispering].map(({ handle }, place): SwitchOperation => ({
          op: 'take-out',
          participant: handle,
          bridge: `${callId}-private-${['spy', 'whisper'][place]}`,
        })),
      );
      await hearing(phones, {
        customer: ['agent', 'barging'],
        agent: ['customer', 'barging'],
        spying: [],
        whispering: [],
        barging: ['customer', 'agent'],
      });
    });

    test('goes straight back and forth between two modes when every making has ids of its own', async () => {
      const { customer, agent, callId } = await conversation();
      const supervisor = await answered(callId, '1001');
      const phones = { customer, agent, supervisor };
      let before: { snoop: string; bridge: string } | undefined;
      for (const [turn, speaksTo] of (['nobody', 'leg', 'nobody', 'leg', 'nobody'] as const).entries()) {
        const now = await supervise(callId, `${turn}`, supervisor, agent.handle, speaksTo);
        if (before)
          await done({ op: 'drop-snoop', snoop: before.snoop }, { op: 'drop-bridge', bridge: before.bridge });
        before = now;
        await hearing(phones, {
          customer: ['agent'],
          supervisor: ['customer', 'agent'],
          agent: speaksTo === 'leg' ? ['customer', 'supervisor'] : ['customer'],
        });
      }
    });

    test('makes no bridge and no snoop under an id that was dropped', async () => {
      const { agent, callId } = await conversation();
      const supervisor = await answered(callId, '1001');
      const { snoop, bridge } = await supervise(callId, 'spy', supervisor, agent.handle, 'nobody');
      await done({ op: 'drop-snoop', snoop }, { op: 'drop-bridge', bridge });
      await refusedIs({ op: 'make-bridge', bridge });
      await refusedIs({ op: 'make-snoop', snoop, on: agent.handle, speaksTo: 'nobody' });
      await refusedIs(seat(supervisor.handle, bridge, 'absorbed'));
    });

    test('lets nobody hear a muted leg wherever it sits, and everybody who shall once it is unmuted', async () => {
      const { customer, agent, main, callId } = await conversation();
      const supervisor = await answered(callId, '1001');
      const phones = { customer, agent, supervisor };
      const [mute, unmute] = [
        { op: 'mute', leg: supervisor.handle },
        { op: 'unmute', leg: supervisor.handle },
      ] as const;
      const unheard = { customer: ['agent'], agent: ['customer'], supervisor: ['customer', 'agent'] };
      await done(seat(supervisor.handle, main, 'absorbed'));
      await hearing(phones, {
        ...unheard,
        customer: ['agent', 'supervisor'],
        agent: ['customer', 'supervisor'],
      });
      await done(mute, mute);
      await hearing(phones, unheard);
      await supervise(callId, 'whisper', supervisor, agent.handle, 'leg');
      await hearing(phones, unheard);
      await done(unmute, unmute);
      await hearing(phones, { ...unheard, agent: ['customer', 'supervisor'] });
    });

    test('does not let those who spy on a muted leg hear it, and reports its keys', async () => {
      const { customer, agent, callId } = await conversation();
      const supervisor = await answered(callId, '1001');
      await supervise(callId, 'spy', supervisor, agent.handle, 'nobody');
      await done({ op: 'mute', leg: agent.handle });
      await hearing(
        { customer, agent, supervisor },
        { customer: [], agent: ['customer'], supervisor: ['customer'] },
      );
      await agent.phone.press('5');
      expect(await reported('key-pressed', ({ handle }) => handle === agent.handle)).toMatchObject({
        key: '5',
      });
    });

    test('remembers the last key it was told to keep with a leg, also when another process has come and gone', async () => {
      const { customer, agent, callId } = await conversation();
      const supervisor = await answered(callId, '1001');
      const asked = { keysOf: [supervisor.handle, agent.handle, `${callId}-l99`] };
      expect((await snapshot(asked)).keys).toEqual([]);
      const kept = (key: string, at: string) => ({ handle: supervisor.handle, key, at });
      for (const { handle: leg, ...what } of [
        kept('1', '2026-01-05T09:00:00.000Z'),
        kept('0', '2026-01-05T09:00:01.250Z'),
      ])
        await done({ op: 'remember-key', leg, ...what });
      expect((await snapshot(asked)).keys).toEqual([kept('0', '2026-01-05T09:00:01.250Z')]);
      await takenByAnother();
      await reported('replaced', () => true);
      await start();
      expect((await snapshot(asked)).keys).toEqual([kept('0', '2026-01-05T09:00:01.250Z')]);
      await hearing(
        { customer, agent, supervisor },
        { customer: ['agent'], agent: ['customer'], supervisor: [] },
      );
      await refusedIs({
        op: 'remember-key',
        leg: `${callId}-l99`,
        key: '0',
        at: '2026-01-05T09:00:00.000Z',
      });
    });

    test("ends a snoop with the leg it is on, and leaves the supervisor's leg", async () => {
      const { customer, agent, callId } = await conversation();
      const supervisor = await answered(callId, '1001');
      await supervise(callId, 'spy', supervisor, agent.handle, 'nobody');
      await agent.phone.hangUp();
      await reported('leg-gone', ({ handle }) => handle === agent.handle);
      await vi.waitFor(async () => expect((await snapshot()).snoops).toEqual([]), {
        timeout: slowness,
        interval: 20,
      });
      await hearing({ customer, supervisor }, { customer: [], supervisor: [] });
      expect((await snapshot()).legs.map(({ handle }) => handle)).toContain(supervisor.handle);
    });

    test('lets keys through to the others in a bridge unless they are absorbed, and reports them either way', async () => {
      const { customer, agent, main, callId } = await conversation();
      const supervisor = await answered(callId, '1001');
      await done(seat(supervisor.handle, main, 'absorbed'));
      await supervisor.phone.press('1');
      expect(await reported('key-pressed', ({ handle }) => handle === supervisor.handle)).toMatchObject({
        key: '1',
      });
      await customer.phone.press('7');
      expect(await reported('key-pressed', ({ handle }) => handle === customer.handle)).toMatchObject({
        key: '7',
      });
      await vi.waitFor(async () => expect(await agent.phone.keysHeard()).toEqual(['7']), {
        timeout: slowness,
        interval: 50,
      });
      expect(await customer.phone.keysHeard()).toEqual([]);
    });

    test("does not let a whispering supervisor's key reach anybody", async () => {
      const { customer, agent, callId } = await conversation();
      const supervisor = await answered(callId, '1001');
      await supervise(callId, 'whisper', supervisor, agent.handle, 'leg');
      await supervisor.phone.press('2');
      expect(await reported('key-pressed', ({ handle }) => handle === supervisor.handle)).toMatchObject({
        key: '2',
      });
      await customer.phone.press('7');
      await vi.waitFor(async () => expect(await agent.phone.keysHeard()).toEqual(['7']), {
        timeout: slowness,
        interval: 50,
      });
      expect(await customer.phone.keysHeard()).toEqual([]);
    });

    test('records a bridge once, and tells how long', async () => {
      const { main, callId } = await conversation();
      const recordingId = `${callId}-r1`;
      const start: SwitchOperation = { op: 'start-recorder', recordingId, bridge: main };
      await done(start, start);
      await reported('recorder-started', (report) => report.recordingId === recordingId);
      expect((await snapshot({ recorders: [recordingId, `${callId}-r2`] })).recorders).toEqual([
        { recordingId, bridge: main },
      ]);
      expect(await theSwitch().recordingLength(recordingId)).toBeUndefined();
      await new Promise((resolve) => setTimeout(resolve, 300));
      await done({ op: 'stop-recorder', recordingId });
      const stopped = await reported('recorder-stopped', (report) => report.recordingId === recordingId);
      expect(stopped.durationMs).toBeGreaterThan(0);
      const length = await theSwitch().recordingLength(recordingId);
      expect(length).toBeGreaterThan(0);
      await done({ op: 'stop-recorder', recordingId });
      await refusedIs(start);
      expect(typesAbout(recordingId)).toEqual(['recorder-started', 'recorder-stopped']);
      expect((await snapshot({ recorders: [recordingId] })).recorders).toEqual([]);
      expect(await theSwitch().recordingLength(`${callId}-r2`)).toBeUndefined();
    });

    test('gives the part of a recording that is asked for, once it is finished, until it is discarded', async () => {
      const { main, callId } = await conversation();
      const recordingId = `${callId}-r1`;
      const discard: SwitchOperation = { op: 'discard-recording', recordingId };
      await done({ op: 'start-recorder', recordingId, bridge: main });
      await reported('recorder-started', (report) => report.recordingId === recordingId);
      await refusedIs(discard);
      await expect(theSwitch().readRecording(recordingId, { fromMs: 0, toMs: 1_000 })).rejects.toThrow(
        'recorder runs',
      );
      await new Promise((resolve) => setTimeout(resolve, 400));
      await done({ op: 'stop-recorder', recordingId });
      const { at, durationMs } = await reported(
        'recorder-stopped',
        (report) => report.recordingId === recordingId,
      );
      expect(at).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
      await vi.waitFor(() => theSwitch().readRecording(recordingId, { fromMs: 0, toMs: 0 }), {
        timeout: slowness,
        interval: 10,
      });
      for (const [fromMs, toMs, kept] of [
        [100, 250, 150],
        [0, 86_400_000, durationMs],
        [0, 0, 0],
        [86_000_000, 86_400_000, 0],
      ] as const) {
        const part = await theSwitch().readRecording(recordingId, { fromMs, toMs });
        expect(part?.fileName).toMatch(new RegExp(`^${recordingId}\\.[a-z]+$`));
        expect(part?.durationMs).toBe(kept);
        expect(Buffer.concat(await Array.fromAsync(part?.data ?? [])).length).toBeGreaterThan(40);
      }
      await done(discard, discard, { op: 'discard-recording', recordingId: `${callId}-r2` });
      expect(await theSwitch().readRecording(recordingId, { fromMs: 0, toMs: 1_000 })).toBeUndefined();
      expect(await theSwitch().recordingLength(recordingId)).toBeUndefined();
      await refusedIs({ op: 'start-recorder', recordingId, bridge: main });
    });

    test('stops a recorder with its bridge', async () => {
      const { main, callId } = await conversation();
      const recordingId = `${callId}-r1`;
      await done({ op: 'start-recorder', recordingId, bridge: main });
      await reported('recorder-started', (report) => report.recordingId === recordingId);
      await done({ op: 'drop-bridge', bridge: main });
      await reported('recorder-stopped', (report) => report.recordingId === recordingId);
      expect((await snapshot({ recorders: [recordingId] })).recorders).toEqual([]);
    });

    test('tells when another process takes it, does nothing then, and works again once it is started again', async () => {
      const { handle } = await connect(caller);
      expect(theSwitch().isConnected()).toBe(true);
      await takenByAnother();
      await reported('replaced', () => true);
      expect(theSwitch().isConnected()).toBe(false);
      expect(await perform({ op: 'hang-up', leg: handle })).toMatchObject({ outcome: 'unknown' });
      await expect(snapshot()).rejects.toThrow('switch');
      await start();
      expect(theSwitch().isConnected()).toBe(true);
      expect((await snapshot()).legs).toMatchObject([{ handle, state: 'answered' }]);
      await done({ op: 'hang-up', leg: handle });
      await reported('leg-gone', (report) => report.handle === handle);
    });

    test('keeps two calls apart', async () => {
      const { customer, agent } = await conversation();
      const other = await connect(secondCaller);
      const bridge = `${other.callId}-main`;
      await done({ op: 'make-bridge', bridge }, seat(other.handle, bridge));
      expect(other.callId).not.toBe(customer.callId);
      await hearing({ customer, agent, other }, { customer: ['agent'], agent: ['customer'], other: [] });
    });
  });
};

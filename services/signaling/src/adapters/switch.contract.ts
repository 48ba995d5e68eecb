import { isCallId } from '@earshot/contracts';
import { describe, expect, it, vi } from 'vitest';
import { caller, line, stageFor } from './testing/contract-stage.ts';
import type { OpenSwitch } from './testing/test-phone.ts';
import { voicesContract } from './switch-voices.contract.ts';

export type { OpenSwitch, PhoneDriver, TestPhone } from './testing/test-phone.ts';

/** An extension of the tenant at which the contract registers no phone. */
const unregistered = '2002';

/**
 * What every switch must do; an adapter passes this suite or is none. Opens the switch once for legs and prompts and once
 * for voices and recorders, and ends every call after
 * each test. `slowness` is how long the switch may take, in ms, until a test gives up.
 */
export const switchContract = (name: string, open: () => Promise<OpenSwitch>, slowness = 15_000): void => {
  describe(`the contract of a switch: ${name}`, () => {
    const {
      snapshot,
      done,
      refusedIs,
      all,
      reported,
      typesAbout,
      arrive,
      connect,
      ringing,
      rung,
      pickUp,
      seat,
      play,
    } = stageFor(open, slowness);
    const test = (title: string, run: () => Promise<void>): void =>
      void it(title, run, Math.max(60_000, slowness * 4));

    test('tells who dialled what from outside, and names the call', async () => {
      const { arrival, handle } = await arrive(caller);
      expect(arrival).toMatchObject({ dialled: line, from: { kind: 'outside', number: caller } });
      expect(isCallId(arrival.callId)).toBe(true);
      expect(arrival.at).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
      expect((await snapshot()).legs).toEqual([{ handle, state: 'arrived', arrival }]);
    });

    test('tells which extension dialled, service codes included', async () => {
      const { arrival } = await arrive('1001', '*901004');
      expect(arrival).toMatchObject({ dialled: '*901004', from: { kind: 'extension', extension: '1001' } });
    });

    test('answers a call that came in, reports it once, and hears of its end', async () => {
      const leg = await connect(caller);
      await done({ op: 'answer', leg: leg.handle });
      expect((await snapshot()).legs).toMatchObject([{ handle: leg.handle, state: 'answered' }]);
      await leg.phone.hangUp();
      expect(await reported('leg-gone', ({ handle }) => handle === leg.handle)).toMatchObject({
        reason: 'hung_up',
      });
      expect(typesAbout(leg.handle)).toEqual(['leg-arrived', 'leg-answered', 'leg-gone']);
    });

    test('does not answer a caller who hung up', async () => {
      const leg = await arrive(caller);
      await leg.phone.hangUp();
      await reported('leg-gone', ({ handle }) => handle === leg.handle);
      await refusedIs({ op: 'answer', leg: leg.handle });
    });

    test('hangs up, and takes a second wish to hang up as done', async () => {
      const leg = await connect(caller);
      await done({ op: 'hang-up', leg: leg.handle });
      expect(await reported('leg-gone', ({ handle }) => handle === leg.handle)).toMatchObject({
        reason: 'hung_up',
      });
      await done({ op: 'hang-up', leg: leg.handle });
      expect(all('leg-gone', ({ handle }) => handle === leg.handle)).toHaveLength(1);
    });

    test('refuses what needs a leg, bridge, prompt or recorder that is not there', async () => {
      const { callId, handle } = await connect(caller);
      const [nobody, nowhere] = [`${callId}-l99`, `${callId}-nowhere`];
      await refusedIs({ op: 'answer', leg: nobody });
      await refusedIs({ op: 'ring-back', leg: nobody });
      await refusedIs({ op: 'hang-up', leg: nobody });
      await refusedIs({ op: 'mute', leg: nobody });
      await refusedIs({ op: 'unmute', leg: nobody });
      await refusedIs(play(`${callId}-p99`, nobody));
      await refusedIs({ op: 'stop-prompt', promptId: `${callId}-p98` });
      await refusedIs({ op: 'start-waiting-music', leg: nobody });
      await refusedIs({ op: 'make-snoop', snoop: `${callId}-snoop-99`, on: nobody, speaksTo: 'nobody' });
      await refusedIs(seat(handle, nowhere));
      await done({ op: 'make-bridge', bridge: `${callId}-main` });
      await refusedIs(seat(nobody, `${callId}-main`));
      await refusedIs({ op: 'start-recorder', recordingId: `${callId}-r98`, bridge: nowhere });
      await refusedIs({ op: 'stop-recorder', recordingId: `${callId}-r99` });
    });

    test('takes the end of bridges, snoops, seats and music that are not there as done', async () => {
      const { callId, handle } = await connect(caller);
      await done(
        { op: 'drop-bridge', bridge: `${callId}-nowhere` },
        { op: 'drop-snoop', snoop: `${callId}-nothing` },
        { op: 'take-out', participant: handle, bridge: `${callId}-nowhere` },
        { op: 'stop-waiting-music', leg: handle },
      );
    });

    test('rings an extension once, which answers', async () => {
      const { callId, handle } = await arrive(caller);
      await done({ op: 'ring-back', leg: handle }, { op: 'ring-back', leg: handle });
      const agent = await rung(callId, '1004');
      await done(ringing(agent.handle, '1004'));
      expect((await snapshot()).legs).toContainEqual({
        handle: agent.handle,
        state: 'ringing',
        arrival: null,
      });
      await pickUp(agent);
      expect((await snapshot()).legs).toContainEqual({
        handle: agent.handle,
        state: 'answered',
        arrival: null,
      });
      await agent.phone.hangUp();
      expect(await reported('leg-gone', (report) => report.handle === agent.handle)).toMatchObject({
        reason: 'hung_up',
      });
      expect(typesAbout(agent.handle)).toEqual(['leg-answered', 'leg-gone']);
    });

    test('stops ringing when told to, and when the time is up', async () => {
      const { callId } = await arrive(caller);
      const cancelled = await rung(callId, '1004');
      await vi.waitFor(async () => expect((await snapshot()).legs).toHaveLength(2), { timeout: slowness });
      await done({ op: 'hang-up', leg: cancelled.handle });
      expect(await reported('leg-gone', ({ handle }) => handle === cancelled.handle)).toMatchObject({
        reason: 'hung_up',
      });
      const missed = await rung(callId, '1004', 2_000);
      expect(await reported('leg-gone', ({ handle }) => handle === missed.handle)).toMatchObject({
        reason: 'missed',
      });
    });

    test('tells a phone that declines from one that cannot be reached', async () => {
      const { callId } = await arrive(caller);
      const declined = await rung(callId, '1004');
      await vi.waitFor(() => declined.phone.decline(), { timeout: slowness, interval: 50 });
      expect(await reported('leg-gone', ({ handle }) => handle === declined.handle)).toMatchObject({
        reason: 'declined',
      });
      const leg = `${callId}-l77`;
      await done(ringing(leg, unregistered));
      expect(await reported('leg-gone', ({ handle }) => handle === leg)).toMatchObject({
        reason: 'unreachable',
      });
    });

    test('plays a prompt once and to its end', async () => {
      const { callId, handle } = await connect(caller);
      const promptId = `${callId}-p1`;
      await done(play(promptId, handle, 'Good morning.'), play(promptId, handle, 'Good morning.'));
      expect(await reported('prompt-ended', (report) => report.promptId === promptId)).toMatchObject({
        outcome: 'completed',
      });
      await done(play(promptId, handle, 'Good morning.'), { op: 'stop-prompt', promptId });
      expect(typesAbout(promptId)).toEqual(['prompt-started', 'prompt-ended']);
      expect((await snapshot({ prompts: [promptId] })).prompts).toEqual([]);
    });

    test('reports a key pressed during a prompt at once, and cuts the prompt short when told to', async () => {
      const { callId, handle, phone: pressing } = await connect(caller);
      const promptId = `${callId}-p1`;
      await done(play(promptId, handle));
      await reported('prompt-started', (report) => report.promptId === promptId);
      expect((await snapshot({ prompts: [promptId, `${callId}-p2`] })).prompts).toEqual([promptId]);
      await pressing.press('3');
      expect(await reported('key-pressed', (report) => report.handle === handle)).toMatchObject({ key: '3' });
      expect(all('prompt-ended', (report) => report.promptId === promptId)).toEqual([]);
      await done({ op: 'stop-prompt', promptId });
      expect(await reported('prompt-ended', (report) => report.promptId === promptId)).toMatchObject({
        outcome: 'cut_short',
      });
      await done({ op: 'stop-prompt', promptId });
    });

    test('cuts a prompt short when its leg is gone', async () => {
      const { callId, handle, phone: leaving } = await connect(caller);
      const promptId = `${callId}-p1`;
      await done(play(promptId, handle));
      await reported('prompt-started', (report) => report.promptId === promptId);
      await leaving.hangUp();
      expect(await reported('prompt-ended', (report) => report.promptId === promptId)).toMatchObject({
        outcome: 'cut_short',
      });
      await reported('leg-gone', (report) => report.handle === handle);
    });

    test('cuts a prompt short and ends the music when its leg is put into a bridge', async () => {
      const { callId, handle, phone: waiting } = await connect(caller);
      const [promptId, bridge] = [`${callId}-p1`, `${callId}-main`];
      await done(
        { op: 'make-bridge', bridge },
        { op: 'start-waiting-music', leg: handle },
        play(promptId, handle),
      );
      await reported('prompt-started', (report) => report.promptId === promptId);
      await done(seat(handle, bridge));
      expect(await reported('prompt-ended', (report) => report.promptId === promptId)).toMatchObject({
        outcome: 'cut_short',
      });
      await vi.waitFor(async () => expect(await waiting.hearsMusic()).toBe(false), {
        timeout: slowness,
        interval: 50,
      });
    });

    test('plays waiting music until told to stop', async () => {
      const { handle, phone: waiting } = await connect(caller);
      await done({ op: 'start-waiting-music', leg: handle }, { op: 'start-waiting-music', leg: handle });
      await vi.waitFor(async () => expect(await waiting.hearsMusic()).toBe(true), {
        timeout: slowness,
        interval: 50,
      });
      await done({ op: 'stop-waiting-music', leg: handle }, { op: 'stop-waiting-music', leg: handle });
      await vi.waitFor(async () => expect(await waiting.hearsMusic()).toBe(false), {
        timeout: slowness,
        interval: 50,
      });
    });
  });
  voicesContract(name, open, slowness);
};

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Phone } from '@earshot/testkit/phones';
import { startService } from '../../infra/local/service-process.ts';
import { hearingOf, leaks } from './hearing.ts';
import { recordingFile } from './recordings.ts';
import { openStage, talk, tones, wait, type Stage } from './stage.ts';
import { untilLeft } from './supervised-call.ts';

/** Longer than it takes a process that stands by to take the switch over. */
const relievedAfterMs = 6_500;
const keyMs = 160;

describe('a key that the log learns late', () => {
  let stage: Stage;
  let customer: Phone;
  let agent: Phone;
  let supervisor: Phone;

  beforeAll(async () => {
    stage = await openStage();
    [customer, agent, supervisor] = await Promise.all([
      stage.customer(),
      stage.extension('1004', { answerAfterMs: 300 }),
      stage.extension('1001', { tone: tones.supervisor }),
    ]);
  });
  afterAll(() => stage?.[Symbol.asyncDispose]());

  // Signaling is told of a key when it is let go: frozen before, it learns of it when it wakes.
  const frozenAfterMs = Array.from({ length: 3 }, () => keyMs - 90 + Math.floor(Math.random() * 80));
  it.each(frozenAfterMs)(
    'gives a supervisor no voice who asked for less since: signaling is frozen %i ms after barge went down, and wakes relieved',
    async (ms) => {
      const { options, pid } = stage.system.services.signaling;
      const INSTANCE = `signaling-beside-${ms}`;
      await using beside = await startService({
        ...options,
        port: 0,
        logDir: join(options.logDir, INSTANCE),
        env: { ...options.env, INSTANCE },
      });
      expect(beside.pid).not.toBe(pid);
      await stage.put('recording-policies', 'support', { setting: 'always' });
      const { callId } = await talk(stage, customer);
      await supervisor.dial('*901004');
      await stage.log.until('SupervisionStarted', { callId });
      await wait(1_000);
      const pressing = supervisor.press('2');
      await wait(ms);
      process.kill(pid, 'SIGSTOP');
      await pressing;
      await wait(relievedAfterMs);
      await supervisor.press('0');
      await wait(1_500);
      const askedForLess = Date.now();
      process.kill(pid, 'SIGCONT');
      await wait(3_000);
      const heard = await hearingOf(customer, tones.agent);
      await customer.hangUp();
      await untilLeft(stage, callId);
      expect(leaks(heard, { from: askedForLess, to: Date.now() })).toEqual([]);
    },
    90_000,
  );

  const heldBeforeMs = Array.from({ length: 3 }, () => 30 + Math.floor(Math.random() * 100));
  it.each(heldBeforeMs)(
    'lets a caller opt out who pressed 3 and held it, %i ms before an agent answered: nothing of the call can be fetched',
    async (ms) => {
      await stage.put('recording-policies', 'support', { setting: 'opt_out' });
      const since = stage.log.count;
      const rings = agent.events.length;
      await customer.dial('+41445550100');
      const { callId } = await stage.log.until('CallStarted', { since });
      const { at } = await agent.until('incoming', { since: rings, limitMs: 30_000 });
      await wait(Math.max(0, at + 300 - ms - Date.now()));
      await customer.press('3');
      await stage.log.until('TopologyApplied', { since, callId });
      await wait(2_000);
      await customer.hangUp();
      await untilLeft(stage, callId);
      await wait(1_500);
      const events = stage.log.of(callId);
      expect(events.map(({ type }) => type)).toContain('ConsentChosen');
      for (const { type, data } of events)
        if (type === 'RecordingAllowed')
          expect((await recordingFile(stage.system.data.recordings, data.recordingId))?.seconds ?? 0).toBe(0);
    },
    90_000,
  );
});

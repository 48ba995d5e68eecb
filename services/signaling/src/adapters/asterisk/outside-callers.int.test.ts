import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { canRunAsterisk } from '@earshot/testkit/asterisk';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { limitMs, setStage, type Stage } from './call-on-asterisk.ts';

const runnable = await canRunAsterisk();
if (!runnable.ok) console.warn(`NO REAL SWITCH IS TESTED: ${runnable.why}`);

const line = '+41445550100';

describe.skipIf(!runnable.ok)('a caller outside, at a real Asterisk', () => {
  let stage: Stage;
  beforeAll(async () => { stage = await setStage(); }, 180_000);
  afterAll(() => stage?.[Symbol.asyncDispose](), 60_000);

  it('who names itself like an extension is shown as anonymous, and has no extension\'s rights', async () => {
    for (const name of ['1004', '1001', 'outside', 'anonymous']) {
      const caller = await stage.rig.outside(name, 'silence');
      const since = stage.reports.length;
      await caller.dial('*901004');
      expect(await stage.reported('leg-arrived', since)).toMatchObject({ from: { kind: 'outside', number: 'anonymous' } });
      await caller.hangUp();
      await stage.reported('leg-gone', since);
    }
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

  it('cannot make the switch call an outside number by REFER, and its call goes on', async () => {
    const call = await stage.conversation();
    const since = stage.phones.customer.events.length;
    const before = stage.reports.length;
    await stage.phones.customer.transfer('+14155550100');
    const failed = await stage.phones.customer.until('transfer_failed', { since });
    console.log(`REFER was answered: ${failed.detail}`);
    await wait(2_000);
    expect(stage.reports.slice(before).filter(({ type }) => type === 'leg-arrived')).toEqual([]);
    expect((await stage.snapshot()).legs.map(({ handle }) => handle).toSorted()).toEqual([call.customer, call.agent].toSorted());
  }, 60_000);

  it('finds voice and signalling on loopback only, and the folder of the switch closed to others', () => {
    const sockets = execFileSync('ss', ['-Hlnup'], { encoding: 'utf8' }).split('\n')
      .filter((row) => row.includes('"asterisk"')).map((row) => row.trim().split(/\s+/)[3] ?? '');
    expect(sockets.length).toBeGreaterThan(2);
    expect(sockets.filter((address) => !address.startsWith('127.0.0.1:'))).toEqual([]);
    expect(statSync(dirname(dirname(stage.rig.asterisk.logPath))).mode & 0o777).toBe(0o700);
  });
});

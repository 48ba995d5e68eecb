import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { rawCallers, type Phone, type RawCallers } from '@earshot/testkit/phones';
import { expectSoundOfControl, lostBetween } from './control-call.ts';
import { openStage, talk, tones, wait, type Stage } from './stage.ts';

/** What is let in from outside here: of which one is the customer who talks. */
const limits = { MAX_OUTSIDE_CALLS: '12', MAX_ARRIVALS_PER_SECOND: '5' } as const;
const mayBeThere = Number(limits.MAX_OUTSIDE_CALLS);
/** A flood of so many callers, a number of its own each, with so long between two of them, in ms. */
const flooders = 400;
const everyMs = 10;
/** How long the flood lasts at least, in ms. What the call loses in it is measured against as long a time before. */
const floodMs = flooders * everyMs;

const warningsOf = async (stage: Stage): Promise<readonly string[]> =>
  (await readFile(join(stage.system.data.logs, 'signaling.log'), 'utf8'))
    .split('\n')
    .filter((row) => row.includes('turned away as busy'));

describe('a flood of calls from outside, each under another number', () => {
  let stage: Stage;
  let customer: Phone;
  let olivia: Phone;
  let benjamin: Phone;
  let noah: Phone;
  let flood: RawCallers;

  beforeAll(async () => {
    stage = await openStage(limits);
    for (const line of ['support', 'private-office'])
      await stage.put('recording-policies', line, { setting: 'never' });
    [customer, olivia, benjamin, noah] = await Promise.all([
      stage.customer(),
      stage.extension('1004', { answerAfterMs: 300 }),
      stage.extension('1001', { tone: tones.supervisor }),
      stage.extension('2001', { tone: tones.supervisor, answerAfterMs: 100 }),
    ]);
    const switchPort = stage.system.asterisk?.sipPort ?? 0;
    flood = await rawCallers({ switchPort, to: '+41445550400', address: '127.0.0.66' });
  }, 180_000);
  afterAll(async () => {
    await flood?.[Symbol.asyncDispose]();
    await stage?.[Symbol.asyncDispose]();
  });

  it('is turned away but for what may be there, while the call under way and those inside are not touched', async () => {
    await talk(stage, customer);
    await wait(500 + floodMs);
    const before = stage.log.count;
    const floodedFrom = Date.now();
    const flooding = (async () => {
      for (let n = 0; n < flooders; n += 1) {
        flood.call(`+4179${6_000_000 + n}`);
        await wait(everyMs);
      }
    })();
    await wait(1_000);
    await benjamin.dial('2001');
    const rang = await noah.until('incoming');
    await noah.until('established');
    await flooding;
    const floodedUntil = Date.now();
    await vi.waitFor(
      () =>
        expect(flood.statuses().filter((status) => status === 486).length).toBe(flooders - mayBeThere + 1),
      { timeout: 20_000 },
    );

    expect(rang.at, 'a phone inside rings while the flood lasts').toBeLessThan(floodedUntil);
    const arrived = stage.log
      .since(before)
      .filter((event) => event.type === 'CallStarted' && event.data.direction === 'inbound');
    expect(arrived).toHaveLength(mayBeThere - 1);
    expect(customer.events.some(({ type }) => type === 'closed')).toBe(false);
    const lostFrom = (from: number): Promise<number> =>
      lostBetween(customer, olivia, { from, to: from + floodMs });
    expectSoundOfControl(await lostFrom(floodedFrom), await lostFrom(floodedFrom - floodMs));
    const warnings = await warningsOf(stage);
    expect(warnings).toHaveLength(1);
    expect(warnings.join('')).not.toMatch(/\+?4179/);
  }, 120_000);

  it('is over when they have left, and a caller gets in again', async () => {
    const switchPort = stage.system.asterisk?.sipPort ?? 0;
    await using another = await rawCallers({ switchPort, to: '+41445550400', address: '127.0.0.67' });
    await flood.hangUp();
    const since = stage.log.count;
    await vi.waitFor(
      async () => {
        another.call('+41795551002');
        await stage.log.until('CallStarted', { since, limitMs: 1_000 });
      },
      { timeout: 20_000 },
    );
    await another.hangUp();
  }, 60_000);
});

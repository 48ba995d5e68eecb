import { setTimeout as wait } from 'node:timers/promises';
import type { CallId, CurrentCall } from '@earshot/contracts';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withToken } from '../../infra/local/apply-settings.ts';
import { demoTenant } from '../../infra/local/demo-tenant.ts';
import {
  openStream,
  type StreamClient,
} from '../../services/supervision/src/current-calls/testing/stream-client.ts';
import { ToldClient } from '../../services/supervision/src/current-calls/testing/told-events.ts';
import { benjamin, emma, liam, lines, mia, noah, olivia } from './conversation.ts';
import { openStage, patienceMs, type Stage } from './stage.ts';

const calls = 200;
/** Callers at a time, each with one call after the other. */
const callers = 20;
const seed = Number(process.env['VIEWERS_SEED'] ?? Math.trunc(Math.random() * 2 ** 31));

/** What the callers do, one call each, and after how long Benjamin loses his mark. */
const [drawn] = fc.sample(
  fc.record({
    markGoesAfterMs: fc.integer({ min: 5_000, max: 15_000 }),
    calls: fc.array(
      fc.record({
        line: fc.constantFrom(lines.widget, lines.orders),
        staysMs: fc.integer({ min: 200, max: 4_200 }),
      }),
      { minLength: calls, maxLength: calls },
    ),
  }),
  { seed, numRuns: 1 },
);

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  for (const agent of [olivia, noah, mia, liam])
    await stage.phone(agent).does({ does: 'answer', afterMs: 100 });
  for (const supervisor of [benjamin, emma]) await stage.phone(supervisor).does({ does: 'wait' });
});
afterAll(() => stage?.[Symbol.asyncDispose]());

const follow = (person: string): Promise<StreamClient> =>
  openStream(
    stage.system.services.supervision.url,
    withToken(stage.system.people[person]?.token ?? stage.system.admin.token),
  );

/** Benjamin is, or is no longer, the supervisor of the ring group Support. */
const mark = async (supervisor: boolean): Promise<void> => {
  const support = demoTenant.find(({ kind, id }) => kind === 'ring-groups' && id === 'support');
  if (support?.kind !== 'ring-groups') throw new Error('There is no ring group Support.');
  const members = support.value.members.map((member) =>
    member.extension === benjamin ? { ...member, supervisor } : member,
  );
  await stage.put('ring-groups', 'support', { ...support.value, members });
};

/** Callers dial, stay for a while and hang up, until every call was made. */
const comeAndGo = async (
  toMake: readonly { readonly line: string; readonly staysMs: number }[],
): Promise<void> => {
  const left = [...toMake];
  const caller = async (n: number): Promise<void> => {
    const phone = stage.phone(`+417955520${String(n).padStart(2, '0')}`);
    await phone.does({ does: 'wait' });
    for (let call = left.pop(); call; call = left.pop()) {
      await phone.dial(call.line);
      await wait(call.staysMs);
      await phone.hangUp();
      await phone.is('idle');
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, n) => caller(n)));
};

/** What a client knew after each of the events. */
const moments = ({ events }: StreamClient): readonly (readonly CurrentCall[])[] => {
  const client = new ToldClient();
  return events.map((event) => {
    client.take(event);
    return [...client.calls.values()];
  });
};

const isWith =
  (...agents: readonly string[]) =>
  ({ parties }: CurrentCall): boolean =>
    parties.some(({ extension }) => extension !== null && agents.includes(extension));

it(
  `two people see only what they may at every moment, while ${calls} calls come and go and one loses the right (VIEWERS_SEED=${seed})`,
  { timeout: 300_000 },
  async () => {
    await using benjamins = await follow(benjamin);
    await using emmas = await follow(emma);
    await using admins = await follow('admin');
    const going = comeAndGo(drawn?.calls ?? []);
    await wait(drawn?.markGoesAfterMs ?? 0);
    await mark(false);
    await benjamins.until('The loss', () => benjamins.client.calls.size === 0);
    const lostAt = benjamins.events.length;
    await going;
    await expect.poll(() => admins.client.calls.size, { timeout: patienceMs }).toBe(0);
    await expect.poll(() => emmas.client.calls.size, { timeout: patienceMs }).toBe(0);

    const ofSupport = isWith(olivia, noah);
    const ofSales = isWith(mia, liam);
    for (const shown of moments(benjamins)) expect(shown.filter((call) => !ofSupport(call))).toEqual([]);
    for (const shown of moments(emmas)) expect(shown.filter((call) => !ofSales(call))).toEqual([]);
    expect(benjamins.events.slice(lostAt).map(({ event }) => event)).toEqual([]);

    const seenBy = (stream: StreamClient, which: (call: CurrentCall) => boolean): ReadonlySet<CallId> =>
      new Set(moments(stream).flatMap((shown) => shown.filter(which).map(({ id }) => id)));
    const everybody = seenBy(admins, () => true);
    expect(everybody.size).toBeGreaterThan(calls / 2);
    const emmasCalls = seenBy(emmas, () => true);
    expect(emmasCalls.size).toBeGreaterThan(10);
    expect(seenBy(benjamins, () => true).size).toBeGreaterThan(0);
    expect(seenBy(admins, ofSales).symmetricDifference(emmasCalls)).toEqual(new Set());
  },
);

import { readFileSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { authorization, callNumber } from './reporting-under-test.ts';
import { startServiceUnderTest, type ServiceUnderTest } from './service-under-test.ts';

/** A process and all that it started. */
const familyOf = (pid: number): readonly number[] => {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        return [
          Number(name),
          Number(/\) \S+ (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))?.[1]),
        ] as const;
      } catch {
        return [Number(name), 0] as const;
      }
    });
  const below = (parent: number): number[] => [
    parent,
    ...parents.filter(([, of]) => of === parent).flatMap(([child]) => below(child)),
  ];
  return below(pid);
};

const ask = async ({ service }: ServiceUnderTest) => {
  // A request that is still unanswered then hangs.
  const response = await fetch(`${service.url}/api/v2/channels/voice/stats/incremental/calls?start_time=0`, {
    headers: { authorization },
    signal: AbortSignal.timeout(25_000),
  });
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: (await response.json()) as Record<string, unknown>,
  };
};
const until = async (condition: () => boolean | Promise<boolean>) => {
  while (!(await condition())) await sleep(20);
};

it('readers are told to come back, not left waiting, while PostgreSQL is frozen, and the service is not ready; then everything goes on', async () => {
  await using reporting = await startServiceUnderTest();
  await reporting.append(callNumber(1).ends());
  await until(async () => (await ask(reporting)).body['count'] === 1);
  expect(reporting.service.ready()).toBe(true);

  const family = familyOf(reporting.postgres.pid ?? 0);
  for (const pid of family) process.kill(pid, 'SIGSTOP');
  try {
    const answers = await Promise.all(Array.from({ length: 30 }, () => ask(reporting)));
    expect([...new Set(answers.map(({ status, retryAfter }) => `${status} ${retryAfter}`))]).toEqual([
      '503 null',
    ]);
    expect(answers[0]?.body).toEqual({ error: 'ServiceUnavailable', description: expect.any(String) });
    await until(() => reporting.service.ready() !== true);
    expect((await fetch(`${reporting.service.url}/health/ready`)).status).toBe(503);
    await reporting.append(callNumber(2));
  } finally {
    for (const pid of family.toReversed()) process.kill(pid, 'SIGCONT');
  }
  await until(async () => (await ask(reporting)).body['count'] === 2);
  await until(() => reporting.service.ready() === true);
}, 60_000);

it('readers are told to come back while PostgreSQL is dead, and everything goes on when it is there again', async () => {
  await using reporting = await startServiceUnderTest();
  await reporting.postgres.kill();
  expect(await ask(reporting)).toMatchObject({ status: 503, retryAfter: null });
  await until(() => reporting.service.ready() !== true);
  await reporting.postgres.restart();
  await until(async () => (await ask(reporting)).status === 200);
  await until(() => reporting.service.ready() === true);
}, 60_000);

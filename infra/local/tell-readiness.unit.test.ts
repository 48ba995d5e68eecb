import { expect, it, vi } from 'vitest';
import { tellReadiness } from './tell-readiness.ts';

const url = 'http://127.0.0.1:1';

it('a service that cannot work any more is told of once, with the reason, and once when it can again', async () => {
  const answers: Record<string, true | string> = { signaling: true, supervision: true };
  const lines: string[] = [];
  let asked = 0;
  const services = Object.keys(answers).map((name) => ({ name, url }));
  await using _ = tellReadiness(
    services,
    (line) => lines.push(line),
    async ({ name }) => {
      asked += 1;
      return answers[name] ?? true;
    },
    1,
  );
  const someTime = async () => {
    const until = asked + 10;
    await vi.waitFor(() => expect(asked).toBeGreaterThan(until));
  };
  await someTime();
  expect(lines).toEqual([]);
  answers['supervision'] = 'NATS does not store what is written (timeout)';
  await someTime();
  answers['supervision'] = 'the log has not answered for 4 s';
  await someTime();
  answers['supervision'] = true;
  await someTime();
  expect(lines).toEqual([
    '  ! supervision is not ready: NATS does not store what is written (timeout)',
    '  supervision is ready again',
  ]);
});

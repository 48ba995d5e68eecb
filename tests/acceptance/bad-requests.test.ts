import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { badRequest } from './bad-requests.ts';
import { routesOf, type OpenApi, type Route } from './described-routes.ts';
import { sendRaw, type RawAnswer, type RawRequest } from './raw-http.ts';
import { openStage, type Stage } from './stage.ts';

const services = ['signaling', 'supervision', 'recording-consent'] as const;
const requestsPerSeed = 10_000;
const atOnce = 16;
/** What a client can put right by looking at a field. */
const namesField = new Set([400, 413, 414, 415, 417, 422, 431]);

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.[Symbol.asyncDispose]());

const routesByService = async (): Promise<readonly (readonly [url: string, routes: readonly Route[]])[]> =>
  Promise.all(
    services.map(async (name) => {
      const { url } = stage.system.services[name];
      return [url, routesOf((await (await fetch(`${url}/docs/json`)).json()) as OpenApi)] as const;
    }),
  );

const told = ({ method, target, headers, body }: RawRequest): string =>
  [method, target, headers.join(' | '), JSON.stringify(body.toString('latin1'))]
    .map((part) => part.slice(0, 300))
    .join('  ');

/** No answer is right only for who has gone, and for a tunnel, which is closed. */
const faultOfSilence = (request: RawRequest): readonly string[] =>
  request.breaksOff || request.method === 'CONNECT' ? [] : [`${told(request)} -> no answer`];

/** What is wrong with an answer, at most one sentence. */
const faultOf = (request: RawRequest, { status, type, text }: RawAnswer): readonly string[] => {
  const answered = [`${told(request)} -> ${status} ${type} ${text.slice(0, 300)}`];
  if (status >= 500) return answered;
  if (status < 400) return [];
  if (request.method === 'HEAD') return type === 'application/problem+json' ? [] : answered;
  if (type !== 'application/problem+json') return answered;
  const problem = JSON.parse(text) as {
    status?: unknown;
    title?: unknown;
    detail?: unknown;
    errors?: readonly { field?: unknown; reason?: unknown }[];
  };
  const isProblem =
    problem.status === status &&
    typeof problem.title === 'string' &&
    typeof problem.detail === 'string' &&
    /\w.*\.$/s.test(problem.detail);
  const errors = problem.errors ?? [];
  const named =
    errors.length > 0 &&
    errors.every(
      ({ field, reason }) => typeof field === 'string' && typeof reason === 'string' && /\w{2}/.test(reason),
    );
  return isProblem && (named || !namesField.has(status)) ? [] : answered;
};

describe('requests with something wrong, to every route of signaling, supervision and recording-consent', () => {
  it.each([20261125, Math.floor(Math.random() * 2 ** 31)])(
    'are refused as problems with field and reason, never as a failure of ours (seed %i)',
    { timeout: 600_000 },
    async (seed) => {
      const targets = await routesByService();
      expect(targets.map(([, routes]) => routes.length > 5)).toEqual([true, true, true]);
      const request = fc
        .constantFrom(...targets)
        .chain(([url, routes]) => badRequest(routes, stage.system.admin.token).map((raw) => ({ url, raw })));
      const waiting = fc.sample(request, { seed, numRuns: requestsPerSeed });
      const faults: string[] = [];
      let refused = 0;
      await Promise.all(
        Array.from({ length: atOnce }, async () => {
          for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
            const answers = await sendRaw(next.url, next.raw);
            if (answers.some(({ status }) => status >= 400)) refused += 1;
            faults.push(
              ...(answers.length === 0
                ? faultOfSilence(next.raw)
                : answers.flatMap((answer) => faultOf(next.raw, answer))),
            );
          }
        }),
      );
      expect(faults.slice(0, 20)).toEqual([]);
      expect(refused).toBeGreaterThan(requestsPerSeed * 0.7);
      for (const name of services)
        expect((await fetch(`${stage.system.services[name].url}/health/ready`)).status).toBe(200);
    },
  );
});

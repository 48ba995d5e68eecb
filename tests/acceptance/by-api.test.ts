import { randomUUID } from 'node:crypto';
import type { CallId, SupervisionLife } from '@earshot/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withToken } from '../../infra/local/apply-settings.ts';
import {
  andApplied,
  benjamin,
  both,
  customer,
  liam,
  noah,
  olivia,
  pairs,
  talkOnSupport,
} from './conversation.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.[Symbol.asyncDispose]());

const heardBy = (phone: string, ...listeners: readonly string[]) =>
  pairs(...both, [phone, customer], [phone, olivia], ...listeners.map((who) => [who, phone] as const));

interface Answer {
  readonly status: number;
  readonly body: Partial<SupervisionLife>;
}

/** Somebody of the demo tenant asks supervision by HTTP, with a token of their own. */
const ask = async (
  method: string,
  path: string,
  body?: object,
  { by = benjamin, signal }: { readonly by?: string; readonly signal?: AbortSignal } = {},
): Promise<Answer> => {
  const { services, people } = stage.system;
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(`${services.supervision.url}${path}`, {
    method,
    headers: { ...withToken(people[by]?.token ?? ''), ...json },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  return { status: answer.status, body: (await answer.json()) as Answer['body'] };
};
const joining = (more: object = {}) => ({ commandId: randomUUID(), agent: olivia, mode: 'spy', ...more });
const join = (callId: CallId, command = joining(), how?: Parameters<typeof ask>[3]) =>
  ask('POST', `/calls/${callId}/supervisions`, command, how);
const change = (id: string, mode: string) =>
  ask('PATCH', `/supervisions/${id}`, { commandId: randomUUID(), mode });
const outcome = (id: string) => ask('GET', `/supervisions/${id}?wait=20`);
const over = async (callId: CallId): Promise<void> => {
  await stage.phone(customer).hangUp();
  await stage.rowsOf(callId);
  await stage.phone(benjamin).is('idle');
};

it('Benjamin joins by HTTP: his phone rings, he hears when he answers, and is heard as he asks, until he leaves', async () => {
  const callId = await talkOnSupport(stage);
  await stage.phone(benjamin).is('idle');
  const { status, body } = await join(callId);
  const id = body.supervisionId ?? '';
  expect([status, body.phone]).toEqual([201, benjamin]);
  await stage.phone(benjamin).is('ringing');
  expect(await stage.hearing(callId)).toEqual(pairs(...both));
  expect((await ask('GET', `/supervisions/${id}`)).body.state).toBe('ringing');
  await andApplied(stage, callId, () => stage.phone(benjamin).answer());
  expect(await stage.hearing(callId)).toEqual(heardBy(benjamin));
  expect((await outcome(id)).body).toMatchObject({ state: 'joined', mode: 'spy' });
  await andApplied(stage, callId, () => change(id, 'whisper'));
  expect(await stage.hearing(callId)).toEqual(heardBy(benjamin, olivia));
  await andApplied(stage, callId, () => change(id, 'barge'));
  expect(await stage.hearing(callId)).toEqual(heardBy(benjamin, olivia, customer));
  await andApplied(stage, callId, () => stage.phone(benjamin).press('0'));
  expect(await stage.hearing(callId)).toEqual(heardBy(benjamin));
  const left = await ask('DELETE', `/supervisions/${id}`);
  expect(left.body).toMatchObject({ state: 'ended', reason: 'supervisor_left' });
  expect(left.body.modes?.map(({ mode }) => mode)).toEqual(['spy', 'whisper', 'barge', 'spy']);
  await stage.phone(benjamin).is('idle');
  expect(await stage.hearing(callId)).toEqual(pairs(...both));
  await over(callId);
});

it('a client that lost its connection in the middle gives the command again and learns what became of it; the phone rings once', async () => {
  const callId = await talkOnSupport(stage);
  await stage.phone(benjamin).is('idle');
  const command = joining();
  const gone = new AbortController();
  const lost = join(callId, command, { signal: gone.signal }).catch(() => 'lost');
  gone.abort();
  expect(await lost).toBe('lost');
  const [again, once] = await Promise.all([join(callId, command), join(callId, command)]);
  expect([again.status, once.status]).toEqual([201, 201]);
  expect(again.body.supervisionId).toBe(once.body.supervisionId);
  await stage.phone(benjamin).is('ringing');
  await andApplied(stage, callId, () => stage.phone(benjamin).answer());
  expect((await join(callId, command)).body.state).toBe('joined');
  const offered = stage.log
    .of(callId)
    .filter((event) => event.type === 'LegOffered' && event.data.party === 'supervisor');
  expect(offered).toHaveLength(1);
  expect((await join(callId, { ...command, mode: 'barge' })).status).toBe(409);
  await over(callId);
});

it('another phone can be named; one that declines, is busy, or has nobody marked ends it with the reason', async () => {
  const callId = await talkOnSupport(stage);
  await stage.phone(benjamin).is('idle');
  const other = await join(callId, joining({ phone: liam, mode: 'whisper' }));
  await stage.phone(liam).is('ringing');
  await andApplied(stage, callId, () => stage.phone(liam).answer());
  expect(await stage.hearing(callId)).toEqual(heardBy(liam, olivia));
  const busy = await join(callId, joining({ phone: liam }));
  expect((await outcome(busy.body.supervisionId ?? '')).body).toMatchObject({
    state: 'ended',
    reason: 'phone_busy',
    joinedAt: null,
  });
  await ask('DELETE', `/supervisions/${other.body.supervisionId}`);
  await stage.phone(liam).is('idle');
  const declined = await join(callId);
  await stage.phone(benjamin).is('ringing');
  await stage.phone(benjamin).decline();
  expect((await outcome(declined.body.supervisionId ?? '')).body).toMatchObject({ reason: 'phone_declined' });
  expect((await join(callId, joining(), { by: noah })).status).toBe(403);
  await over(callId);
});

import { callIdOf, type CallId } from '@earshot/contracts';
import { createLiveLegs } from '../src/reports/live-legs.ts';
import type { CallState } from '../src/domain/call-state.ts';
import { at, callId, directory, talkingCall, waitingCaller } from '../src/domain/testing/played-call.ts';
import type { SwitchSnapshot } from '../src/domain/switch.ts';
import { compareWithSwitch, type CompareOptions } from '../src/takeover/compare.ts';
import { createAllocator } from '../src/waiting/allocator.ts';
import { createPolicyWait } from '../src/waiting/policy-wait.ts';

/** How many calls are there at once. */
const count = Number(process.argv[2] ?? 5_000);

const idOf = (n: number): CallId => {
  const id = callIdOf(`01900000-0000-7000-8000-${String(n).padStart(12, '0')}`);
  if (id === undefined) throw new Error('The pattern of call ids has changed.');
  return id;
};

/** The same call under another id and with other legs. */
const renamed = (state: CallState, n: number): CallState =>
  JSON.parse(JSON.stringify(state).replaceAll(callId, idOf(n)).replaceAll('"h1"', `"h${n}"`)) as CallState;

const timed = async (what: string, times: number, work: () => unknown): Promise<void> => {
  await work();
  const begun = performance.now();
  for (let n = 0; n < times; n += 1) await work();
  const ms = (performance.now() - begun) / times;
  console.log(`${what.padEnd(70)} ${ms.toFixed(3)} ms`);
};

const snapshotOf = (calls: ReadonlyMap<CallId, CallState>): SwitchSnapshot => ({
  legs: [...calls.values()].flatMap(({ legs }) =>
    legs
      .filter(({ state }) => state !== 'ended')
      .map(({ handle }) => ({ handle, state: 'answered' as const, arrival: null })),
  ),
  bridges: [...calls].map(([id, { legs }]) => ({
    bridge: `${id}-main`,
    participants: legs.map(({ handle }) => handle),
  })),
  snoops: [],
  recorders: [],
  prompts: [],
});

const compareOptions = (calls: ReadonlyMap<CallId, CallState>): CompareOptions => {
  const snapshot = snapshotOf(calls);
  const legs = createLiveLegs();
  for (const [id, state] of calls) legs.update(id, state);
  const live = [...calls].map(([id, state]) => ({ callId: id, state }));
  return {
    switchNumber: 0,
    switch: { snapshot: async () => snapshot, perform: async () => ({ outcome: 'done' }) },
    orders: { changesOn: () => 0, wasOrdered: () => true, takeHeart: () => {} },
    topology: { saw: () => {} },
    legs,
    directory: directory([]),
    logger: { error: console.error, warn: console.warn },
    now: () => at(30),
    watchedUntil: () => at(29),
    liveCalls: () => live,
    stateOf: async (id: CallId) => calls.get(id),
    decide: async () => {},
    arrived: () => {},
  } as unknown as CompareOptions;
};

const waiting = waitingCaller([]).state;
const talking = talkingCall().state;
const callsLike = (state: CallState) =>
  new Map(Array.from({ length: count }, (_, n) => [idOf(n), renamed(state, n)] as const));

console.log(`${count} calls`);
const waits = callsLike(waiting);
const allocator = createAllocator({ directory: directory([]), now: () => at(30), decide: async () => {} });
for (const [id, state] of waits) allocator.update(id, state);
await timed('one look who is free, everybody waits (per event, and per second)', 20, () =>
  allocator.allocate(),
);
const policyWait = createPolicyWait({ waitMs: 60_000, now: () => at(30), decide: async () => {} });
for (const [id, state] of waits) policyWait.update(id, { ...state, policy: 'awaited' });
await timed('one look who waited long enough for consent (4 per second)', 20, () => policyWait.check());
const talks = compareOptions(callsLike(talking));
await timed('one comparison with the switch (every 30 s)', 1, () => compareWithSwitch(talks));

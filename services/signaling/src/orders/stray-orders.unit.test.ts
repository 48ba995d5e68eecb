import { createLogger } from '@earshot/service-kit';
import { expect, it } from 'vitest';
import type { Outcome, Switch, SwitchOperation } from '../domain/switch.ts';
import { emptyLayout } from '../domain/topology/layout.ts';
import { wantedTopology } from '../domain/wanted-topology.ts';
import { createStrayOrders, mayComeLateMs } from './stray-orders.ts';
import { supervisedLane } from './testing/lane-of-call.ts';
import { createTopologyOnSwitch } from './topology-on-switch.ts';

/** A whisper as supervision decided it, which the switch carries when the log says so. */
const whispering = (outcome: 'done' | 'unknown') => {
  const under = supervisedLane('whisper');
  const { callId, legOf } = under.script();
  const [customer, agent] = [legOf('customer'), legOf('1004')];
  const heard = (listener: string, speaker: string) => ({ listener, speaker });
  const pairs = [
    ...[heard(customer, agent), heard(agent, customer)],
    ...[heard(under.supervisor, customer), heard(under.supervisor, agent), heard(agent, under.supervisor)],
  ];
  const topologyId = `${callId}-t1`;
  const revision = under.lane.state.conversation?.revision ?? 0;
  under.tells('supervision', { type: 'TopologyChanged', data: { topologyId, revision, pairs } });
  const reason = outcome === 'done' ? null : 'no answer';
  under.tells('signaling', {
    type: 'TopologyApplied',
    data: { topologyId, pairs: outcome === 'done' ? pairs : null, outcome, reason },
  });
  const { state } = under.lane;
  const handle = state.legs.find(({ legId }) => legId === under.supervisor)?.handle;
  return { callId, state, handle };
};

it('an order of the process before may take a supervisor to the customer, until it can no longer come', () => {
  const { callId, state, handle } = whispering('unknown');
  let uptime = 0;
  const strays = createStrayOrders(() => uptime);
  strays.inherit(callId, state);
  expect(strays.mayTake(state, emptyLayout)).toEqual([handle]);
  uptime = mayComeLateMs - 1;
  expect(strays.mayTake(state, emptyLayout)).toEqual([handle]);
  uptime = mayComeLateMs;
  expect(strays.mayTake(state, emptyLayout)).toEqual([]);
});

it('nothing is open when the log says that the whisper was heard', () => {
  const { callId, state } = whispering('done');
  const strays = createStrayOrders(() => 0);
  strays.inherit(callId, state);
  expect(strays.mayTake(state, emptyLayout)).toEqual([]);
});

it('whoever may still be taken to the customer is given a seat and no voice', async () => {
  const { callId, state, handle } = whispering('unknown');
  let uptime = 0;
  const asked: SwitchOperation[] = [];
  const theSwitch = {
    perform: async (operation: SwitchOperation): Promise<Outcome> => {
      asked.push(operation);
      return { outcome: 'done' };
    },
    snapshot: async () => ({ legs: [], bridges: [], snoops: [], recorders: [], prompts: [] }),
  } as unknown as Switch;
  const logger = createLogger({ service: 'signaling', instance: 'test', level: 'silent' });
  let makings = 0;
  const topology = createTopologyOnSwitch(
    theSwitch,
    logger,
    (role) => `${role}.${(makings += 1)}`,
    () => uptime,
    () => true,
  );
  const wanted = wantedTopology(state);
  const wish = wanted && { state, wanted };
  topology.inherit(callId, state);
  const early = await topology.apply(callId, () => wish);
  expect(early?.outcome).toBe('unknown');
  expect(asked).toContainEqual({ op: 'mute', leg: handle });
  expect(asked).not.toContainEqual({ op: 'unmute', leg: handle });
  uptime = mayComeLateMs;
  const late = await topology.apply(callId, () => wish);
  expect(late?.outcome).toBe('done');
  expect(asked).toContainEqual({ op: 'unmute', leg: handle });
});

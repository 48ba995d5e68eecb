import { anyCall, play, type CallScript } from '@earshot/testkit/events';
import type { CallEvent } from '@earshot/contracts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CallState } from './call-state.ts';
import { inputsOf, type Input } from './input.ts';
import type { Permissions } from './permission.ts';
import { supervisionDecider } from './supervision.ts';

const members = ['1001', '1004', '1005'].map((extension) => ({ extension, supervisor: true }));
const permitted: Permissions = { enabled: true, extensions: ['1001', '1004', '1005'], groups: [members] };
const nobody: Permissions = { ...permitted, groups: [] };

/** The log carries no settings: a key press for the menu stands for a changed setting here, `0` for one that takes every permission away. */
const inputsWithSettings = (event: CallEvent): readonly Input[] =>
  event.type === 'KeyPressed' && event.data.awaitedBy === 'menu'
    ? [{ type: 'settings-changed', at: event.occurredAt, permissions: event.data.key === '0' ? nobody : permitted }]
    : inputsOf(event, () => permitted);

const played = (call: CallScript) => play(supervisionDecider, 'supervision', inputsWithSettings, call.events);
const fold = (events: readonly CallEvent[], from = supervisionDecider.initialState()) => events.reduce(supervisionDecider.evolve, from);

/** The state after each topology that was decided, with that topology. */
const topologies = (log: readonly CallEvent[]) => {
  const endOfCommit = (index: number) => log[index + 1]?.writer !== 'supervision';
  return log.flatMap((event, index) => (event.type === 'TopologyChanged' && endOfCommit(index) ? [{ state: fold(log.slice(0, index + 1)), pairs: event.data.pairs }] : []));
};
const modeOf = (state: CallState, legId: string) => state.supervisions.find((running) => running.legId === legId)?.mode;

it('a supervisor is heard by the customer while barging only, whatever happens on the call', () => {
  fc.assert(fc.property(anyCall, (call) => {
    for (const { state, pairs } of topologies(played(call).log)) {
      const customers = state.legs.filter(({ party }) => party === 'customer').map(({ legId }) => legId);
      const supervisors = state.legs.filter(({ party }) => party === 'supervisor').map(({ legId }) => legId);
      for (const { listener, speaker } of pairs) {
        if (customers.includes(listener) && supervisors.includes(speaker)) expect(modeOf(state, speaker)).toBe('barge');
        if (supervisors.includes(speaker)) expect(modeOf(state, speaker)).not.toBe('spy');
      }
    }
  }), { numRuns: 1000 });
});

it('the connected parties always hear each other, and supervisors hear both', () => {
  fc.assert(fc.property(anyCall, (call) => {
    for (const { state, pairs } of topologies(played(call).log)) {
      for (const speaker of state.connected) {
        for (const listener of [...state.connected, ...state.supervisions.map(({ legId }) => legId)]) {
          if (listener !== speaker) expect(pairs).toContainEqual({ listener, speaker });
        }
      }
    }
  }), { numRuns: 1000 });
});

it('nobody is in a topology who is neither connected nor supervising', () => {
  fc.assert(fc.property(anyCall, (call) => {
    for (const { state, pairs } of topologies(played(call).log)) {
      const there = [...state.connected, ...state.supervisions.map(({ legId }) => legId)];
      expect(pairs.flatMap(({ listener, speaker }) => [listener, speaker]).filter((legId) => !there.includes(legId))).toEqual([]);
    }
  }), { numRuns: 1000 });
});

it('after the end of a call nothing is decided but refusals', () => {
  fc.assert(fc.property(anyCall, (call) => {
    const { outcomes } = played(call);
    const end = outcomes.findIndex(({ cause }) => cause.type === 'CallEnded');
    const after = end < 0 ? [] : outcomes.slice(end + 1).flatMap(({ decided }) => decided.map(({ type }) => type));
    expect(new Set(after).isSubsetOf(new Set(['SupervisionRefused']))).toBe(true);
  }), { numRuns: 1000 });
});

it('every request is answered by a start or by a refusal, but for one whose supervisor is gone or listens already', () => {
  fc.assert(fc.property(anyCall, (call) => {
    for (const { cause, decided, ignored } of played(call).outcomes) {
      if (cause.type === 'SupervisionRequested') expect([decided[0]?.type, ignored]).toEqual(decided[0]?.type === 'SupervisionStarted' ? ['SupervisionStarted', null] : ['SupervisionRefused', null]);
    }
  }), { numRuns: 1000 });
});

it('a supervision and a topology never share an id with another', () => {
  fc.assert(fc.property(anyCall, (call) => {
    const ids = played(call).decided.flatMap(({ type, data }) => (type === 'SupervisionStarted' ? [data.supervisionId] : type === 'TopologyChanged' ? [data.topologyId] : []));
    expect(new Set(ids).size).toBe(ids.length);
  }), { numRuns: 1000 });
});

it('a log folded in two parts, the first kept as text between them, gives the same state as folded at once', () => {
  fc.assert(fc.property(anyCall, fc.nat(60), (call, cut) => {
    const { log, state } = played(call);
    const kept = JSON.parse(JSON.stringify(fold(log.slice(0, cut)))) as CallState;
    expect(fold(log.slice(cut), kept)).toEqual(state);
  }), { numRuns: 1000 });
});

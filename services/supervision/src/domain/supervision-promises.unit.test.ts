import { anyCall, anySupervisedCall, inAnyOrder, play } from '@earshot/testkit/events';
import { modeKeys, type CallEvent } from '@earshot/contracts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isBehind, type CallState } from './call-state.ts';
import { inputsOf, type Input } from './input.ts';
import { supervisionDecider } from './supervision.ts';
import { permissionsFrom } from './testing/told-permissions.ts';
import { withdrawnNow } from './withdrawal.ts';

const extensions = ['1001', '1004', '1005', '1006'];
const members = extensions.map((extension) => ({ extension, supervisor: true }));
const permitted = permissionsFrom({ enabled: true, extensions, groups: [members] });
const nobody = permissionsFrom({ enabled: true, extensions, groups: [] });
const runs = (numRuns: number) => ({ numRuns });

/**
 * The log carries no settings: a key press for the menu stands for a changed setting here, `0` for one that
 * takes every permission away.
 */
const inputsWithSettings = (event: CallEvent, state: CallState): readonly Input[] =>
  event.type === 'KeyPressed' && event.data.awaitedBy === 'menu'
    ? [
        {
          type: 'permission-withdrawn',
          at: event.occurredAt,
          withdrawn: withdrawnNow(state, event.data.key === '0' ? nobody : permitted, event.occurredAt),
        },
      ]
    : inputsOf(event, permitted, state);

const anyEvents = inAnyOrder(fc.oneof(anyCall, anySupervisedCall));
const played = (events: readonly CallEvent[]) =>
  play(supervisionDecider, 'supervision', inputsWithSettings, events);
const fold = (events: readonly CallEvent[], from = supervisionDecider.initialState()) =>
  events.reduce(supervisionDecider.evolve, from);

/** The topologies that were decided, each with the state after its commit. */
const topologies = (log: readonly CallEvent[]) =>
  log.flatMap((event, index) =>
    event.type === 'TopologyChanged' ? [{ state: fold(log.slice(0, index + 1)), topology: event.data }] : [],
  );
const modeOf = (state: CallState, legId: string) =>
  state.supervisions.find((running) => running.legId === legId)?.mode;

it('a supervisor is heard by the customer while barging only, by one leg while whispering, and by nobody while spying', () => {
  fc.assert(
    fc.property(anyEvents, (events) => {
      for (const { state, topology } of topologies(played(events).log)) {
        const customers = new Set(
          state.legs.filter(({ party }) => party === 'customer').map(({ legId }) => legId),
        );
        for (const { legId, party } of state.legs) {
          if (party !== 'supervisor') continue;
          const listeners = topology.pairs
            .filter(({ speaker }) => speaker === legId)
            .map(({ listener }) => listener);
          const supervision = state.supervisions.find((running) => running.legId === legId);
          if (listeners.some((listener) => customers.has(listener)))
            expect(modeOf(state, legId)).toBe('barge');
          if (supervision?.mode === 'whisper') expect(listeners).toEqual([supervision.supervisedLegId]);
          if (supervision === undefined || supervision.mode === 'spy') expect(listeners).toEqual([]);
        }
      }
    }),
    runs(2000),
  );
});

it('who talks with each other always hears each other, their supervisors hear them, and who is held hears no party', () => {
  fc.assert(
    fc.property(anyEvents, (events) => {
      for (const {
        state: { parties, supervisions },
        topology: { pairs },
      } of topologies(played(events).log)) {
        for (const one of parties) {
          const company = parties
            .filter((other) => other.legId !== one.legId && other.as === one.as && one.as !== 'held')
            .map(({ legId }) => legId);
          const heard = pairs.filter(({ listener }) => listener === one.legId).map(({ speaker }) => speaker);
          const supervisors = new Set(supervisions.map(({ legId }) => legId));
          expect(heard.filter((legId) => !supervisors.has(legId)).toSorted()).toEqual(company.toSorted());
          for (const { legId } of supervisions.filter(
            ({ supervisedLegId }) => supervisedLegId === one.legId,
          )) {
            for (const speaker of [one.legId, ...company])
              expect(pairs).toContainEqual({ listener: legId, speaker });
          }
        }
      }
    }),
    runs(1000),
  );
});

it('nobody is in a topology who neither takes part nor supervises, and no pair is in it twice', () => {
  fc.assert(
    fc.property(anyEvents, (events) => {
      for (const {
        state,
        topology: { pairs },
      } of topologies(played(events).log)) {
        const there = [...state.parties, ...state.supervisions].map(({ legId }) => legId);
        expect(
          pairs
            .flatMap(({ listener, speaker }) => [listener, speaker])
            .filter((legId) => !there.includes(legId)),
        ).toEqual([]);
        expect(new Set(pairs.map((pair) => JSON.stringify(pair))).size).toBe(pairs.length);
      }
    }),
    runs(1000),
  );
});

it('every topology names the newest revision that is known, and every revision gets one while somebody supervises', () => {
  fc.assert(
    fc.property(anyEvents, (events) => {
      const { log, outcomes } = played(events);
      log.forEach((event, index) => {
        if (event.type === 'TopologyChanged')
          expect(event.data.revision).toBe(fold(log.slice(0, index)).revision);
      });
      expect(outcomes.some(({ ignored }) => ignored === 'behind_the_log')).toBe(false);
      log.forEach(({ sequence }, index) => {
        if (log[index + 1]?.sequence === sequence) return;
        const state = fold(log.slice(0, index + 1));
        if (state.supervisions.length > 0)
          expect([state.topology?.revision, isBehind(state)]).toEqual([state.revision, false]);
      });
    }),
    runs(1000),
  );
});

it('a message that comes twice is decided on once, and one that comes again later yields nothing', () => {
  const twice = (event: CallEvent, now: CallState) =>
    inputsWithSettings(event, now).flatMap((input) => [input, input]);
  fc.assert(
    fc.property(anyEvents, fc.nat(), (events, place) => {
      const { outcomes, state } = play(supervisionDecider, 'supervision', twice, events);
      expect(outcomes.filter((_, index) => index % 2 === 1).flatMap(({ decided }) => decided)).toEqual([]);
      const again = events[place % events.length];
      const inputs =
        again === undefined || again.type === 'KeyPressed' ? [] : inputsOf(again, permitted, state);
      expect(inputs.map((input) => supervisionDecider.decide(state, input).outcome)).toEqual(
        inputs.map(() => 'ignored'),
      );
    }),
    runs(2000),
  );
});

it('every mode key of a supervisor that differs from the mode changes it, whatever has happened to the conversation', () => {
  fc.assert(
    fc.property(anyEvents, (events) => {
      const { log } = played(events);
      log.forEach((event, index) => {
        if (event.type !== 'KeyPressed' || event.data.awaitedBy !== 'supervision') return;
        const before = modeOf(fold(log.slice(0, index + 1)), event.data.legId);
        const mode = event.data.key === null ? undefined : modeKeys[event.data.key];
        const next = log[index + 1];
        if (before !== undefined && mode !== undefined && mode !== before) {
          expect([next?.type, next?.causation.id]).toEqual(['SupervisionModeChanged', event.id]);
        } else expect(next?.causation.id).not.toBe(event.id);
      });
    }),
    runs(1000),
  );
});

it('after the end of a call nothing is decided but refusals', () => {
  fc.assert(
    fc.property(anyEvents, (events) => {
      const { outcomes } = played(events);
      const end = outcomes.findIndex(({ cause }) => cause.type === 'CallEnded');
      const after =
        end < 0 ? [] : outcomes.slice(end + 1).flatMap(({ decided }) => decided.map(({ type }) => type));
      expect(new Set(after).isSubsetOf(new Set(['SupervisionRefused']))).toBe(true);
    }),
    runs(1000),
  );
});

it('every request is answered by a start or by a refusal', () => {
  fc.assert(
    fc.property(anyEvents, (events) => {
      for (const { cause, decided } of played(events).outcomes) {
        if (cause.type === 'SupervisionRequested')
          expect(['SupervisionStarted', 'SupervisionRefused']).toContain(decided[0]?.type);
      }
    }),
    runs(1000),
  );
});

it('a supervision and a topology never share an id with another', () => {
  fc.assert(
    fc.property(anyEvents, (events) => {
      const ids = played(events).decided.flatMap(({ type, data }) =>
        type === 'SupervisionStarted'
          ? [data.supervisionId]
          : type === 'TopologyChanged'
            ? [data.topologyId]
            : [],
      );
      expect(new Set(ids).size).toBe(ids.length);
    }),
    runs(1000),
  );
});

it('a log folded in two parts, the first kept as text between them, gives the same state as folded at once', () => {
  fc.assert(
    fc.property(anyEvents, fc.nat(60), (events, cut) => {
      const { log, state } = played(events);
      const kept = JSON.parse(JSON.stringify(fold(log.slice(0, cut)))) as CallState;
      expect(fold(log.slice(cut), kept)).toEqual(state);
    }),
    runs(1000),
  );
});

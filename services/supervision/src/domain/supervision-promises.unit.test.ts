import { anyCall, anySupervisedCall, inAnyOrder, play } from '@earshot/testkit/events';
import { modeKeys, type CallEvent } from '@earshot/contracts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isBehind, type CallState } from './call-state.ts';
import { inputsOf } from './input.ts';
import { whyNotPermitted } from './permission.ts';
import { supervisionDecider } from './supervision.ts';
import { anySettings, inputsUnder, openSettings } from './testing/any-settings.ts';
import { permissionsFrom, type ToldSettings } from './testing/told-permissions.ts';

const runs = (numRuns: number) => ({ numRuns });

const anyEvents = inAnyOrder(fc.oneof(anyCall, anySupervisedCall));
/** A call, and the settings that follow each other during it. */
const anyCourse = fc.tuple(anyEvents, fc.array(anySettings, { minLength: 1, maxLength: 4 }));
type Course = readonly [readonly CallEvent[], readonly ToldSettings[]];

/** `under`: the settings as they were when each commit of ours was decided, by its place in the log. */
const played = ([events, settings]: Course) => {
  const { inputs, now } = inputsUnder(settings);
  const under = new Map<string, ToldSettings>();
  const result = play(
    supervisionDecider,
    'supervision',
    (event, state) => {
      const led = inputs(event, state);
      under.set(event.id, now());
      return led;
    },
    events,
  );
  const settingsOf = (event: CallEvent): ToldSettings => under.get(event.causation.id) ?? openSettings;
  return { ...result, settingsOf, now };
};
const fold = (events: readonly CallEvent[], from = supervisionDecider.initialState()) =>
  events.reduce(supervisionDecider.evolve, from);

/** The topologies that were decided, each with the state after its commit. */
const topologies = (log: readonly CallEvent[]) =>
  log.flatMap((event, index) =>
    event.type === 'TopologyChanged'
      ? [{ event, state: fold(log.slice(0, index + 1)), topology: event.data }]
      : [],
  );
const modeOf = (state: CallState, legId: string) =>
  state.supervisions.find((running) => running.legId === legId)?.mode;

it('a supervisor is heard by the customer while barging only, by one leg while whispering, and by nobody while spying', () => {
  fc.assert(
    fc.property(anyCourse, (course) => {
      for (const { state, topology } of topologies(played(course).log)) {
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
          if (supervision?.mode === 'whisper')
            expect([[], [supervision.supervisedLegId]]).toContainEqual(listeners);
          if (supervision === undefined || supervision.mode === 'spy') expect(listeners).toEqual([]);
        }
      }
    }),
    runs(2000),
  );
});

it('who talks with each other always hears each other, their supervisors hear them unless another barges whom they shall not hear, and who is held hears no party', () => {
  fc.assert(
    fc.property(anyCourse, (course) => {
      const { log, settingsOf } = played(course);
      for (const {
        event,
        state: { parties, supervisions },
        topology: { pairs },
      } of topologies(log)) {
        const isApart = settingsOf(event).hearEachOther === 'nobody';
        for (const one of parties) {
          const company = parties
            .filter((other) => other.legId !== one.legId && other.as === one.as && one.as !== 'held')
            .map(({ legId }) => legId);
          const heard = pairs.filter(({ listener }) => listener === one.legId).map(({ speaker }) => speaker);
          const supervisors = new Set(supervisions.map(({ legId }) => legId));
          expect(heard.filter((legId) => !supervisors.has(legId)).toSorted()).toEqual(company.toSorted());
          const around = supervisions.filter(({ supervisedLegId }) =>
            [one.legId, ...company].includes(supervisedLegId),
          );
          const alone = isApart ? around.find(({ mode }) => mode === 'barge') : undefined;
          for (const supervision of around.filter(({ supervisedLegId }) => supervisedLegId === one.legId)) {
            const { legId: listener } = supervision;
            if (alone && alone !== supervision)
              expect(pairs.filter((pair) => pair.listener === listener || pair.speaker === listener)).toEqual(
                [],
              );
            else
              for (const speaker of [one.legId, ...company])
                expect(pairs).toContainEqual({ listener, speaker });
          }
        }
      }
    }),
    runs(1000),
  );
});

it('a supervisor hears another who barges and no other, and none at all when they shall hear nobody of each other', () => {
  fc.assert(
    fc.property(anyCourse, (course) => {
      const { log, settingsOf } = played(course);
      for (const { event, state, topology } of topologies(log)) {
        const supervisors = new Set(state.supervisions.map(({ legId }) => legId));
        for (const { speaker } of topology.pairs.filter(
          ({ listener, speaker }) => supervisors.has(listener) && supervisors.has(speaker),
        ))
          expect([settingsOf(event).hearEachOther, modeOf(state, speaker)]).toEqual(['barging', 'barge']);
      }
    }),
    runs(2000),
  );
});

it('whoever supervises may, in that mode, and no more begin than may be on one call', () => {
  fc.assert(
    fc.property(anyCourse, (course) => {
      const { log, settingsOf } = played(course);
      log.forEach((event, index) => {
        if (event.type !== 'SupervisionStarted' && event.type !== 'SupervisionModeChanged') return;
        const { supervisions, requests } = fold(log.slice(0, index + 1));
        const settings = settingsOf(event);
        const { supervisionId, mode } = event.data;
        const legId = supervisions.find((one) => one.supervisionId === supervisionId)?.legId;
        const { supervisor = '', target = '' } = requests.find((one) => one.legId === legId) ?? {};
        expect(whyNotPermitted(permissionsFrom(settings), supervisor, target, mode)).toBeNull();
        if (event.type === 'SupervisionStarted')
          expect(supervisions.length).toBeLessThanOrEqual(settings.maxPerCall ?? 0);
      });
    }),
    runs(2000),
  );
});

it('nobody is in a topology who neither takes part nor supervises, and no pair is in it twice', () => {
  fc.assert(
    fc.property(anyCourse, (course) => {
      for (const {
        state,
        topology: { pairs },
      } of topologies(played(course).log)) {
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
    fc.property(anyCourse, (course) => {
      const { log, outcomes } = played(course);
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
  fc.assert(
    fc.property(anyCourse, fc.nat(), ([events, settings], place) => {
      const { inputs: once, now } = inputsUnder(settings);
      const twice = (event: CallEvent, known: CallState) =>
        once(event, known).flatMap((input) => [input, input]);
      const { outcomes, state } = play(supervisionDecider, 'supervision', twice, events);
      expect(outcomes.filter((_, index) => index % 2 === 1).flatMap(({ decided }) => decided)).toEqual([]);
      const again = events[place % events.length];
      const inputs =
        again === undefined || again.type === 'KeyPressed'
          ? []
          : inputsOf(again, permissionsFrom(now()), state);
      expect(inputs.map((input) => supervisionDecider.decide(state, input).outcome)).toEqual(
        inputs.map(() => 'ignored'),
      );
    }),
    runs(2000),
  );
});

it('every mode key of a supervisor that differs from the mode changes it or is refused, whatever has happened to the conversation', () => {
  fc.assert(
    fc.property(anyCourse, (course) => {
      const { log } = played(course);
      log.forEach((event, index) => {
        if (event.type !== 'KeyPressed' || event.data.awaitedBy !== 'supervision') return;
        const before = modeOf(fold(log.slice(0, index + 1)), event.data.legId);
        const mode = event.data.key === null ? undefined : modeKeys[event.data.key];
        const next = log[index + 1];
        if (before !== undefined && mode !== undefined && mode !== before) {
          expect(['SupervisionModeChanged', 'SupervisionModeRefused']).toContain(next?.type);
          expect(next?.causation.id).toBe(event.id);
        } else expect(next?.causation.id).not.toBe(event.id);
      });
    }),
    runs(1000),
  );
});

it('after the end of a call nothing is decided but refusals', () => {
  fc.assert(
    fc.property(anyCourse, (course) => {
      const { outcomes } = played(course);
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
    fc.property(anyCourse, (course) => {
      for (const { cause, decided } of played(course).outcomes) {
        if (cause.type === 'SupervisionRequested')
          expect(['SupervisionStarted', 'SupervisionRefused']).toContain(decided[0]?.type);
      }
    }),
    runs(1000),
  );
});

it('a supervision and a topology never share an id with another', () => {
  fc.assert(
    fc.property(anyCourse, (course) => {
      const ids = played(course).decided.flatMap(({ type, data }) =>
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
    fc.property(anyCourse, fc.nat(60), (course, cut) => {
      const { log, state } = played(course);
      const kept = JSON.parse(JSON.stringify(fold(log.slice(0, cut)))) as CallState;
      expect(fold(log.slice(cut), kept)).toEqual(state);
    }),
    runs(1000),
  );
});

import { anyCall, inAnyOrder, play, type CallScript } from '@earshot/testkit/events';
import type { CallEvent } from '@earshot/contracts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { withUnreadableCommit, type CallState } from './call-state.ts';
import { inputsOf, type Input, type LineSetting } from './input.ts';
import { recordingConsentDecider } from './recording-consent.ts';
import { askedCall } from './testing/random-asked-call.ts';
import { isDeaf, tableAllows, talkGoesOn, windowsIn } from './testing/table-retold.ts';

const lineSetting: fc.Arbitrary<LineSetting> = fc.option(
  fc.record({
    setting: fc.constantFrom('always', 'opt_in', 'opt_out', 'never'),
    version: fc.integer({ min: 1 }),
  }),
);
const played = (call: CallScript, setting: LineSetting) =>
  play(recordingConsentDecider, 'recording-consent', (event) => inputsOf(event, () => setting), call.events);
const fold = (events: readonly CallEvent[], from = recordingConsentDecider.initialState()) =>
  events.reduce(recordingConsentDecider.evolve, from);
const anyEvents = inAnyOrder(fc.oneof(anyCall, askedCall));
const optOut: LineSetting = { setting: 'opt_out', version: 7 };
const playedEvents = (events: readonly CallEvent[], setting: LineSetting) =>
  play(recordingConsentDecider, 'recording-consent', (event) => inputsOf(event, () => setting), events);

it('a recording is allowed exactly when the table allows it, whatever happens on the call', () => {
  fc.assert(
    fc.property(fc.oneof(anyCall, askedCall), fc.oneof(lineSetting, fc.constant(optOut)), (call, setting) => {
      const { log } = played(call, setting);
      log.forEach((event, index) => {
        if (event.type === 'RecordingAllowed') expect(tableAllows(log.slice(0, index), setting)).toBe(true);
        if (event.type === 'RecordingForbidden')
          expect([tableAllows(log.slice(0, index), setting), event.data.ground]).toEqual([
            false,
            event.data.ground,
          ]);
      });
    }),
    { numRuns: 2000 },
  );
});

it('a silence that allows a recording is named, lies in a window that was open before an agent answered, and was not spoilt', () => {
  fc.assert(
    fc.property(anyEvents, (events) => {
      const { log } = playedEvents(events, optOut);
      log.forEach((event, index) => {
        if (event.type !== 'RecordingAllowed' || event.data.ground !== 'caller_did_not_opt_out') return;
        const windows = windowsIn(log.slice(0, index));
        expect(windows.find(({ windowId }) => windowId === event.data.windowId)?.closed).not.toBe(
          'greeting_failed',
        );
        expect(windows.map(({ windowId }) => windowId)).toContain(event.data.windowId);
        expect(isDeaf(log.slice(0, index))).toBe(false);
        expect(log.slice(0, index).some(({ type }) => type === 'ConsentChosen')).toBe(false);
      });
    }),
    { numRuns: 4000 },
  );
});

it('a line set to never is never recorded, and a line of which nothing is known neither', () => {
  fc.assert(
    fc.property(
      anyEvents,
      fc.constantFrom<LineSetting>({ setting: 'never', version: 7 }, null),
      (events, setting) => {
        expect(playedEvents(events, setting).decided.map(({ type }) => type)).not.toContain(
          'RecordingAllowed',
        );
      },
    ),
    { numRuns: 1000 },
  );
});

it('a recording is allowed only while a customer and an agent talk, and withdrawn in the same commit as they cease to', () => {
  fc.assert(
    fc.property(anyEvents, lineSetting, (events, setting) => {
      const { log } = playedEvents(events, setting);
      log.forEach(({ sequence }, index) => {
        if (log[index + 1]?.sequence === sequence) return;
        const standing = fold(log.slice(0, index + 1)).standing;
        if (standing !== null) expect(talkGoesOn(log.slice(0, index + 1))).toBe(true);
      });
      const recordingIds = log.flatMap((event) =>
        event.type === 'RecordingAllowed' ? [event.data.recordingId] : [],
      );
      expect(new Set(recordingIds).size).toBe(recordingIds.length);
    }),
    { numRuns: 2000 },
  );
});

it('a caller chooses once, with key 3, in an open window, before an agent answers', () => {
  fc.assert(
    fc.property(anyEvents, lineSetting, (events, setting) => {
      const { log } = playedEvents(events, setting);
      expect(log.filter(({ type }) => type === 'ConsentChosen').length).toBeLessThanOrEqual(1);
      const chosenAt = log.findIndex(({ type }) => type === 'ConsentChosen');
      const before = log.slice(0, Math.max(0, chosenAt));
      const key = before.at(-1);
      if (!key) return;
      if (key.type !== 'KeyPressed') throw new Error(`Chosen because of ${key.type}`);
      const closed = windowsIn(before).find(({ windowId }) => windowId === key.data.windowId)?.closed;
      const isDecided = before.some(
        ({ type }) => type === 'RecordingAllowed' || type === 'RecordingForbidden',
      );
      expect([key.data.key, closed]).toEqual(['3', closed === 'connected' || isDecided ? 'connected' : null]);
    }),
    { numRuns: 2000 },
  );
});

it('a message that comes twice is decided on once', () => {
  fc.assert(
    fc.property(anyCall, lineSetting, (call, setting) => {
      const twice = (event: CallEvent) => inputsOf(event, () => setting).flatMap((input) => [input, input]);
      const { outcomes } = play(recordingConsentDecider, 'recording-consent', twice, call.events);
      const again = outcomes
        .filter((_, index) => index % 2 === 1)
        .flatMap(({ decided }) => decided.map(({ type }) => type));
      expect(new Set(again).isSubsetOf(new Set(['ConsentKeyIgnored']))).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

it('a call of which a commit cannot be read is not recorded from then on', () => {
  fc.assert(
    fc.property(
      anyCall,
      fc.constantFrom('always', 'opt_in', 'opt_out'),
      fc.nat(40),
      (call, setting, place) => {
        const { events } = call;
        const at = events[place % events.length];
        const decide = recordingConsentDecider.decide;
        const unreadableFrom = {
          ...recordingConsentDecider,
          evolve: (state: CallState, event: CallEvent) => {
            const next = recordingConsentDecider.evolve(state, event);
            return event === at ? withUnreadableCommit(next) : next;
          },
        };
        const inputs = (event: CallEvent): readonly Input[] => [
          ...(event === at ? [{ type: 'commit-unreadable' } as const] : []),
          ...inputsOf(event, () => ({ setting, version: 7 })),
        ];
        const { log, state } = play({ ...unreadableFrom, decide }, 'recording-consent', inputs, events);
        expect(state.standing).toBeNull();
        expect(log.slice(log.indexOf(at as CallEvent)).map(({ type }) => type)).not.toContain(
          'RecordingAllowed',
        );
      },
    ),
    { numRuns: 1000 },
  );
});

it('nothing is decided after the call is over', () => {
  fc.assert(
    fc.property(anyCall, lineSetting, (call, setting) => {
      const { outcomes, state } = played(call, setting);
      const end = outcomes.findIndex(({ cause }) => cause.type === 'CallEnded');
      expect(end < 0 ? [] : outcomes.slice(end + 1).flatMap(({ decided }) => decided)).toEqual([]);
      if (end >= 0) expect(recordingConsentDecider.isOver(state)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

it('a log folded in two parts, the first kept as text between them, gives the same state as folded at once', () => {
  fc.assert(
    fc.property(anyCall, lineSetting, fc.nat(60), (call, setting, cut) => {
      const { log, state } = played(call, setting);
      const kept = JSON.parse(JSON.stringify(fold(log.slice(0, cut)))) as CallState;
      expect(fold(log.slice(cut), kept)).toEqual(state);
    }),
    { numRuns: 1000 },
  );
});

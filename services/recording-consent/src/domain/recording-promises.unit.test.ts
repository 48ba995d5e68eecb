import { aCall, anyCall, play, type CallScript } from '@earshot/testkit/events';
import type { CallEvent } from '@earshot/contracts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { withUnreadableCommit, type CallState } from './call-state.ts';
import { inputsOf, type Input, type LineSetting } from './input.ts';
import { recordingConsentDecider } from './recording-consent.ts';

const lineSetting: fc.Arbitrary<LineSetting> = fc.option(
  fc.record({ setting: fc.constantFrom('always', 'opt_in', 'opt_out', 'never'), version: fc.integer({ min: 1 }) }));
const played = (call: CallScript, setting: LineSetting) => play(recordingConsentDecider, 'recording-consent', (event) => inputsOf(event, () => setting), call.events);
const fold = (events: readonly CallEvent[], from = recordingConsentDecider.initialState()) => events.reduce(recordingConsentDecider.evolve, from);

/** The consent windows of the log that were opened before an agent answered, and why each of them closed, if it did. */
const windowsIn = (before: readonly CallEvent[]) => {
  const isAgentBy = (index: number, legId: string) => before.slice(0, index).some((event) =>
    (event.type === 'LegArrived' || event.type === 'LegOffered') && event.data.legId === legId && event.data.party === 'agent');
  const answeredAt = before.findIndex((event, index) =>
    (event.type === 'LegAnswered' && isAgentBy(index, event.data.legId)) || event.type === 'RecordingAllowed' || event.type === 'RecordingForbidden');
  return before.slice(0, answeredAt < 0 ? before.length : answeredAt).flatMap((event) => {
    if (event.type !== 'KeyWindowOpened' || event.data.awaits !== 'consent') return [];
    const closed = before.find((other) => other.type === 'KeyWindowClosed' && other.data.windowId === event.data.windowId);
    return [{ windowId: event.data.windowId, closed: closed?.type === 'KeyWindowClosed' ? closed.data.reason : null }];
  });
};

/** The table of product.md 2 told a second time, from the events alone and in the plainest way. */
const tableAllows = (before: readonly CallEvent[], setting: LineSetting): boolean => {
  const started = before.find((event) => event.type === 'CallStarted')?.data;
  const chose = before.find((event) => event.type === 'ConsentChosen')?.data.choice;
  const windows = windowsIn(before);
  if (!started?.line || !setting) return false;
  if (started.direction === 'outbound') return setting.setting === 'always' || setting.setting === 'opt_out';
  switch (setting.setting) {
    case 'always':
      return true;
    case 'never':
      return false;
    case 'opt_in':
      return chose === 'caller_opted_in';
    case 'opt_out':
      return started.line.type === 'phone' && chose !== 'caller_opted_out' &&
        windows.some(({ closed }) => closed !== 'greeting_failed') && !deaf(before);
  }
};

/** Whether a customer and an agent talk, told a second time from the events alone. */
const talk = (before: readonly CallEvent[]): boolean => {
  const gone = new Set(before.flatMap((event) => (event.type === 'LegEnded' ? [event.data.legId] : [])));
  const newest = before.flatMap((event) => (event.type === 'ConversationChanged' ? [event.data] : [])).toSorted((a, b) => b.revision - a.revision)[0];
  const talking = newest ? newest.parties.filter(({ legId, as }) => as === 'talking' && !gone.has(legId)).map(({ legId }) => legId) : [];
  const partyOf = (legId: string) => before.flatMap((event) =>
    ((event.type === 'LegArrived' || event.type === 'LegOffered') && event.data.legId === legId ? [event.data.party] : [])).at(-1);
  return talking.some((legId) => partyOf(legId) === 'customer') && talking.some((legId) => partyOf(legId) === 'agent') &&
    !before.some(({ type }) => type === 'CallEnded');
};

type Sentence = (call: CallScript) => CallScript;
const lateKey = (n: number): Sentence => (call) => call.commit('signaling', {
  type: 'KeyPressed', data: { legId: call.legOf('customer'), key: '3', awaitedBy: 'consent', windowId: `${call.callId}-w${n}` },
});
const answers = (call: CallScript) => call.commit('signaling', { type: 'LegAnswered', data: { legId: call.legOf('1004') } });

/** A caller is asked, presses or not, and talks with agents: what `anyCall` does seldom, over and over. */
const askedCall: fc.Arbitrary<CallScript> = fc.array(fc.oneof<fc.Arbitrary<Sentence>[]>(
  fc.constantFrom('completed', 'failed').map((outcome) => (call) => call.hearsPrompt('consent', { outcome })),
  fc.constantFrom('keys_not_heard', 'greeting_failed', 'connected', 'time_up').map((reason) => (call) => call.windowCloses(reason)),
  fc.constantFrom('3', '4').map((key) => (call) => call.presses('customer', key, 'consent')),
  fc.integer({ min: 1, max: 2 }).map(lateKey),
  fc.constantFrom<Sentence>((call) => call.entersMenu('support').windowCloses('keys_not_heard'), (call) => call.queued(), answers),
  fc.constantFrom<Sentence>(
    (call) => call.answeredBy('1004'), (call) => call.converse({ customer: 'held', 1004: 'talking' }),
    (call) => call.converse({ customer: 'talking', 1004: 'talking' }), (call) => call.converse({ 1004: 'talking' }),
  ),
), { maxLength: 8 }).chain((told) => fc.constantFrom('customer', '1004', null).map((leaver) => {
  const call = told.reduce((before, sentence) => sentence(before), aCall().inbound('support').rings('1004')).answeredBy('1004');
  return leaver === null ? call : call.commit('signaling', { type: 'LegEnded', data: { legId: call.legOf(leaver), reason: 'hung_up' } });
}));

const commitsOf = (call: CallScript) => [...Map.groupBy(call.events, ({ sequence }) => sequence).values()];
const inOrder = (commits: readonly (readonly CallEvent[])[]) => commits.flatMap((commit, place) => commit.map((event) => ({ ...event, sequence: place + 1 })));
const shuffled = (commits: readonly (readonly CallEvent[])[]) => fc.shuffledSubarray([...commits], { minLength: Math.ceil(commits.length / 2) });

/** Commits of signaling, also in an order that no log has: not even then may we record what we must not. */
const inAnyOrder = fc.oneof(anyCall, askedCall).chain((call) => {
  const [first = [], ...others] = commitsOf(call);
  return fc.oneof(
    fc.constant(call.events), shuffled(others).map((commits) => inOrder([first, ...commits])), shuffled([first, ...others]).map(inOrder));
});
const optOut: LineSetting = { setting: 'opt_out', version: 7 };
const deaf = (before: readonly CallEvent[]) => {
  const menus = before.flatMap((event) => (event.type === 'KeyWindowOpened' && event.data.awaits === 'menu' ? [event.data.windowId] : []));
  return before.some((event) => event.type === 'KeyWindowClosed' && event.data.reason === 'keys_not_heard' && !menus.includes(event.data.windowId));
};
const playedEvents = (events: readonly CallEvent[], setting: LineSetting) =>
  play(recordingConsentDecider, 'recording-consent', (event) => inputsOf(event, () => setting), events);

it('a recording is allowed exactly when the table allows it, whatever happens on the call', () => {
  fc.assert(fc.property(fc.oneof(anyCall, askedCall), fc.oneof(lineSetting, fc.constant(optOut)), (call, setting) => {
    const { log } = played(call, setting);
    log.forEach((event, index) => {
      if (event.type === 'RecordingAllowed') expect(tableAllows(log.slice(0, index), setting)).toBe(true);
      if (event.type === 'RecordingForbidden') expect([tableAllows(log.slice(0, index), setting), event.data.ground]).toEqual([false, event.data.ground]);
    });
  }), { numRuns: 2000 });
});

it('a silence that allows a recording is named, lies in a window that was open before an agent answered, and was not spoilt', () => {
  fc.assert(fc.property(inAnyOrder, (events) => {
    const { log } = playedEvents(events, optOut);
    log.forEach((event, index) => {
      if (event.type !== 'RecordingAllowed' || event.data.ground !== 'caller_did_not_opt_out') return;
      const windows = windowsIn(log.slice(0, index));
      expect(windows.find(({ windowId }) => windowId === event.data.windowId)?.closed).not.toBe('greeting_failed');
      expect(windows.map(({ windowId }) => windowId)).toContain(event.data.windowId);
      expect(deaf(log.slice(0, index))).toBe(false);
      expect(log.slice(0, index).some(({ type }) => type === 'ConsentChosen')).toBe(false);
    });
  }), { numRuns: 4000 });
});

it('a line set to never is never recorded, and a line of which nothing is known neither', () => {
  fc.assert(fc.property(inAnyOrder, fc.constantFrom<LineSetting>({ setting: 'never', version: 7 }, null), (events, setting) => {
    expect(playedEvents(events, setting).decided.map(({ type }) => type)).not.toContain('RecordingAllowed');
  }), { numRuns: 1000 });
});

it('a recording is allowed only while a customer and an agent talk, and withdrawn in the same commit as they cease to', () => {
  fc.assert(fc.property(inAnyOrder, lineSetting, (events, setting) => {
    const { log } = playedEvents(events, setting);
    log.forEach(({ sequence }, index) => {
      if (log[index + 1]?.sequence === sequence) return;
      const standing = fold(log.slice(0, index + 1)).standing;
      if (standing !== null) expect(talk(log.slice(0, index + 1))).toBe(true);
    });
    const recordingIds = log.flatMap((event) => (event.type === 'RecordingAllowed' ? [event.data.recordingId] : []));
    expect(new Set(recordingIds).size).toBe(recordingIds.length);
  }), { numRuns: 2000 });
});

it('a caller chooses once, with key 3, in an open window, before an agent answers', () => {
  fc.assert(fc.property(inAnyOrder, lineSetting, (events, setting) => {
    const { log } = playedEvents(events, setting);
    expect(log.filter(({ type }) => type === 'ConsentChosen').length).toBeLessThanOrEqual(1);
    const chosenAt = log.findIndex(({ type }) => type === 'ConsentChosen');
    const before = log.slice(0, Math.max(0, chosenAt));
    expect(before.some(({ type }) => type === 'RecordingAllowed' || type === 'RecordingForbidden')).toBe(false);
    const key = before.at(-1);
    if (key) expect(key.type === 'KeyPressed' && [key.data.key, windowsIn(before).find(({ windowId }) => windowId === key.data.windowId)?.closed]).toEqual(['3', null]);
  }), { numRuns: 2000 });
});

it('a message that comes twice is decided on once', () => {
  fc.assert(fc.property(anyCall, lineSetting, (call, setting) => {
    const twice = (event: CallEvent) => inputsOf(event, () => setting).flatMap((input) => [input, input]);
    const { outcomes } = play(recordingConsentDecider, 'recording-consent', twice, call.events);
    const again = outcomes.filter((_, index) => index % 2 === 1).flatMap(({ decided }) => decided.map(({ type }) => type));
    expect(new Set(again).isSubsetOf(new Set(['ConsentKeyIgnored']))).toBe(true);
  }), { numRuns: 1000 });
});

it('a call of which a commit cannot be read is not recorded from then on', () => {
  fc.assert(fc.property(anyCall, fc.constantFrom('always', 'opt_in', 'opt_out'), fc.nat(40), (call, setting, place) => {
    const { events } = call;
    const at = events[place % events.length];
    const decide = recordingConsentDecider.decide;
    const unreadableFrom = { ...recordingConsentDecider, evolve: (state: CallState, event: CallEvent) => {
      const next = recordingConsentDecider.evolve(state, event);
      return event === at ? withUnreadableCommit(next) : next;
    } };
    const inputs = (event: CallEvent): readonly Input[] => [
      ...(event === at ? [{ type: 'commit-unreadable', at: event.occurredAt } as const] : []), ...inputsOf(event, () => ({ setting, version: 7 })),
    ];
    const { log, state } = play({ ...unreadableFrom, decide }, 'recording-consent', inputs, events);
    expect(state.standing).toBeNull();
    expect(log.slice(log.indexOf(at as CallEvent)).map(({ type }) => type)).not.toContain('RecordingAllowed');
  }), { numRuns: 1000 });
});

it('nothing is decided after the call is over', () => {
  fc.assert(fc.property(anyCall, lineSetting, (call, setting) => {
    const { outcomes, state } = played(call, setting);
    const end = outcomes.findIndex(({ cause }) => cause.type === 'CallEnded');
    expect(end < 0 ? [] : outcomes.slice(end + 1).flatMap(({ decided }) => decided)).toEqual([]);
    if (end >= 0) expect(recordingConsentDecider.isOver(state)).toBe(true);
  }), { numRuns: 1000 });
});

it('a log folded in two parts, the first kept as text between them, gives the same state as folded at once', () => {
  fc.assert(fc.property(anyCall, lineSetting, fc.nat(60), (call, setting, cut) => {
    const { log, state } = played(call, setting);
    const kept = JSON.parse(JSON.stringify(fold(log.slice(0, cut)))) as CallState;
    expect(fold(log.slice(cut), kept)).toEqual(state);
  }), { numRuns: 1000 });
});

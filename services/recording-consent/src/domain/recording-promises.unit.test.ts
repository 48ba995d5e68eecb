import { anyCall, play, type CallScript } from '@earshot/testkit/events';
import type { CallEvent } from '@earshot/contracts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CallState } from './call-state.ts';
import { inputsOf, type LineSetting } from './input.ts';
import { recordingConsentDecider } from './recording-consent.ts';

const lineSetting: fc.Arbitrary<LineSetting> = fc.option(
  fc.record({ setting: fc.constantFrom('always', 'opt_in', 'opt_out', 'never'), version: fc.integer({ min: 1 }) }));
const played = (call: CallScript, setting: LineSetting) => play(recordingConsentDecider, 'recording-consent', (event) => inputsOf(event, () => setting), call.events);
const fold = (events: readonly CallEvent[], from = recordingConsentDecider.initialState()) => events.reduce(recordingConsentDecider.evolve, from);

/** The table of docs/product.md 2 told a second time, from the events alone and in the plainest way. */
const tableAllows = (before: readonly CallEvent[], setting: LineSetting): boolean => {
  const started = before.find((event) => event.type === 'CallStarted')?.data;
  const greeting = before.find((event) => event.type === 'PromptRequested' && event.data.kind === 'consent' &&
    before.some((other) => other.type === 'PromptStarted' && event.type === 'PromptRequested' && other.data.promptId === event.data.promptId));
  const chose = before.find((event) => event.type === 'ConsentChosen')?.data.choice;
  const heardOfIt = greeting !== undefined || before.some(({ type }) => type === 'MenuChosen');
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
      return started.line.type === 'phone' && heardOfIt && chose !== 'caller_opted_out';
  }
};

it('a recording is allowed exactly when the table allows it, whatever happens on the call', () => {
  fc.assert(fc.property(anyCall, lineSetting, (call, setting) => {
    const { log } = played(call, setting);
    log.forEach((event, index) => {
      if (event.type === 'RecordingAllowed') expect(tableAllows(log.slice(0, index), setting)).toBe(true);
      if (event.type === 'RecordingForbidden') expect(tableAllows(log.slice(0, index), setting)).toBe(false);
    });
  }), { numRuns: 2000 });
});

it('a recording is allowed only while two parties are connected, and withdrawn as soon as they are not', () => {
  fc.assert(fc.property(anyCall, lineSetting, (call, setting) => {
    const { log } = played(call, setting);
    log.forEach((_, index) => {
      const state = fold(log.slice(0, index + 1));
      const next = log[index + 1];
      if (state.standing !== null && state.connected.length === 0) expect(next?.type).toBe('RecordingWithdrawn');
    });
  }), { numRuns: 1000 });
});

it('a caller chooses once, with key 3, before an agent answers', () => {
  fc.assert(fc.property(anyCall, lineSetting, (call, setting) => {
    const { log } = played(call, setting);
    const choices = log.filter(({ type }) => type === 'ConsentChosen');
    expect(choices.length).toBeLessThanOrEqual(1);
    const chosenAt = log.findIndex(({ type }) => type === 'ConsentChosen');
    expect(log.slice(0, Math.max(0, chosenAt)).some(({ type }) => type === 'PartiesConnected')).toBe(false);
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

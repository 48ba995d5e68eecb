import type { Instant } from '@earshot/contracts';
import { liveLegs, type CallState } from './domain/call-state.ts';
import type { CallInput } from './domain/call-input.ts';
import type { Directory } from './domain/directory.ts';
import type { SwitchSnapshot } from './domain/switch.ts';

/**
 * What happened to a call while nobody looked: the inputs that bring the log to what is true on the switch.
 * @param lengthOf audio in ms of a recording that is no longer running
 */
export const missedInputs = (
  state: CallState, snapshot: SwitchSnapshot, at: Instant, directory: Directory, lengthOf: (recordingId: string) => number,
): readonly CallInput[] => {
  const legs = new Map(snapshot.legs.map((leg) => [leg.handle, leg]));
  const running = new Set(snapshot.recorders.map(({ recordingId }) => recordingId));

  const ofLegs = liveLegs(state).flatMap((leg): CallInput[] => {
    const there = legs.get(leg.handle);
    if (!there) return [{ type: 'leg-gone', at, handle: leg.handle, reason: 'lost' }];
    return there.state === 'answered' && leg.state === 'new' ? [{ type: 'leg-answered', at, handle: leg.handle, directory }] : [];
  });
  const ofPrompts = state.prompts.filter((prompt) => prompt.state === 'started' && !snapshot.prompts.includes(prompt.promptId))
    .map((prompt): CallInput => ({ type: 'prompt-ended', at, promptId: prompt.promptId, outcome: 'cut_short', directory }));
  const ofRecorders = state.recorders.filter(({ state: recorder }) => recorder === 'running' || recorder === 'unknown')
    .filter(({ recordingId }) => !running.has(recordingId))
    .map(({ recordingId }): CallInput => ({ type: 'recorder-stopped', at, recordingId, durationMs: lengthOf(recordingId) }));
  const startedUnseen = snapshot.recorders.filter(({ recordingId }) => state.callId !== null && recordingId.startsWith(state.callId))
    .filter(({ recordingId }) => !state.recorders.some((known) => known.recordingId === recordingId))
    .map(({ recordingId }): CallInput => ({ type: 'recorder-started', at, recordingId }));

  return [...startedUnseen, ...ofRecorders, ...ofPrompts, ...ofLegs];
};

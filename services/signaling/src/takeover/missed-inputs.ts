import type { Instant } from '@earshot/contracts';
import { liveLegs, type CallState } from '../domain/call-state.ts';
import type { CallInput } from '../domain/call-input.ts';
import type { Directory } from '../domain/directory.ts';
import type { Asked, SwitchSnapshot } from '../domain/switch.ts';

/** What the switch has to be asked after by id to compare it with calls: every recorder that may run, every prompt that may play. */
export const askedAfter = (states: readonly CallState[]): Asked => ({
  recorders: states.flatMap(({ recordings }) => recordings.filter(({ isCollected }) => !isCollected).map(({ recordingId }) => recordingId)),
  prompts: states.flatMap(({ prompts }) => prompts.filter(({ state }) => state !== 'ended').map(({ promptId }) => promptId)),
});

export interface MissedOptions {
  readonly at: Instant;
  /**
   * Until when somebody watched. A leg that is no longer there may have left just after, so that it is not taken to have
   * talked, or agreed to be recorded, any longer. Undefined: nobody ever watched before.
   */
  readonly watchedUntil: Instant | undefined;
  readonly directory: Directory;
  /** Audio in ms of a recording that is no longer running; undefined: the switch did not say, so nothing is concluded. */
  readonly lengthOf: (recordingId: string) => number | undefined;
  /** Whether a task (by its key) was asked of the switch by this process: if not, what is not there is yet to come. */
  readonly wasOrdered: (taskKey: string) => boolean;
}

type Of = (state: CallState, snapshot: SwitchSnapshot, options: MissedOptions) => readonly CallInput[];

const earlier = (one: Instant, other: Instant | undefined): Instant => (other !== undefined && other < one ? other : one);

/** When a recorder ended that ran to its end unseen: its audio tells. */
const endOf = (startedAt: Instant | null, durationMs: number, at: Instant): Instant =>
  (startedAt === null ? at : earlier(at, new Date(Date.parse(startedAt) + durationMs).toISOString()));

const ofLegs: Of = (state, snapshot, { at, watchedUntil, directory, wasOrdered }) => {
  const legs = new Map(snapshot.legs.map((leg) => [leg.handle, leg]));
  return liveLegs(state).flatMap((leg): CallInput[] => {
    const there = legs.get(leg.handle);
    const isYetToRing = leg.origin === 'offered' && leg.state === 'new' && !wasOrdered(`ring ${leg.legId}`);
    if (!there) return isYetToRing ? [] : [{ type: 'leg-gone', at: earlier(at, watchedUntil), handle: leg.handle, reason: 'lost' }];
    return there.state === 'answered' && leg.state === 'new' ? [{ type: 'leg-answered', at, handle: leg.handle, directory }] : [];
  });
};

const ofPrompts: Of = (state, snapshot, { at, directory, wasOrdered }) => state.prompts.flatMap((prompt): CallInput[] => {
  const { promptId } = prompt;
  if (prompt.state === 'ended') return [];
  if (snapshot.prompts.includes(promptId)) return prompt.state === 'requested' ? [{ type: 'prompt-started', at, promptId }] : [];
  return prompt.state === 'started' || wasOrdered(`play ${promptId}`) ? [{ type: 'prompt-ended', at, promptId, outcome: 'cut_short', directory }] : [];
});

const ofRecorders: Of = (state, snapshot, { at, lengthOf }) => {
  const running = new Set(snapshot.recorders.map(({ recordingId }) => recordingId));
  return state.recordings.flatMap(({ recordingId, recorder, startedAt }): CallInput[] => {
    if (running.has(recordingId)) return recorder === 'running' ? [] : [{ type: 'recorder-started', at, recordingId }];
    if (recorder !== 'running' && recorder !== 'unknown') return [];
    const durationMs = lengthOf(recordingId);
    return durationMs === undefined ? [] : [{ type: 'recorder-stopped', at: endOf(startedAt, durationMs, at), recordingId, durationMs }];
  });
};

/** What happened to a call while nobody looked: the inputs that bring the log to what is true on the switch. */
export const missedInputs: Of = (state, snapshot, options) => [
  ...ofRecorders(state, snapshot, options), ...ofPrompts(state, snapshot, options), ...ofLegs(state, snapshot, options),
];

import type { Instant } from '@earshot/contracts';
import { liveLegs, type CallState, type Leg } from '../domain/call-state.ts';
import type { CallInput } from '../domain/call-input.ts';
import type { Directory } from '../domain/directory.ts';
import type { Asked, SwitchSnapshot } from '../domain/switch.ts';
import { tasksOf } from '../domain/tasks.ts';

/** What the switch has to be asked after by id to compare it with calls: every recorder that may run, every prompt that may play,
 * every supervisor who may have pressed a key. */
export const askedAfter = (states: readonly CallState[]): Asked => ({
  recorders: states.flatMap(({ recordings }) =>
    recordings.filter(({ isCollected }) => !isCollected).map(({ recordingId }) => recordingId),
  ),
  prompts: states.flatMap(({ prompts }) =>
    prompts.filter(({ state }) => state !== 'ended').map(({ promptId }) => promptId),
  ),
  keysOf: states.flatMap((state) =>
    liveLegs(state)
      .filter(({ party, state: is }) => party === 'supervisor' && is === 'answered')
      .map(({ handle }) => handle),
  ),
});

export interface MissedOptions {
  readonly at: Instant;
  /** The call before the switch was asked: what came since is not taken for lost, nor what ended since for running. */
  readonly before: CallState;
  /**
   * Until when somebody watched. A leg that is no longer there may have left just after, so that it is not taken to have
   * talked, or agreed to be recorded, any longer. Undefined: nobody ever watched before.
   */
  readonly watchedUntil: Instant | undefined;
  readonly directory: Directory;
  /** Audio in ms of a recording that does not run; undefined: none is known of, so nothing is concluded. */
  readonly lengthOf: (recordingId: string) => number | undefined;
  /** Whether a task (by its key) was asked of the switch by this process: if not, what is not there is yet to come. */
  readonly wasOrdered: (taskKey: string) => boolean;
}

type Of = (state: CallState, snapshot: SwitchSnapshot, options: MissedOptions) => readonly CallInput[];

const earlier = (one: Instant, other: Instant | undefined): Instant =>
  other !== undefined && other < one ? other : one;

/** When a recorder ended that ran to its end unseen: its audio tells. */
const endOf = (startedAt: Instant | null, durationMs: number, at: Instant): Instant =>
  startedAt === null ? at : earlier(at, new Date(Date.parse(startedAt) + durationMs).toISOString());

const ofLegs: Of = (state, snapshot, { at, before, watchedUntil, directory, wasOrdered }) => {
  const legs = new Map(snapshot.legs.map((leg) => [leg.handle, leg]));
  const isAsBefore = (leg: Leg): boolean =>
    before.legs.some(({ legId, state: was }) => legId === leg.legId && was === leg.state);
  const due = new Set(tasksOf(state).map(({ key }) => key));
  return liveLegs(state)
    .filter(isAsBefore)
    .flatMap((leg): CallInput[] => {
      const there = legs.get(leg.handle);
      const isYetToRing = due.has(`ring ${leg.legId}`) && !wasOrdered(`ring ${leg.legId}`);
      if (!there)
        return isYetToRing
          ? []
          : [{ type: 'leg-gone', at: earlier(at, watchedUntil), handle: leg.handle, reason: 'lost' }];
      return there.state === 'answered' && leg.state === 'new'
        ? [{ type: 'leg-answered', at, handle: leg.handle, directory }]
        : [];
    });
};

const ofPrompts: Of = (state, snapshot, { at, before, directory, wasOrdered }) =>
  state.prompts.flatMap((prompt): CallInput[] => {
    const { promptId } = prompt;
    const hasChanged = before.prompts.find((known) => known.promptId === promptId)?.state !== prompt.state;
    if (prompt.state === 'ended' || hasChanged) return [];
    if (snapshot.prompts.includes(promptId))
      // It has been playing since nobody knows when: a key may have been pressed that nobody heard.
      return prompt.state === 'requested'
        ? [
            { type: 'prompt-started', at, promptId },
            { type: 'keys-missed', at },
          ]
        : [];
    return prompt.state === 'started' || wasOrdered(`play ${promptId}`)
      ? [{ type: 'prompt-ended', at, promptId, outcome: 'cut_short', directory }]
      : [];
  });

/**
 * Its audio is on the switch and the log does not know that it ever ran. It is taken to have run until now: of a start that
 * is assumed too late less is kept than was allowed, never more.
 */
const ranUntold = (recordingId: string, durationMs: number, at: Instant): readonly CallInput[] => [
  {
    type: 'recorder-started',
    at: new Date(Date.parse(at) - durationMs).toISOString(),
    recordingId,
  },
  { type: 'recorder-stopped', at, recordingId, durationMs },
];

const ofRecorders: Of = (state, snapshot, { at, before, lengthOf }) => {
  const running = new Set(snapshot.recorders.map(({ recordingId }) => recordingId));
  return state.recordings.flatMap(({ recordingId, recorder, startedAt }): readonly CallInput[] => {
    const known = before.recordings.find((recording) => recording.recordingId === recordingId);
    if (known?.recorder !== recorder) return [];
    if (running.has(recordingId))
      return recorder === 'running' ? [] : [{ type: 'recorder-started', at, recordingId }];
    const durationMs = lengthOf(recordingId);
    if (durationMs === undefined) return [];
    return recorder === null
      ? ranUntold(recordingId, durationMs, at)
      : [{ type: 'recorder-stopped', at: endOf(startedAt, durationMs, at), recordingId, durationMs }];
  });
};

/** What happened to a call while nobody looked: the inputs that bring the log to what is true on the switch. */
export const missedInputs: Of = (state, snapshot, options) => [
  ...ofRecorders(state, snapshot, options),
  ...ofPrompts(state, snapshot, options),
  ...ofLegs(state, snapshot, options),
];

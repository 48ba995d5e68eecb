import type { CallEvent, Instant } from '@earshot/contracts';
import {
  legOf,
  modeOfKey,
  partiesTalk,
  type CallState,
  type Leg,
  type Prompt,
  type Recording,
  type Supervisor,
} from './call-state.ts';

const updateLeg = (state: CallState, legId: string, change: Partial<Leg>): CallState => ({
  ...state,
  legs: state.legs.map((leg) => (leg.legId === legId ? { ...leg, ...change } : leg)),
});

const updatePrompt = (state: CallState, promptId: string, change: Partial<Prompt>): CallState => ({
  ...state,
  prompts: state.prompts.map((prompt) => (prompt.promptId === promptId ? { ...prompt, ...change } : prompt)),
});

const updateSupervisor = (
  state: CallState,
  fits: (supervisor: Supervisor) => boolean,
  change: Partial<Supervisor>,
): CallState => ({
  ...state,
  supervisors: state.supervisors.map((supervisor) =>
    fits(supervisor) ? { ...supervisor, ...change } : supervisor,
  ),
});

/** A key may reach the log behind a newer one. */
const withKeyAt = (state: CallState, legId: string, at: Instant): CallState => {
  const before = legOf(state, legId)?.modeKeyAt ?? at;
  return updateLeg(state, legId, { modeKeyAt: before > at ? before : at });
};

/** Supervision has decided on the keys up to a place of the log; whoever has pressed another since still waits for that one. */
const withKeyDecidedOn = (state: CallState, supervisionId: string, upTo: number): CallState =>
  updateSupervisor(
    state,
    (known) =>
      known.supervisionId === supervisionId && known.pressed !== null && known.pressed.sequence <= upTo,
    { pressed: null },
  );

const withoutKeysOf = ({ earlyKeys }: CallState, legId: string): CallState['earlyKeys'] =>
  earlyKeys.filter((key) => key.legId !== legId);

const newRecording = (recordingId: string, allowedAt: Instant): Recording => ({
  recordingId,
  allowedAt,
  allowedUntil: null,
  recorder: null,
  startedAt: null,
  stoppedAt: null,
  durationMs: 0,
  isCollected: false,
  keptMs: 0,
});

/** A recording that no decision is known of was never allowed: nothing of it is kept. */
const updateRecording = (
  state: CallState,
  recordingId: string,
  at: Instant,
  change: (known: Recording) => Partial<Recording>,
): CallState => {
  const known = state.recordings.find((recording) => recording.recordingId === recordingId) ?? {
    ...newRecording(recordingId, at),
    allowedUntil: at,
  };
  return {
    ...state,
    recordings: [
      ...state.recordings.filter((recording) => recording.recordingId !== recordingId),
      { ...known, ...change(known) },
    ],
  };
};

const earlier = (one: Instant | null, other: Instant): Instant => (one !== null && one < other ? one : other);

const forbid = (state: CallState, at: Instant): CallState => ({
  ...state,
  recordings: state.recordings.map((recording) => ({
    ...recording,
    allowedUntil: earlier(recording.allowedUntil, at),
  })),
});

/** When those who were recorded no longer talk the recording is over, whether or not its decision is withdrawn by then. */
const unlessTheyTalk = (state: CallState, at: Instant): CallState =>
  state.recordings.length > 0 && !partiesTalk(state) ? forbid(state, at) : state;

const newLeg = { state: 'new', endReason: null, endedAt: null, modeKeyAt: null } as const;

const ofParties = (state: CallState, event: CallEvent): CallState | undefined => {
  switch (event.type) {
    case 'CallStarted':
      return {
        ...state,
        callId: event.callId,
        startedAt: event.occurredAt,
        direction: event.data.direction,
        line: event.data.line,
      };
    case 'LegArrived': {
      const { legId, handle, party, agent, number } = event.data;
      const whose = { legId, handle, party, agent, number };
      const leg = { ...whose, origin: 'arrived', ringForMs: 0, ...newLeg } as const;
      return { ...state, callId: event.callId, legs: [...state.legs, leg] };
    }
    case 'LegOffered': {
      const { legId, party, agent, number, ringForMs } = event.data;
      const whose = { legId, handle: legId, party, agent, number };
      const leg = { ...whose, origin: 'offered', ringForMs, ...newLeg } as const;
      return { ...state, legs: [...state.legs, leg] };
    }
    case 'LegAnswered':
      return updateLeg(state, event.data.legId, { state: 'answered' });
    case 'LegEnded': {
      const without = updateLeg(state, event.data.legId, {
        state: 'ended',
        endReason: event.data.reason,
        endedAt: event.occurredAt,
      });
      const supervisors = state.supervisors.filter(({ legId }) => legId !== event.data.legId);
      return unlessTheyTalk({ ...without, supervisors }, event.occurredAt);
    }
    case 'ConversationChanged':
      return unlessTheyTalk({ ...state, queue: null, conversation: event.data }, event.occurredAt);
    case 'CallEnded':
      return forbid({ ...state, ended: true }, event.occurredAt);
    default:
      return undefined;
  }
};

const ofCaller = (state: CallState, event: CallEvent): CallState | undefined => {
  switch (event.type) {
    case 'RecordingPolicyApplied':
      return state.policy === 'awaited' ? { ...state, policy: event.data } : state;
    case 'RecordingPolicyMissed':
      return { ...state, policy: 'missed' };
    case 'PromptRequested':
      return { ...state, prompts: [...state.prompts, { ...event.data, state: 'requested' }] };
    case 'PromptStarted':
      return updatePrompt(state, event.data.promptId, { state: 'started' });
    case 'PromptEnded':
      return updatePrompt(state, event.data.promptId, { state: 'ended' });
    case 'MenuEntered':
      return { ...state, menuId: event.data.menuId };
    case 'MenuChosen':
      return { ...state, menuId: null };
    case 'QueueEntered':
      return { ...state, queue: { ...event.data, since: event.occurredAt }, menuId: null };
    case 'KeyWindowOpened':
      return {
        ...state,
        windows: [
          ...state.windows,
          { ...event.data, isOpen: true, openedAt: event.occurredAt, connectedAt: null },
        ],
      };
    case 'KeyWindowClosed': {
      const { windowId, reason } = event.data;
      const closed = { isOpen: false, connectedAt: reason === 'connected' ? event.occurredAt : null };
      return {
        ...state,
        windows: state.windows.map((window) =>
          window.windowId === windowId ? { ...window, ...closed } : window,
        ),
      };
    }
    default:
      return undefined;
  }
};

/** A key that the decision knew has had its say. Older events name none: each was decided on the message that caused it. */
const withMode = (state: CallState, event: CallEvent<'SupervisionModeChanged'>): CallState => {
  const { supervisionId, mode, keysUpTo } = event.data;
  const changed = updateSupervisor(state, (known) => known.supervisionId === supervisionId, { mode });
  return withKeyDecidedOn(changed, supervisionId, keysUpTo ?? event.causation.sequence ?? 0);
};

const ofSupervision = (state: CallState, event: CallEvent): CallState | undefined => {
  switch (event.type) {
    case 'KeyPressed': {
      const { legId, key, awaitedBy } = event.data;
      const mode = awaitedBy === 'supervision' ? modeOfKey(key) : undefined;
      if (!mode) return state;
      const pressed = { mode, sequence: event.sequence };
      const known = withKeyAt(state, legId, event.occurredAt);
      return state.supervisors.some((supervisor) => supervisor.legId === legId)
        ? updateSupervisor(known, (supervisor) => supervisor.legId === legId, { pressed })
        : { ...known, earlyKeys: [...withoutKeysOf(state, legId), { legId, pressed }] };
    }
    case 'SupervisionRequestedByApi':
      return { ...state, called: [...state.called, event.data] };
    case 'SupervisionStarted': {
      const { supervisionId, legId, mode } = event.data;
      const pressed = state.earlyKeys.find((key) => key.legId === legId)?.pressed ?? null;
      return {
        ...state,
        supervisors: [...state.supervisors, { supervisionId, legId, mode, pressed }],
        earlyKeys: withoutKeysOf(state, legId),
      };
    }
    case 'SupervisionModeChanged':
      return withMode(state, event);
    // The key changes nothing, so that a voice which was taken away at it comes back.
    case 'SupervisionModeRefused':
      return withKeyDecidedOn(state, event.data.supervisionId, event.data.keysUpTo);
    case 'SupervisionRefused':
      return { ...state, refused: [...state.refused, event.data] };
    case 'SupervisionEnded':
      return {
        ...state,
        supervisors: state.supervisors.filter(
          ({ supervisionId }) => supervisionId !== event.data.supervisionId,
        ),
        dismissed: [...state.dismissed, event.data.legId],
      };
    case 'TopologyChanged':
      return { ...state, topology: event.data };
    case 'TopologyApplied':
      return {
        ...state,
        appliedTopology: event.data,
        seated: event.data.pairs
          ? [...new Set(event.data.pairs.map(({ listener }) => listener))]
          : state.seated,
      };
    default:
      return undefined;
  }
};

const ofRecording = (state: CallState, event: CallEvent): CallState | undefined => {
  const at = event.occurredAt;
  switch (event.type) {
    case 'RecordingAllowed':
      return unlessTheyTalk(
        {
          ...forbid(state, at),
          recordings: [...forbid(state, at).recordings, newRecording(event.data.recordingId, at)],
        },
        at,
      );
    case 'RecordingForbidden':
      return forbid(state, at);
    case 'RecordingWithdrawn': {
      const { recordingId, reason } = event.data;
      const withdrawn = state.recordings.find((recording) => recording.recordingId === recordingId);
      // It was never to be allowed: nothing of it is kept.
      return forbid(state, reason === 'caller_opted_out' ? (withdrawn?.allowedAt ?? at) : at);
    }
    case 'RecorderStarted':
      // After its end it is another run, with a file of its own.
      return updateRecording(state, event.data.recordingId, at, ({ recorder, startedAt }) => ({
        recorder: 'running',
        startedAt: recorder === 'stopped' ? at : earlier(startedAt, at),
        isCollected: false,
      }));
    case 'RecorderStopped':
      return updateRecording(state, event.data.recordingId, at, () => ({
        recorder: 'stopped',
        stoppedAt: at,
        durationMs: event.data.durationMs,
      }));
    case 'RecorderRefused':
      return updateRecording(state, event.data.recordingId, at, () => ({ recorder: 'refused' }));
    case 'RecorderUnknown':
      return updateRecording(state, event.data.recordingId, at, () => ({ recorder: 'unknown' }));
    case 'RecordingCollected':
      return updateRecording(state, event.data.recordingId, at, () => ({
        isCollected: true,
        keptMs: event.data.durationMs,
      }));
    default:
      return undefined;
  }
};

/** Takes in one event; what it does not know leaves the state as it is. */
export const evolve = (state: CallState, event: CallEvent): CallState =>
  ofParties(state, event) ??
  ofCaller(state, event) ??
  ofSupervision(state, event) ??
  ofRecording(state, event) ??
  state;

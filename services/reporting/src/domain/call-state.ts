import type {
  ConsentChoice,
  Parties,
  RecordingSetting,
  SignalingFacts,
  SupervisionLife,
  SupervisionMode,
} from '@earshot/contracts';
import type { Span } from './times.ts';

/** One leg as the log has told it so far. Times are milliseconds since 1970. */
export interface LegState {
  /** Id in the export: sequence of the commit that added the leg * 100 + index of the event in that commit. */
  readonly id: number;
  readonly legId: string;
  readonly party: 'customer' | 'agent' | 'supervisor';
  /** We rang it; otherwise it came to us. */
  readonly offered: boolean;
  readonly agentId: number | null;
  readonly createdAt: number;
  readonly answeredAt: number | null;
  readonly endedAt: number | null;
  readonly endReason: SignalingFacts['LegEnded']['reason'] | null;
  readonly talks: readonly Span[];
  readonly supervision: {
    readonly id: string;
    readonly mode: SupervisionMode;
    readonly since: number;
  } | null;
  readonly modeMs: Readonly<Record<SupervisionMode, number>>;
  /** Sequence of the last commit that changed this leg, and its `updated_at`. */
  readonly changedSequence: number;
  readonly updatedAt: string;
}

/** A recorder that was not told to have stopped. */
export interface RunningRecorder {
  readonly recordingId: string;
  readonly from: number;
  /** It was told to run; otherwise nobody knows whether it does, and `from` is when the doubt began. */
  readonly proved: boolean;
}

/** A call as the log has told it so far: all that its rows are made of, and all that is kept between two commits. */
export interface CallState {
  readonly callId: string;
  readonly tenant: string;
  /** Id in the export: sequence of the commit with CallStarted; null as long as there is none. */
  readonly id: number | null;
  readonly direction: SignalingFacts['CallStarted']['direction'] | null;
  readonly line: SignalingFacts['CallStarted']['line'];
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly completion: SignalingFacts['CallEnded']['completion'] | null;
  readonly agentId: number | null;
  readonly group: { readonly id: number; readonly name: string } | null;
  readonly agentAnsweredAt: number | null;
  readonly waits: readonly Span[];
  readonly talks: readonly Span[];
  readonly menus: readonly Span[];
  readonly menuHops: number;
  readonly menuAction: string | null;
  readonly menuGroup: string | null;
  readonly consent: RecordingSetting | null;
  readonly consentAction: ConsentChoice | null;
  readonly consentKey: string | null;
  readonly running: readonly RunningRecorder[];
  readonly recorded: readonly (Span & { readonly recordingId: string })[];
  readonly parties: Parties;
  readonly legs: readonly LegState[];
  /** Everything that was asked of supervision on this call, and what became of it. */
  readonly lives: readonly SupervisionLife[];
  /** Sequence of the newest commit of this call, and its `updated_at`. */
  readonly changedSequence: number;
  readonly updatedAt: string;
}

/** A leg of which nothing is known yet. */
export const unknownLeg: LegState = {
  id: 0,
  legId: '',
  party: 'customer',
  offered: false,
  agentId: null,
  createdAt: 0,
  answeredAt: null,
  endedAt: null,
  endReason: null,
  talks: [],
  supervision: null,
  modeMs: { spy: 0, whisper: 0, barge: 0 },
  changedSequence: 0,
  updatedAt: '',
};

/** A call of which nothing is known yet. */
export const unknownCall = (callId: string, tenant: string): CallState => ({
  callId,
  tenant,
  id: null,
  direction: null,
  line: null,
  startedAt: null,
  endedAt: null,
  completion: null,
  agentId: null,
  group: null,
  agentAnsweredAt: null,
  waits: [],
  talks: [],
  menus: [],
  menuHops: 0,
  menuAction: null,
  menuGroup: null,
  consent: null,
  consentAction: null,
  consentKey: null,
  running: [],
  recorded: [],
  parties: [],
  legs: [],
  lives: [],
  changedSequence: 0,
  updatedAt: '',
});

/** Only calls with the outside are exported: not internal ones, and not a refused service code that never became a call. */
export const isExported = (call: CallState): boolean =>
  call.id !== null && call.direction !== null && call.direction !== 'internal';

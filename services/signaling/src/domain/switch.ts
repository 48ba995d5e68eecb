import type { CallId, Instant } from '@earshot/contracts';

/**
 * The switch's own id of a leg. A leg that we ring carries our leg id; one that came to us has an id the switch gave.
 * An opaque text outside the adapter.
 */
export type Handle = string;

/** Whom to ring: one of our extensions, or an outside number (E.164). */
export type Destination =
  | { readonly kind: 'extension'; readonly extension: string }
  | { readonly kind: 'outside'; readonly number: string };

/**
 * What signaling can ask of a switch. Every operation is idempotent by the ids it names: asking for what is already so
 * is `done`, and is reported once. What needs a thing that is not there is `refused`. Of what ends a thing,
 * `hang-up`, `stop-prompt` and `stop-recorder` are refused for an id that the switch does not remember, so that whoever
 * waits for the report learns that none will come; `drop-bridge`, `drop-snoop`, `take-out` and `stop-waiting-music` are
 * done. The ids of bridges, snoops, prompts and recordings are used once; one that was used names what is over: for a
 * prompt that is `done`, for the others making it again is `refused`, because a switch may hold the old one for longer
 * than it says.
 * A snoop is a participant of a bridge that stands in for a leg: whoever shares its bridge hears everything
 * that leg says and hears; with `speaksTo: 'leg'` the leg, and nobody else, hears what is said in that bridge;
 * other snoops on the leg do not carry it.
 */
export type SwitchOperation =
  | { readonly op: 'answer'; readonly leg: Handle }
  /** The phone that dialled hears that it rings at the other end. */
  | { readonly op: 'ring-back'; readonly leg: Handle }
  | {
      readonly op: 'ring';
      readonly leg: Handle;
      readonly to: Destination;
      readonly callerNumber: string;
      readonly ringForMs: number;
    }
  | { readonly op: 'hang-up'; readonly leg: Handle }
  /** Plays to an answered leg that is in no bridge; prompts asked for while one plays wait for their turn. */
  | {
      readonly op: 'play';
      readonly promptId: string;
      readonly leg: Handle;
      readonly text: string;
      readonly contentHash: string;
    }
  | { readonly op: 'stop-prompt'; readonly promptId: string }
  | { readonly op: 'start-waiting-music'; readonly leg: Handle }
  | { readonly op: 'stop-waiting-music'; readonly leg: Handle }
  | { readonly op: 'make-bridge'; readonly bridge: string }
  /**
   * Puts an answered leg or a snoop into a bridge, out of the one it is in; ends the leg's waiting music and cuts its
   * prompts short. Keys of an absorbed leg are reported but reach nobody in the bridge.
   */
  | {
      readonly op: 'place';
      readonly participant: string;
      readonly bridge: string;
      readonly keys: 'absorbed' | 'passed';
    }
  | { readonly op: 'take-out'; readonly participant: string; readonly bridge: string }
  /** Nobody hears this leg from now on, wherever it sits or is placed; it hears on. Nothing else changes for anybody. */
  | { readonly op: 'mute'; readonly leg: Handle }
  | { readonly op: 'unmute'; readonly leg: Handle }
  /** The switch keeps a key with the leg that pressed it, in place of the one before; a snapshot tells it, whoever takes it. */
  | { readonly op: 'remember-key'; readonly leg: Handle; readonly key: string; readonly at: Instant }
  | {
      readonly op: 'make-snoop';
      readonly snoop: string;
      readonly on: Handle;
      readonly speaksTo: 'nobody' | 'leg';
    }
  | { readonly op: 'drop-snoop'; readonly snoop: string }
  | { readonly op: 'drop-bridge'; readonly bridge: string }
  /** Records everything said in a bridge into `<recordingId>.wav`. */
  | { readonly op: 'start-recorder'; readonly recordingId: string; readonly bridge: string }
  | { readonly op: 'stop-recorder'; readonly recordingId: string }
  /** Removes what a recorder left; done too when there is nothing, refused while it runs. */
  | { readonly op: 'discard-recording'; readonly recordingId: string };

/** A part of a recording: from when to when, in ms of its audio. */
export interface AudioPart {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A part of a finished recording, as a file of its own that is read once. */
export interface RecordingPart {
  /** How the file is called where people fetch it: the recording's id, and what it holds as its ending. */
  readonly fileName: string;
  /** Length of the part in ms: what was asked for, less what the audio does not have. */
  readonly durationMs: number;
  /** Throws when the switch ceases to answer; the file is then not whole. */
  readonly data: AsyncIterable<Uint8Array>;
}

/** Done; refused (the switch said no, nothing happened); unknown (no answer: ask the switch what is true, never guess). */
export type Outcome =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'refused'; readonly reason: string }
  | { readonly outcome: 'unknown'; readonly reason: string };

/** What becomes of an order that only the master of the switch may give, when another process gives it. */
export const notTheMaster = {
  outcome: 'unknown',
  reason: 'this process is not the master of the switch now',
} as const satisfies Outcome;

/** Why a leg is gone, as far as the switch can tell. */
export type GoneReason = 'hung_up' | 'missed' | 'declined' | 'unreachable';

/** What a switch tells on its own account, in the order in which it happened there. `at` is the switch's clock. */
export type SwitchReport =
  /** A phone dialled in. `callId` is minted from the handle and its birth, so that the same arrival names the same call. */
  | {
      readonly type: 'leg-arrived';
      readonly at: Instant;
      readonly handle: Handle;
      readonly callId: CallId;
      readonly dialled: string;
      readonly from:
        | { readonly kind: 'extension'; readonly extension: string }
        | { readonly kind: 'outside'; readonly number: string };
    }
  | { readonly type: 'leg-answered'; readonly at: Instant; readonly handle: Handle }
  | { readonly type: 'leg-gone'; readonly at: Instant; readonly handle: Handle; readonly reason: GoneReason }
  /** `at`: the key was let go, which is when a switch tells; `downAt`: it went down. */
  | {
      readonly type: 'key-pressed';
      readonly at: Instant;
      readonly downAt: Instant;
      readonly handle: Handle;
      readonly key: string;
    }
  | { readonly type: 'prompt-started'; readonly at: Instant; readonly promptId: string }
  | {
      readonly type: 'prompt-ended';
      readonly at: Instant;
      readonly promptId: string;
      readonly outcome: 'completed' | 'cut_short' | 'failed';
    }
  | { readonly type: 'recorder-started'; readonly at: Instant; readonly recordingId: string }
  | {
      readonly type: 'recorder-stopped';
      readonly at: Instant;
      readonly recordingId: string;
      readonly durationMs: number;
    }
  | {
      readonly type: 'recorder-failed';
      readonly at: Instant;
      readonly recordingId: string;
      readonly reason: string;
    }
  /** The connection to the switch was lost and is back: what happened meanwhile, keys among it, was not told. */
  | { readonly type: 'reconnected'; readonly at: Instant }
  /** Another process has taken the switch from us: it tells us nothing any more, and we must not operate it. */
  | { readonly type: 'replaced'; readonly at: Instant };

/** What a switch is asked after by id, because it lists no recorders, no prompts and no remembered keys. */
export interface Asked {
  readonly recorders: readonly string[];
  readonly prompts: readonly string[];
  /** Legs whose remembered key is asked for. */
  readonly keysOf: readonly Handle[];
}

/** What is true on the switch at one moment, of everything that is ours. Whether a leg is muted it does not tell. */
export interface SwitchSnapshot {
  readonly legs: readonly {
    readonly handle: Handle;
    readonly state: 'ringing' | 'answered' | 'arrived';
    readonly arrival: Extract<SwitchReport, { type: 'leg-arrived' }> | null;
  }[];
  readonly bridges: readonly { readonly bridge: string; readonly participants: readonly string[] }[];
  readonly snoops: readonly {
    readonly snoop: string;
    readonly on: Handle;
    readonly speaksTo: 'nobody' | 'leg';
  }[];
  /** Of the recorders that were asked after, those that run; others that the switch knows of may be among them. */
  readonly recorders: readonly { readonly recordingId: string; readonly bridge: string }[];
  /** Of the prompts that were asked after, those that play or wait for their turn; others may be among them. */
  readonly prompts: readonly string[];
  /** Of the legs that were asked after, the keys that the switch remembers; those of others may be among them. */
  readonly keys: readonly RememberedKey[];
}

/** A key that the switch was told to keep with its leg. `at`: when it was let go, by the switch's clock. */
export interface RememberedKey {
  readonly handle: Handle;
  readonly key: string;
  readonly at: Instant;
}

/**
 * A telephone switch as signaling sees it. Both adapters pass `adapters/switch.contract.ts`.
 * `onReport` is called in the order in which things happened at the switch to one leg, prompt or recorder; whoever takes
 * reports keeps that order per call. Those of one call never wait for another's.
 */
export interface Switch extends AsyncDisposable {
  /** For people: which switch this is, and whether it is simulated. */
  readonly description: { readonly name: string; readonly simulated: boolean };
  /**
   * Connects and starts reporting. A switch that does not answer is tried until it does, or until disposal.
   * @throws when the switch refuses us (wrong password): a sentence with what to do
   */
  start(onReport: (report: SwitchReport) => void): Promise<void>;
  /** Whether reports come and operations can be done now. */
  isConnected(): boolean;
  /**
   * What time it is at the switch, as far as it told, rather too early than too late. What we notice ourselves is dated by
   * it, so that it can be compared with what the switch reports, whatever our own clock shows.
   */
  now(): Instant;
  /** The last moment, by its clock, at which the switch was heard: what happened there before was told. Undefined: it never was. */
  heardAt(): Instant | undefined;
  /** Never throws: without a connection the outcome is `unknown`. */
  perform(operation: SwitchOperation): Promise<Outcome>;
  /** @throws when the switch does not answer */
  snapshot(asked: Asked): Promise<SwitchSnapshot>;
  /**
   * Finished recording: length of its audio in ms, or undefined when the switch has none under this id.
   * @throws when the switch does not answer
   */
  recordingLength(recordingId: string): Promise<number | undefined>;
  /**
   * A part of a finished recording, or undefined when the switch has none under this id. It is not held in memory.
   * @throws when the recorder runs, or the switch does not answer
   */
  readRecording(recordingId: string, part: AudioPart): Promise<RecordingPart | undefined>;
}

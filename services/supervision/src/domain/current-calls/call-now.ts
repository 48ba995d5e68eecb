import type {
  CurrentCallState,
  Facts,
  Instant,
  Parties,
  PromptKind,
  RecordingSetting,
  SupervisionMode,
  Topology,
} from '@earshot/contracts';

type Started = Facts['CallStarted'];

/** Somebody's connection that has not ended. */
export interface LegNow {
  readonly legId: string;
  readonly party: 'customer' | 'agent' | 'supervisor';
  readonly extension: string | null;
  readonly number: string | null;
  readonly isRinging: boolean;
  /** Since when it rings, or is there. */
  readonly since: Instant;
}

/** A supervision that is going on. */
export interface SupervisionNow {
  readonly supervisionId: string;
  readonly legId: string;
  readonly supervisedLegId: string;
  readonly mode: SupervisionMode;
  readonly since: Instant;
}

/** A recorder that runs, or of which nobody knows whether it does. */
export interface RecorderNow {
  readonly recordingId: string;
  readonly isProved: boolean;
  readonly since: Instant;
}

/** What was decided last about recording, and what the switch refused since. */
export interface RecordingDecision {
  /** Recording that may run now; null: none may. */
  readonly standing: string | null;
  readonly reason: string;
  /** Why the switch did not record what it may; null: it did not refuse. */
  readonly refused: string | null;
  readonly at: Instant;
}

/** A call that runs, as the list of current calls knows it from the log, of all writers. */
export interface CallNow {
  readonly direction: Started['direction'];
  readonly line: Started['line'];
  readonly from: string;
  readonly to: string;
  readonly since: Instant;
  readonly state: CurrentCallState;
  readonly stateSince: Instant;
  readonly legs: readonly LegNow[];
  /** Newest revision of the conversation; 0: there has been none. */
  readonly revision: number;
  readonly parties: Parties;
  /** When each party of the conversation began to take part as it does. */
  readonly partSince: Readonly<Record<string, Instant>>;
  /** What is being played, by prompt; the newest last. */
  readonly prompts: readonly {
    readonly promptId: string;
    readonly legId: string;
    readonly kind: PromptKind;
  }[];
  readonly isInMenu: boolean;
  readonly isInQueue: boolean;
  readonly group: { readonly id: string; readonly name: string } | null;
  readonly supervisions: readonly SupervisionNow[];
  /** Who asked by API to supervise, by the leg of the phone, which may be another's. */
  readonly askedByApi: Readonly<Record<string, string>>;
  /** Who hears whom on the switch; null: it did not say. */
  readonly hears: Topology | null;
  readonly setting: RecordingSetting | null;
  readonly wasAsked: boolean;
  readonly chosen: { readonly choice: Facts['ConsentChosen']['choice']; readonly at: Instant } | null;
  readonly decision: RecordingDecision | null;
  readonly recorders: readonly RecorderNow[];
  /** A message of the call cannot be read. */
  readonly isDoubtful: boolean;
  readonly ended: boolean;
}

/** A call that has just begun. */
export const begun = ({ direction, line, from, to }: Started, at: Instant): CallNow => ({
  direction,
  line,
  from,
  to,
  since: at,
  state: 'connecting',
  stateSince: at,
  legs: [],
  revision: 0,
  parties: [],
  partSince: {},
  prompts: [],
  isInMenu: false,
  isInQueue: false,
  group: null,
  supervisions: [],
  askedByApi: {},
  hears: [],
  setting: null,
  wasAsked: false,
  chosen: null,
  decision: null,
  recorders: [],
  isDoubtful: false,
  ended: false,
});

/** Extensions of the agents who are on the call or are rung for it: whose call it is, for whoever may supervise them. */
export const membersOf = ({ legs }: CallNow): readonly string[] => [
  ...new Set(
    legs.flatMap(({ party, extension }) => (party === 'agent' && extension !== null ? [extension] : [])),
  ),
];

/** Extension of whoever supervises with a leg, at whichever phone; null: it is not known. */
export const supervisorOf = ({ askedByApi, legs }: CallNow, ofLeg: string): string | null =>
  askedByApi[ofLeg] ?? legs.find(({ legId }) => legId === ofLeg)?.extension ?? null;

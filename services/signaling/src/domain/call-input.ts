import type { Instant, SupervisionRefusal, Topology } from '@earshot/contracts';
import type { Caller, Dialled } from './dial-plan.ts';
import type { Agent, Directory } from './directory.ts';
import type { GoneReason, Handle } from './switch.ts';

interface At {
  /** When it happened at the switch. */
  readonly at: Instant;
}

/** Everything a call of ours can be decided on. Legs are named by our id, or by their handle when they are new to us. */
export type CallInput = At &
  (
    | {
        readonly type: 'leg-arrived';
        readonly handle: Handle;
        readonly caller: Caller;
        readonly dialled: string;
        readonly destination: Dialled;
        readonly callId: string;
        readonly directory: Directory;
      }
    /** A service code was dialled; `supervisedLegId` is the target's leg on this call, if the target is on one. */
    | {
        readonly type: 'supervision-dialled';
        readonly handle: Handle;
        readonly supervisor: string;
        readonly callId: string;
        readonly dialled: Extract<Dialled, { to: 'supervision' }>;
        readonly supervisedLegId: string | null;
        readonly directory: Directory;
      }
    /** Supervision accepted that somebody supervises by API: their phone is to be rung. */
    | {
        readonly type: 'supervisor-called';
        readonly legId: string;
        readonly phone: Agent;
        readonly directory: Directory;
      }
    | { readonly type: 'leg-answered'; readonly handle: Handle; readonly directory: Directory }
    | { readonly type: 'leg-gone'; readonly handle: Handle; readonly reason: GoneReason | 'lost' }
    /** The switch did not ring a phone: whoever picked up meanwhile was rung by an earlier order. */
    | { readonly type: 'ring-refused'; readonly handle: Handle }
    | {
        readonly type: 'key-pressed';
        readonly downAt: Instant;
        readonly handle: Handle;
        readonly key: string;
        readonly directory: Directory;
      }
    | { readonly type: 'prompt-started'; readonly promptId: string }
    | {
        readonly type: 'prompt-ended';
        readonly promptId: string;
        readonly outcome: 'completed' | 'cut_short' | 'failed';
        readonly directory: Directory;
      }
    /** These agents are free and reserved for the caller who waits: ring them. */
    | { readonly type: 'agents-reserved'; readonly agents: readonly Agent[] }
    /** The recording policy is not waited for any longer. */
    | { readonly type: 'policy-waited-for' }
    /** For a while the switch could not tell us keys: what was pressed is not known. */
    | { readonly type: 'keys-missed' }
    /** The parties cannot be brought together, however it is tried. */
    | { readonly type: 'connecting-given-up' }
    | {
        readonly type: 'topology-applied';
        readonly topologyId: string;
        readonly outcome: 'done' | 'refused' | 'unknown';
        readonly reason: string | null;
        readonly pairs: Topology | null;
      }
    | { readonly type: 'recorder-started'; readonly recordingId: string }
    | { readonly type: 'recorder-stopped'; readonly recordingId: string; readonly durationMs: number }
    | { readonly type: 'recorder-refused'; readonly recordingId: string; readonly reason: string }
    | { readonly type: 'recorder-unknown'; readonly recordingId: string; readonly reason: string }
    | {
        readonly type: 'recording-collected';
        readonly recordingId: string;
        readonly durationMs: number;
        readonly cutMs: number;
      }
    /** The supervision service said no; the supervisor shall hear why. */
    | {
        readonly type: 'supervision-refused';
        readonly legId: string;
        readonly reason: SupervisionRefusal;
        readonly directory: Directory;
      }
  );

/** Why nothing follows from an input. */
export type IgnoredBecause =
  | 'leg_not_of_this_call'
  | 'leg_already_known'
  | 'leg_already_answered'
  | 'leg_already_ended'
  | 'call_already_started'
  | 'call_already_ended'
  | 'number_leads_nowhere'
  | 'prompt_not_of_this_call'
  | 'prompt_already_started'
  | 'prompt_already_ended'
  | 'nobody_waiting'
  | 'no_agent_free'
  | 'topology_failed_again'
  | 'topology_already_applied'
  | 'policy_is_known'
  | 'no_window_open'
  | 'nobody_talks'
  | 'recorder_already_started'
  | 'recorder_already_stopped'
  | 'recorder_already_unknown'
  | 'recorder_not_of_this_call'
  | 'recorder_runs'
  | 'recording_already_collected'
  | 'no_greeting_for_refusal'
  | 'supervision_is_over';

import type { CallId, SupervisionMode } from '@earshot/contracts';
import type { Timing } from '@earshot/event-log';
import type { Logger } from '@earshot/service-kit';
import { legOf, saysLess, type Leg } from '../domain/call-state.ts';
import type { Lane } from './lane.ts';
import type { TopologyOnSwitch } from './topology-on-switch.ts';
import { isSettled } from './wish-of.ts';

export interface VoiceOptions {
  readonly topology: Pick<TopologyOnSwitch, 'mute'>;
  readonly logger: Logger;
  readonly timing: Timing;
  readonly closing: AbortSignal;
  /** Goes on beside whatever else is under way. */
  readonly aside: (work: Promise<unknown>) => void;
  /** Does what the state of a call asks for now. */
  readonly followAgain: (callId: CallId) => void;
}

/** Takes voices away at once, beside whatever else is under way, when a key asks for less. */
export interface VoicesOnSwitch {
  /** The answer ends it: the log has the key. */
  keyPressed(callId: CallId, lane: Lane, leg: Leg, mode: SupervisionMode): () => void;
}

/** From this try on a voice that cannot be taken away is an alarm. */
const alarmingTry = 4;
const longestPauseMs = 500;
const alarm = 'ALARM: a voice that shall no longer be heard cannot be taken away; it is tried on';

export const createVoicesOnSwitch = (options: VoiceOptions): VoicesOnSwitch => {
  const { topology, logger, timing, closing, aside, followAgain } = options;

  /**
   * Again while the switch does not answer, until a newer key or what the key asked for is there: also when the call is
   * over, as those who talked may still be together.
   */
  const silence = async (callId: CallId, lane: Lane, { legId, handle }: Leg): Promise<void> => {
    const key = lane.keys.get(legId);
    const isStillDue = (): boolean =>
      !closing.aborted &&
      lane.keys.get(legId) === key &&
      legOf(lane.state, legId)?.state !== 'ended' &&
      !isSettled(lane, legId);
    for (let attempt = 1; isStillDue(); attempt += 1) {
      const { outcome } = await topology.mute(callId, handle);
      if (outcome !== 'unknown') break;
      if (attempt === alarmingTry) logger.error({ callId }, alarm);
      await timing.pause(Math.min(longestPauseMs, 50 * 2 ** attempt), closing);
    }
    // It may have come after what gave the voice back.
    followAgain(callId);
  };

  return {
    keyPressed: (callId, lane, leg, mode) => {
      const { legId } = leg;
      lane.pressed.set(legId, mode);
      lane.keys.set(legId, (lane.keys.get(legId) ?? 0) + 1);
      const before = lane.state.supervisors.find((supervisor) => supervisor.legId === legId);
      if (before && saysLess(mode, before.mode)) aside(silence(callId, lane, leg));
      return () => {
        if (lane.pressed.get(legId) === mode) lane.pressed.delete(legId);
        followAgain(callId);
      };
    },
  };
};

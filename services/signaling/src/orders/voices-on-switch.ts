import { isHeardByFewer, type CallId, type SupervisionMode } from '@earshot/contracts';
import type { Timing } from '@earshot/event-log';
import type { Logger } from '@earshot/service-kit';
import { legOf, type Leg } from '../domain/call-state.ts';
import type { Handle, Outcome, Switch } from '../domain/switch.ts';
import type { Lane, ModeKey } from './lane.ts';
import type { TopologyOnSwitch } from './topology-on-switch.ts';
import { isApplied, notHeardByAll } from '../domain/wanted-topology.ts';
import { isSettled, wishOf } from './wish-of.ts';

export interface VoiceOptions {
  readonly switch: Pick<Switch, 'perform'>;
  readonly topology: Pick<TopologyOnSwitch, 'mute'>;
  readonly logger: Logger;
  readonly timing: Timing;
  readonly closing: AbortSignal;
  /** Whether nothing may be done on the switch now but to take away. */
  readonly isInDoubt: () => boolean;
  /** Goes on beside whatever else is under way. */
  readonly aside: (work: Promise<unknown>) => void;
  /** Does what the state of a call asks for now. */
  readonly followAgain: (callId: CallId) => void;
}

/** Takes voices away at once, beside whatever else is under way, when a key asks for less. */
export interface VoicesOnSwitch {
  /**
   * The switch remembers a key that asks for less than barge until the log has it, so that whoever takes over learns of it
   * from the switch. The answer ends it: the log has the key.
   */
  keyPressed(callId: CallId, lane: Lane, leg: Leg, pressed: ModeKey): () => void;
  /**
   * While it is not known what is true on the switch, so that no topology can be made: whoever shall not be heard by every
   * party is heard by nobody.
   */
  keepSilent(callId: CallId, lane: Lane): void;
}

/** From this try on a voice that cannot be taken away is an alarm. */
const alarmingTry = 4;
const longestPauseMs = 500;
const notSilent = 'ALARM: a voice that shall no longer be heard cannot be taken away; it is tried on';
const notRemembered =
  'ALARM: a key that takes a voice away is neither in the log nor remembered by the switch; it is tried on';

/** Supervisors whom not every party shall hear, unless the log says that all is as it shall be. */
const shallBeSilent = (lane: Lane): readonly Leg[] => {
  const wish = wishOf(lane);
  return wish && isApplied(lane.state, wish.wanted) ? [] : notHeardByAll(lane.state, wish?.wanted);
};

/** The key asks for less than the log says, or for the less that the log says and the switch has not done yet. */
const asksForLess = (lane: Lane, legId: string, mode: SupervisionMode): boolean => {
  const before = lane.state.supervisors.find((supervisor) => supervisor.legId === legId)?.mode;
  const wish = wishOf(lane);
  const isMade = wish !== undefined && isApplied(lane.state, wish.wanted);
  return (
    before !== undefined && (isHeardByFewer(mode, before) || (mode === before && mode !== 'barge' && !isMade))
  );
};

export const createVoicesOnSwitch = (options: VoiceOptions): VoicesOnSwitch => {
  const { switch: theSwitch, topology, logger, timing, closing, isInDoubt, aside, followAgain } = options;

  const isThere = (lane: Lane, legId: string): boolean => legOf(lane.state, legId)?.state !== 'ended';

  const untilAnswered = async (
    callId: CallId,
    ask: () => Promise<Outcome>,
    isStillDue: () => boolean,
    alarm: string,
  ): Promise<void> => {
    for (let attempt = 1; !closing.aborted && isStillDue(); attempt += 1) {
      const { outcome } = await ask();
      if (outcome !== 'unknown') return;
      if (attempt === alarmingTry) logger.error({ callId }, alarm);
      await timing.pause(Math.min(longestPauseMs, 50 * 2 ** attempt), closing);
    }
  };
  const muteWhile = (callId: CallId, handle: Handle, isStillDue: () => boolean): Promise<void> =>
    untilAnswered(callId, () => topology.mute(callId, handle), isStillDue, notSilent);

  /**
   * Again while the switch does not answer, until a newer key or what the key asked for is there: also when the call is
   * over, as those who talked may still be together.
   */
  const silence = async (callId: CallId, lane: Lane, { legId, handle }: Leg): Promise<void> => {
    const key = lane.keys.get(legId);
    await muteWhile(
      callId,
      handle,
      () => lane.keys.get(legId) === key && isThere(lane, legId) && !isSettled(lane, legId),
    );
    // It may have come after what gave the voice back.
    followAgain(callId);
  };

  return {
    keepSilent: (callId, lane) => {
      for (const { legId, handle } of shallBeSilent(lane))
        aside(muteWhile(callId, handle, () => isInDoubt() && isThere(lane, legId)));
    },
    keyPressed: (callId, lane, leg, { key, mode, at }) => {
      const { legId, handle } = leg;
      const press = (lane.keys.get(legId) ?? 0) + 1;
      lane.pressed.set(legId, mode);
      lane.keys.set(legId, press);
      lane.heardAt.set(legId, at);
      if (asksForLess(lane, legId, mode)) aside(silence(callId, lane, leg));
      if (isHeardByFewer(mode, 'barge')) {
        const isUnwritten = (): boolean => lane.keys.get(legId) === press && lane.pressed.has(legId);
        const remember = (): Promise<Outcome> =>
          theSwitch.perform({ op: 'remember-key', leg: handle, key, at });
        aside(untilAnswered(callId, remember, isUnwritten, notRemembered));
      }
      return () => {
        if (lane.keys.get(legId) === press) lane.pressed.delete(legId);
        followAgain(callId);
      };
    },
  };
};

import type { Mastership } from '@earshot/event-log';
import { notTheMaster, type Switch, type SwitchOperation } from '../domain/switch.ts';

/** A voice is taken away at its key, and a recorder that is not allowed, by whoever can; it waits for nobody's leave. */
const takesAway = ({ op }: SwitchOperation): boolean =>
  op === 'mute' || op === 'remember-key' || op === 'stop-recorder';

/**
 * A switch that is operated only while this process is its master.
 * @param onNotDone an operation got no answer, and may be carried out late, or was refused, because something is not as thought
 */
export const guardedSwitch = (
  theSwitch: Switch,
  mastership: Pick<Mastership, 'holds'>,
  onNotDone: () => void,
): Switch => ({
  description: theSwitch.description,
  start: (onReport) => theSwitch.start(onReport),
  isConnected: () => theSwitch.isConnected(),
  now: () => theSwitch.now(),
  heardAt: () => theSwitch.heardAt(),
  perform: async (operation) => {
    if (!takesAway(operation) && !mastership.holds()) return notTheMaster;
    const outcome = await theSwitch.perform(operation);
    if (outcome.outcome !== 'done') onNotDone();
    return outcome;
  },
  snapshot: (asked) => theSwitch.snapshot(asked),
  recordingLength: (recordingId) => theSwitch.recordingLength(recordingId),
  readRecording: (recordingId, part) => theSwitch.readRecording(recordingId, part),
  [Symbol.asyncDispose]: () => theSwitch[Symbol.asyncDispose](),
});

import type { SimulatedSwitch } from '../../services/signaling/src/adapters/simulated/simulated-switch.ts';
import type { Outcome, Switch, SwitchOperation, SwitchReport } from '../../services/signaling/src/domain/switch.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const never = new Promise<never>(() => {});

/**
 * The switch as one process of signaling sees it: once the process is dead nothing of it reaches the switch any more.
 * Operations are slow or unanswered at random; the second promise is watched at the very start of every recorder.
 */
export const mortalSwitch = (
  theSwitch: SimulatedSwitch, isAlive: () => boolean, happens: (probability: number) => boolean,
): Switch => {
  const perform = async (operation: SwitchOperation): Promise<Outcome> => {
    while (happens(0.3)) await turn();
    if (!isAlive()) return never;
    if (happens(0.03)) return { outcome: 'unknown', reason: 'the answer never came, and nothing was done' };
    const isUnanswered = happens(0.03);
    const outcome = await theSwitch.perform(operation);
    while (happens(0.3)) await turn();
    if (!isAlive()) return never;
    return isUnanswered ? { outcome: 'unknown', reason: 'the answer never came, but it was done' } : outcome;
  };
  return {
    description: theSwitch.description,
    start: (onReport: (report: SwitchReport) => void) => theSwitch.start((report) => { if (isAlive()) onReport(report); }),
    isConnected: () => isAlive() && theSwitch.isConnected(),
    heardAt: () => theSwitch.heardAt(),
    perform,
    snapshot: (asked) => (isAlive() ? theSwitch.snapshot(asked) : never),
    recordingLength: (recordingId) => theSwitch.recordingLength(recordingId),
    readRecording: (recordingId, part) => (isAlive() ? theSwitch.readRecording(recordingId, part) : never),
    [Symbol.asyncDispose]: async () => {},
  };
};

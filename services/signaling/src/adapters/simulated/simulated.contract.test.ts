import { switchContract } from '../switch.contract.ts';
import { realClock } from './clock.ts';
import { createSimulatedSwitch } from './simulated-switch.ts';
import { simulatedPhoneDriver } from './test-phones.ts';

/** Simulated seconds pass faster than real ones, so that ringing and speaking take no time of the test's. */
const speed = 10;

switchContract('simulated', async () => {
  const simulated = createSimulatedSwitch({ clock: realClock(speed) });
  return {
    switch: simulated,
    phones: simulatedPhoneDriver(simulated),
    takenByAnother: async () => simulated.replace(),
    close: async () => simulated[Symbol.asyncDispose](),
  };
});

import type { PhoneDriver, TestPhone } from '../switch.contract.ts';
import type { SimulatedPhone } from './phones.ts';
import type { SimulatedSwitch } from './simulated-switch.ts';

/** The simulated phones as the contract of a switch drives phones. */
export const simulatedPhoneDriver = (simulated: SimulatedSwitch): PhoneDriver => {
  const driven = (phone: SimulatedPhone): TestPhone => ({
    number: phone.number,
    dial: async (number) => void phone.dial(number),
    answer: async () => phone.answer(),
    decline: async () => phone.decline(),
    press: async (key) => phone.press(key),
    hangUp: async () => {
      if (phone.state !== 'idle') phone.hangUp();
    },
    hears: async (other) => {
      const speaker = simulated.phones.find(other.number)?.leg;
      return simulated.pairsHeard().some((pair) => pair.listener === phone.leg && pair.speaker === speaker);
    },
    hearsMusic: async () => phone.hearsMusic,
    keysHeard: async () => phone.keysHeard,
  });
  return {
    registered: async (extension) => driven(simulated.phones.extension(extension)),
    outside: async (number) => driven(simulated.phones.outside(number)),
  };
};

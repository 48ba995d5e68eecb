import type { SimulatedPhone } from '../../services/signaling/src/adapters/simulated/phones.ts';
import type { SimulatedSwitch } from '../../services/signaling/src/adapters/simulated/simulated-switch.ts';
import type { Connections } from './switch-connections.ts';

/** A key as the phone itself knows it. */
export interface Press {
  readonly handle: string;
  readonly key: string;
  /** When it went down, and when it was let go, ms since 1970. */
  readonly downAt: number;
  readonly at: number;
  /** Whether a process of signaling was told of it. */
  readonly wasHeard: boolean;
}

/** What people really did with their phones, whatever anybody made of it. */
export interface PhoneRecords {
  readonly presses: readonly Press[];
  /** Legs that their own phone ended: hung up, declined, or let ring in vain. */
  readonly endedByPhone: ReadonlySet<string>;
  /** When a phone hung up, by leg, ms since 1970. */
  readonly hungUpAt: ReadonlyMap<string, number>;
  press(phone: SimulatedPhone, key: string): void;
  hangUp(phone: SimulatedPhone): void;
}

const releasedAfterMs = 160;

export const keepPhoneRecords = (
  theSwitch: SimulatedSwitch,
  connections: Connections,
  now: () => number,
  after: (ms: number, run: () => void) => void,
): PhoneRecords => {
  const presses: Press[] = [];
  const endedByPhone = new Set<string>();
  const hungUpAt = new Map<string, number>();
  const pressing = new Set<string>();
  connections.onReport((report) => {
    // Nobody answered, or the phone could not be rung: nobody's fault.
    if (report.type === 'leg-gone' && report.reason !== 'hung_up') endedByPhone.add(report.handle);
  });
  return {
    presses,
    endedByPhone,
    hungUpAt,
    press: (phone, key) => {
      const handle = phone.leg;
      if (handle === undefined || phone.state !== 'talking')
        throw new Error('A phone that is not connected cannot press keys');
      // One key is let go before the next is pressed.
      if (pressing.has(handle)) return;
      pressing.add(handle);
      after(releasedAfterMs, () => {
        pressing.delete(handle);
        if (phone.leg !== handle) return;
        presses.push({
          handle,
          key,
          downAt: now() - releasedAfterMs,
          at: now(),
          wasHeard: theSwitch.isConnected() && connections.listener() !== undefined,
        });
      });
      phone.press(key, releasedAfterMs);
    },
    hangUp: (phone) => {
      if (phone.leg !== undefined) {
        endedByPhone.add(phone.leg);
        hungUpAt.set(phone.leg, now());
      }
      phone.hangUp();
    },
  };
};

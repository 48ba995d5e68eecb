import { createHash } from 'node:crypto';
import { switchCount, type CallId } from '@earshot/contracts';

/**
 * The id of the call that an arriving leg starts: a UUIDv7 (RFC 9562) of the leg's birth (ms since 1970) and the switch's
 * number, the rest a hash of handle and birth. The same arrival seen twice, also by another process, names the same call.
 * @param switchNumber 0 to 4095; each switch of a log has its own
 */
export const callIdOfArrival = (handle: string, bornAt: number, switchNumber = 0): CallId => {
  if (!Number.isInteger(switchNumber) || switchNumber < 0 || switchNumber >= switchCount) {
    throw new RangeError(
      `A switch's number is a whole number from 0 to ${switchCount - 1}, not ${switchNumber}.`,
    );
  }
  const hash = createHash('sha256').update(`${handle}@${bornAt}`).digest('hex');
  const time = bornAt.toString(16).padStart(12, '0');
  const variant = ((Number.parseInt(hash.slice(3, 4), 16) & 0x3) | 0x8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8, 12)}-7${switchNumber.toString(16).padStart(3, '0')}-${variant}${hash.slice(4, 7)}-${hash.slice(7, 19)}`;
};

import { createHash } from 'node:crypto';
import type { CallId } from '@earshot/contracts';

/**
 * The id of the call that an arriving leg starts: a UUIDv7 (RFC 9562) of the leg's birth (ms since 1970) whose random
 * part is a hash of handle and birth. The same arrival seen twice, also by another process, names the same call.
 */
export const callIdOfArrival = (handle: string, bornAt: number): CallId => {
  const hash = createHash('sha256').update(`${handle}@${bornAt}`).digest('hex');
  const time = bornAt.toString(16).padStart(12, '0');
  const variant = ((Number.parseInt(hash.slice(3, 4), 16) & 0x3) | 0x8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8, 12)}-7${hash.slice(0, 3)}-${variant}${hash.slice(4, 7)}-${hash.slice(7, 19)}`;
};

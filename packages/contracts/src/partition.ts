import type { CallId } from './ids.ts';

/** Number of partitions. It stands in stored subjects, so it can never change. */
export const partitionCount = 32;

/** FNV-1a, 32 bit, over UTF-8: the hash behind the NATS server's own `{{partition(n,token)}}`. */
export const fnv1a32 = (text: string): number => {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash >>> 0;
};

/** Partition of a call, 0 to 31: what spreads the calls over consumers and processes. */
export const partitionOf = (callId: CallId): number => fnv1a32(callId) % partitionCount;

import type { CallId } from './ids.ts';

/** Number of partitions. It stands in stored subjects, so it can never change. */
export const partitionCount = 32;

const offset = 0x811c9dc5;
const step = (hash: number, byte: number): number => Math.imul(hash ^ byte, 0x01000193);

/** FNV-1a, 32 bit, over UTF-8: the hash behind the NATS server's own `{{partition(n,token)}}`. */
export const fnv1a32 = (text: string): number => {
  let hash = offset;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.codePointAt(at) ?? 0;
    // A call id, of which one is hashed several times per message, is ASCII: its codes are its bytes.
    if (code > 0x7f) return new TextEncoder().encode(text).reduce(step, offset) >>> 0;
    hash = step(hash, code);
  }
  return hash >>> 0;
};

/** Partition of a call, 0 to 31: what spreads the calls over consumers and processes. */
export const partitionOf = (callId: CallId): number => fnv1a32(callId) % partitionCount;

import { isIPv6 } from 'node:net';

const minuteMs = 60_000;

export interface WrongTokensOptions {
  /** Wrong tokens within a minute after which an address is held off until the minute is over. */
  readonly perMinute: number;
  /** Most addresses remembered; beyond it the one that began first is forgotten. */
  readonly addresses: number;
}

/** Who gave wrong tokens lately. Times are in milliseconds of any clock that does not go back. */
export interface WrongTokens {
  /** Whole seconds for which this address is still held off; 0: it may try. */
  heldFor(address: string | undefined, now: number): number;
  /** Counts a wrong token. */
  count(address: string | undefined, now: number): void;
  /** Number of addresses in memory. */
  remembered(): number;
}

/** Counts wrong tokens per address, in a memory that does not grow with the number of guessers. */
export const createWrongTokens = ({ perMinute, addresses }: WrongTokensOptions): WrongTokens => {
  // In the order in which their minutes began, because one that begins anew is put at the end.
  const minutes = new Map<string, { readonly since: number; wrong: number }>();
  const current = (key: string, now: number) => {
    const minute = minutes.get(key);
    return minute !== undefined && now - minute.since < minuteMs ? minute : undefined;
  };
  return {
    heldFor: (address, now) => {
      const minute = current(guesserOf(address), now);
      return minute === undefined || minute.wrong < perMinute
        ? 0
        : Math.ceil((minute.since + minuteMs - now) / 1000);
    },
    count: (address, now) => {
      const key = guesserOf(address);
      const minute = current(key, now);
      if (minute !== undefined) return void (minute.wrong += 1);
      minutes.delete(key);
      minutes.set(key, { since: now, wrong: 1 });
      if (minutes.size > addresses) for (const oldest of minutes.keys()) return void minutes.delete(oldest);
    },
    remembered: () => minutes.size,
  };
};

/** An IPv4 address, or the first 64 bits of an IPv6 one: who has one address of that network has them all. */
export const guesserOf = (address = ''): string => {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return [...before, ...zeros, ...after]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16))
    .join(':');
};

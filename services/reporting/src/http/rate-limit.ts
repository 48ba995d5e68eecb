/** What a request may do now. `limit` null: there is no limit. */
export interface Allowance {
  readonly allowed: boolean;
  readonly limit: number | null;
  readonly remaining: number;
  /** Whole seconds until the next request is allowed, at least 1. */
  readonly retryAfter: number;
}

/** A limit on how often something may happen with one key. The clock (ms) is handed in. */
export interface RateLimit {
  /** What would be allowed, without counting it. */
  look(key: string, now: number): Allowance;
  /** Counts it where it is allowed. */
  take(key: string, now: number): Allowance;
}

const windowMs = 60_000;
/** Keys that are remembered at most; beyond it those go that nothing happened with for the longest time. */
const mostKeys = 10_000;

/** At most `perMinute` times with one key in any 60 seconds; null: no limit. */
export const rateLimit = (perMinute: number | null): RateLimit => {
  const taken = new Map<string, readonly number[]>();
  const allowanceOf = (recent: readonly number[], now: number): Allowance => {
    if (perMinute === null) return { allowed: true, limit: null, remaining: 0, retryAfter: 0 };
    const allowed = recent.length < perMinute;
    const wait = allowed ? 0 : (recent[0] ?? now) + windowMs - now;
    return {
      allowed,
      limit: perMinute,
      remaining: Math.max(0, perMinute - recent.length),
      retryAfter: Math.max(1, Math.ceil(wait / 1000)),
    };
  };
  const recentOf = (key: string, now: number): readonly number[] =>
    (taken.get(key) ?? []).filter((at) => at > now - windowMs);
  return {
    look: (key, now) => allowanceOf(recentOf(key, now), now),
    take: (key, now) => {
      const recent = recentOf(key, now);
      const before = allowanceOf(recent, now);
      if (!before.allowed || before.limit === null) return before;
      taken.delete(key);
      taken.set(key, [...recent, now]);
      for (const oldest of taken.keys()) {
        if (taken.size <= mostKeys) break;
        taken.delete(oldest);
      }
      return { ...before, remaining: before.remaining - 1 };
    },
  };
};

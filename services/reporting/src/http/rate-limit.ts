/** What a request may do now. `limit` null: there is no limit. */
export interface Allowance {
  readonly allowed: boolean;
  readonly limit: number | null;
  readonly remaining: number;
  /** Whole seconds until the next request is allowed, at least 1. */
  readonly retryAfter: number;
}

/** At most `perMinute` requests of one key in any 60 seconds; null: no limit. The clock is handed in. */
export const rateLimit = (perMinute: number | null): ((key: string, now: number) => Allowance) => {
  const taken = new Map<string, number[]>();
  return (key, now) => {
    if (perMinute === null) return { allowed: true, limit: null, remaining: 0, retryAfter: 0 };
    const recent = (taken.get(key) ?? []).filter((at) => at > now - 60_000);
    const allowed = recent.length < perMinute;
    if (allowed) recent.push(now);
    taken.set(key, recent);
    const wait = allowed ? 0 : (recent[0] ?? now) + 60_000 - now;
    return { allowed, limit: perMinute, remaining: Math.max(0, perMinute - recent.length), retryAfter: Math.max(1, Math.ceil(wait / 1000)) };
  };
};

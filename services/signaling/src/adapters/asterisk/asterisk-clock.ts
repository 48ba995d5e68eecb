import type { Instant } from '@earshot/contracts';

/** What time it is at the switch, reckoned from what it told last and the time that has passed here since; rather early than late. */
export interface AsteriskClock {
  now(): Instant;
  /** An event carried the time of the switch. */
  told(timestamp: string): void;
  /** An answer carried it, in whole seconds: it counts until an event of this connection has told. */
  toldRoughly(date: string): void;
  /** A new connection: the clock may have been set, or it is another switch. */
  connects(): void;
}

/** @param uptimeMs time since some moment, which no change of the own clock touches */
export const createAsteriskClock = (uptimeMs: () => number = () => performance.now()): AsteriskClock => {
  let known: { readonly at: number; readonly uptime: number } = { at: Date.now(), uptime: uptimeMs() };
  let from: 'nothing' | 'answers' | 'events' = 'nothing';
  const nowMs = (): number => known.at + uptimeMs() - known.uptime;
  const set = (text: string, by: typeof from, isNews: (at: number) => boolean): void => {
    const at = Date.parse(text);
    if (Number.isNaN(at) || !isNews(at)) return;
    known = { at, uptime: uptimeMs() };
    from = by;
  };
  return {
    now: () => new Date(nowMs()).toISOString(),
    told: (timestamp) => set(timestamp, 'events', () => true),
    toldRoughly: (date) =>
      set(date, 'answers', (at) => from === 'nothing' || (from === 'answers' && at > nowMs())),
    connects: () => {
      from = 'nothing';
    },
  };
};

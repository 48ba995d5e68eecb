/** How many callers from outside are let in. Whoever is inside, and calls that we made, are in none of these. */
export interface OutsideLimits {
  /** Calls at a time of one caller: of one number from one address. */
  readonly callsPerCaller: number;
  /** Calls at a time of all of them. */
  readonly calls: number;
  /** Arrivals a second, on average over ten seconds, so that those who waited for us may come all at once. */
  readonly arrivalsPerSecond: number;
}

/** What holds unless it is configured otherwise. */
export const usualOutsideLimits: OutsideLimits = { callsPerCaller: 5, calls: 1_000, arrivalsPerSecond: 20 };

/** Why a caller was turned away, by the limit that was reached. */
export type TurnedAwayBecause = keyof OutsideLimits;

const averagedOverSeconds = 10;

/** The callers from outside who are there; what they are asked costs the same however many there are. */
export interface OutsideCallers {
  /** Takes a caller in who is there already, whatever the limits say. */
  add(caller: string): void;
  leave(caller: string): void;
  /** Whether one more may come now; who may not uses up nothing. @param nowMs by a clock that does not go back */
  mayCome(caller: string, nowMs: number): true | TurnedAwayBecause;
}

/** Nobody is there yet. */
export const createOutsideCallers = ({
  callsPerCaller,
  calls,
  arrivalsPerSecond,
}: OutsideLimits): OutsideCallers => {
  const callsOf = new Map<string, number>();
  let there = 0;
  const most = arrivalsPerSecond * averagedOverSeconds;
  let room = most;
  let roomAt = -Infinity;
  return {
    add: (caller) => {
      there += 1;
      callsOf.set(caller, (callsOf.get(caller) ?? 0) + 1);
    },
    leave: (caller) => {
      const left = (callsOf.get(caller) ?? 0) - 1;
      there -= 1;
      if (left > 0) callsOf.set(caller, left);
      else callsOf.delete(caller);
    },
    mayCome: (caller, nowMs) => {
      if ((callsOf.get(caller) ?? 0) >= callsPerCaller) return 'callsPerCaller';
      if (there >= calls) return 'calls';
      room = Math.min(most, room + ((nowMs - roomAt) / 1_000) * arrivalsPerSecond);
      roomAt = nowMs;
      if (room < 1) return 'arrivalsPerSecond';
      room -= 1;
      return true;
    },
  };
};

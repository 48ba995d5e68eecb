import type { GoneReason, Handle } from '../../domain/switch.ts';
import {
  createOutsideCallers,
  usualOutsideLimits,
  type OutsideCallers,
  type OutsideLimits,
} from './outside-callers.ts';

/** What the adapter remembers between events: only what Asterisk cannot be asked for, or what would be asked on every key. */
export interface Book {
  /** Legs that are there. */
  readonly legs: ReadonlyMap<Handle, LegInBook>;
  /** Of the legs that are there, those of callers from outside. */
  readonly outside: Pick<OutsideCallers, 'mayCome'>;
  /** Notes a leg that is there, as it is now. */
  isThere(handle: Handle, leg: LegInBook): void;
  /** Legs whose arrival was told. */
  readonly arrived: RecentIds;
  /** Legs that were not let in. */
  readonly turnedAway: TurnedAway;
  /** Where a leg or snoop was placed, and whether its keys are to be heard by the others there. */
  readonly seats: Map<string, { readonly bridge: string; readonly keys: 'absorbed' | 'passed' }>;
  /** Prompts that wait or play, and the leg they play to. */
  readonly prompts: Map<string, Handle>;
  /** Ids of what is over: asking for it again does not begin it again, and Asterisk may hold what it named for a while. */
  readonly over: RecentIds;
  /** Prompts that were cut short, and legs that were hung up, because we asked for it. */
  readonly ended: RecentIds;
  /** Legs that are being hung up, by whomever. */
  readonly leaving: RecentIds;
  /** Recorders that run: where, and since when (ms since 1970, the switch's clock; undefined for one that we took over). */
  readonly recorders: Map<string, { readonly bridge: string; readonly startedAt: number | undefined }>;
  /** Resolves when a channel with this id has entered our application. */
  entered(id: string, withinMs: number): Promise<boolean>;
  hasEntered(id: string): void;
  /** True the first time; a leg goes once, though Asterisk tells it twice. */
  leaves(handle: Handle): boolean;
}

/** Whether it has answered, and of one that came from outside who is calling. */
export interface LegInBook {
  readonly answered: boolean;
  readonly caller?: string | undefined;
}

/** Legs that were not let in; one that has left is known for a while. */
export interface TurnedAway extends RecentIds {
  /** Whether it is on the switch yet. */
  isThere(handle: Handle): boolean;
  left(handle: Handle): void;
  /** The switch was seen: whoever is not among these has left. */
  onlyThere(handles: ReadonlySet<Handle>): void;
}

/** How many ids of the past are kept. */
const kept = 20_000;

export interface RecentIds {
  add(id: string): void;
  has(id: string): boolean;
}

const recentIds = (): RecentIds => {
  const ids = new Set<string>();
  return {
    add: (id) => {
      ids.add(id);
      const [oldest] = ids;
      if (ids.size > kept && oldest !== undefined) ids.delete(oldest);
    },
    has: (id) => ids.has(id),
  };
};

const createTurnedAway = (): TurnedAway => {
  const there = new Set<Handle>();
  const gone = recentIds();
  const left = (handle: Handle): void => {
    if (there.delete(handle)) gone.add(handle);
  };
  return {
    add: (handle) => void there.add(handle),
    has: (handle) => there.has(handle) || gone.has(handle),
    isThere: (handle) => there.has(handle),
    left,
    onlyThere: (handles) => {
      for (const handle of [...there]) if (!handles.has(handle)) left(handle);
    },
  };
};

/** The legs that are there, and who of outside is calling with them. */
const createLegs = (limits: OutsideLimits) => {
  const legs = new Map<Handle, LegInBook>();
  const outside = createOutsideCallers(limits);
  const remove = (handle: Handle): void => {
    const caller = legs.get(handle)?.caller;
    if (caller !== undefined) outside.leave(caller);
    legs.delete(handle);
  };
  return {
    legs,
    outside,
    isThere: (handle: Handle, leg: LegInBook): void => {
      remove(handle);
      legs.set(handle, leg);
      if (leg.caller !== undefined) outside.add(leg.caller);
    },
    remove,
  };
};

export const createBook = (limits: OutsideLimits = usualOutsideLimits): Book => {
  const waiting = new Map<string, () => void>();
  const over = recentIds();
  const { legs, outside, isThere, remove } = createLegs(limits);
  const seats: Book['seats'] = new Map();
  return {
    legs,
    outside,
    isThere,
    seats,
    over,
    arrived: recentIds(),
    turnedAway: createTurnedAway(),
    prompts: new Map(),
    ended: recentIds(),
    leaving: recentIds(),
    recorders: new Map(),
    entered: (id, withinMs) =>
      new Promise((resolve) => {
        const settle = (isThere: boolean): void => {
          clearTimeout(timer);
          waiting.delete(id);
          resolve(isThere);
        };
        const timer = setTimeout(() => settle(false), withinMs);
        waiting.set(id, () => settle(true));
      }),
    hasEntered: (id) => waiting.get(id)?.(),
    leaves: (handle) => {
      if (over.has(handle)) return false;
      over.add(handle);
      remove(handle);
      seats.delete(handle);
      return true;
    },
  };
};

/**
 * Why a phone that was rung did not answer, by the Q.850 cause that the switch tells.
 * 19 no answer in time; 17 busy and 21 rejected; 16 and 26 cleared.
 */
export const goneReasonOf = (cause: number): GoneReason => {
  switch (cause) {
    case 19:
      return 'missed';
    case 17:
    case 21:
      return 'declined';
    case 16:
    case 26:
    case 32:
      return 'hung_up';
    default:
      return 'unreachable';
  }
};

import { attributeNames, metricNames } from '@earshot/contracts';
import { metrics } from '@opentelemetry/api';
import { setTimeout as wait } from 'node:timers/promises';
import type { Handle } from '../../domain/switch.ts';
import { ariPath, type AriClient } from './ari-client.ts';
import type { Book } from './book.ts';
import type { OutsideLimits, TurnedAwayBecause } from './outside-callers.ts';

export interface TurningAwayOptions {
  readonly book: Pick<Book, 'turnedAway'>;
  readonly limits: OutsideLimits;
  /** For what everything else goes before. */
  readonly client: () => AriClient;
  readonly onProblem: (text: string) => void;
  /** How long after a sentence about callers who were turned away the next one comes, in ms. */
  readonly tellEveryMs?: number;
}

/** Turns callers away as busy, who then are nobody's call: not asked about, not told of, and hung up until they are gone. */
export interface TurningAway extends Disposable {
  turnAway(handle: Handle, because: TurnedAwayBecause): void;
}

/** Q.850: the caller hears the busy tone. */
const busy = 17;
/** How many are hung up at the same time: a flood must not take the way to the switch from the calls under way. */
const atOnce = 2;
const tryAgainMs = 500;

const counter = () =>
  metrics
    .getMeter('@earshot/signaling')
    .createCounter(metricNames.turnedAway, { description: 'Callers from outside who were turned away' });

/** Tells the first at once, and then from time to time how many there were. */
const createNews = (limits: OutsideLimits, onProblem: (text: string) => void, everyMs: number) => {
  const counted = counter();
  const since = new Map<TurnedAwayBecause, number>();
  let pause: NodeJS.Timeout | undefined;
  const sayings: Record<TurnedAwayBecause, string> = {
    callsPerCaller: `had ${limits.callsPerCaller} calls already, as many as one caller may have`,
    calls: `came while ${limits.calls} calls from outside were there, as many as there may be`,
    arrivalsPerSecond: `were more than ${limits.arrivalsPerSecond} a second, as many as may arrive`,
  };
  const tell = (): void => {
    pause = undefined;
    const parts = [...since].map(([because, count]) => `${count} ${sayings[because]}`);
    if (parts.length === 0) return;
    since.clear();
    onProblem(
      `Callers from outside are turned away as busy: ${parts.join('; ')}. The next ${everyMs / 1_000} s are told together.`,
    );
    pause = setTimeout(tell, everyMs).unref();
  };
  return {
    count: (because: TurnedAwayBecause): void => {
      counted.add(1, { [attributeNames.reason]: because });
      since.set(because, (since.get(because) ?? 0) + 1);
      if (!pause) tell();
    },
    end: (): void => clearTimeout(pause),
  };
};

export const createTurningAway = (options: TurningAwayOptions): TurningAway => {
  const { book, limits, client, onProblem, tellEveryMs = 60_000 } = options;
  const news = createNews(limits, onProblem, tellEveryMs);
  const closing = new AbortController();
  const toHangUp: Handle[] = [];
  let working = 0;

  /** @returns whether it got an answer */
  const hangUp = async (handle: Handle): Promise<boolean> => {
    if (!book.turnedAway.isThere(handle)) return true;
    const { outcome } = await client().delete(ariPath('channels', handle), { reason_code: busy });
    return outcome !== 'unknown';
  };
  const work = async (): Promise<void> => {
    working += 1;
    for (let handle = toHangUp.shift(); handle && !closing.signal.aborted; handle = toHangUp.shift()) {
      if (await hangUp(handle)) continue;
      toHangUp.push(handle);
      await wait(tryAgainMs, undefined, { signal: closing.signal, ref: false }).catch(() => {});
    }
    working -= 1;
  };

  return {
    turnAway: (handle, because) => {
      book.turnedAway.add(handle);
      news.count(because);
      toHangUp.push(handle);
      if (working < atOnce) void work();
    },
    [Symbol.dispose]: () => {
      closing.abort();
      news.end();
    },
  };
};

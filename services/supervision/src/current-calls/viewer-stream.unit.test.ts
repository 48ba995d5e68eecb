import { Writable } from 'node:stream';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { ViewerStream } from './viewer-stream.ts';
import { Seat, Viewers, type Caller } from './viewers.ts';
import type { Viewing } from './viewing.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** A reader who takes one piece at a time, when the test says so. */
const slowReader = () => {
  const pieces: string[] = [];
  let take = (): void => {};
  const into = new Writable({
    highWaterMark: 1,
    write: (bytes: Buffer, _encoding, done) => {
      pieces.push(bytes.toString());
      take = done;
    },
  });
  return {
    into,
    pieces,
    takesOne: async () => {
      const taken = take;
      take = () => {};
      taken();
      await turn();
    },
  };
};

const ada: Caller = { name: 'ada', until: Infinity, hasGone: () => false, mayStay: async () => true };
const seatOf = (taken: ReturnType<Viewers['take']>): Seat => {
  if (typeof taken === 'string') throw new TypeError(taken);
  return taken;
};

/** What is new, one letter each, and all of it in one piece when it is asked for. */
const news = () => {
  let waiting = '';
  return {
    add: (letter: string) => {
      waiting += letter;
    },
    next: () => {
      const text = waiting;
      waiting = '';
      return text === '' ? undefined : text;
    },
  };
};

it('a viewer who reads slowly gets everything, in fewer and larger pieces, and no more than two of them wait', async () => {
  const { add, next } = news();
  const { into, pieces, takesOne } = slowReader();
  const stream = new ViewerStream(next, () => {});
  add('a');
  stream.pipe(into);
  await turn();
  for (const letter of 'bcdefgh') {
    add(letter);
    stream.offer();
    await turn();
  }
  for (let taken = 0; taken < 4; taken += 1) await takesOne();
  expect(pieces.join('')).toBe('abcdefgh');
  expect(pieces.length).toBeLessThanOrEqual(3);
});

it('a viewer who takes nothing for fifteen seconds is sent away, one with nothing to take is shown that the stream lives', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'performance'] });
  using viewers = new Viewers({ ofAll: 2, ofOneCaller: 2 });
  const [slowNews, quietNews] = [news(), news()];
  const [slow, quiet] = [slowNews, quietNews].map((one) =>
    seatOf(viewers.take(ada)).open(one as unknown as Viewing),
  );
  const reader = slowReader();
  const lives: string[] = [];
  slow?.pipe(reader.into);
  quiet?.on('data', (bytes: Buffer) => lives.push(bytes.toString()));
  for (let second = 0; second < 30; second += 1) {
    slowNews.add('x');
    vi.advanceTimersByTime(1_000);
    await turn();
  }
  expect([slow?.destroyed, quiet?.destroyed]).toEqual([true, false]);
  expect(lives).toEqual([':\n\n', ':\n\n', ':\n\n']);
  expect(viewers.take(ada)).toBeInstanceOf(Seat);
});

it('there are as many seats as there may be, and as one caller may have; ended ones are free again', () => {
  using viewers = new Viewers({ ofAll: 3, ofOneCaller: 2 });
  const [first] = [seatOf(viewers.take(ada)), seatOf(viewers.take(ada))];
  expect(viewers.take(ada)).toBe('the caller has enough');
  seatOf(viewers.take({ ...ada, name: 'ben' }));
  expect(viewers.take({ ...ada, name: 'cleo' })).toBe('all are taken');
  first?.open(news() as unknown as Viewing);
  first?.end();
  expect(viewers.take(ada)).toBeInstanceOf(Seat);
});

it('a seat whose connection has ended, or whose token ran out, is free for the next who asks', async () => {
  using viewers = new Viewers({ ofAll: 2, ofOneCaller: 2 });
  let hasGone = false;
  const waiting = seatOf(viewers.take({ ...ada, hasGone: () => hasGone }));
  const waited = waiting.waits(() => false, 60_000);
  const open = seatOf(viewers.take({ ...ada, until: Date.now() + 20 }));
  const stream = open.open(news() as unknown as Viewing);
  expect(viewers.take(ada)).toBe('all are taken');
  hasGone = true;
  await wait(30);
  seatOf(viewers.take(ada));
  seatOf(viewers.take(ada));
  await waited;
  expect([waiting.hasEnded, open.hasEnded, stream.destroyed]).toEqual([true, true, true]);
});

it('whoever waits goes on with the change that was waited for, when it takes too long, and when all ends', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'performance'] });
  const viewers = new Viewers({ ofAll: 4, ofOneCaller: 4 });
  let isThere = false;
  const went: string[] = [];
  const goes = (who: string, isSo: () => boolean, atMostMs: number): Promise<unknown> =>
    seatOf(viewers.take(ada))
      .waits(isSo, atMostMs)
      .then(() => went.push(who));
  void goes('now', () => true, 2_000);
  void goes('changed', () => isThere, 2_000);
  void goes('late', () => false, 2_000);
  void goes('stopped', () => false, 60_000);
  await turn();
  isThere = true;
  viewers.changed();
  vi.advanceTimersByTime(50);
  await turn();
  expect(went).toEqual(['now', 'changed']);
  vi.advanceTimersByTime(2_000);
  await turn();
  expect(went).toEqual(['now', 'changed', 'late']);
  viewers[Symbol.dispose]();
  await turn();
  expect(went).toEqual(['now', 'changed', 'late', 'stopped']);
  expect(viewers.take(ada)).toBe('all are taken');
});

it('a review ends whoever may not stay, also while they wait', async () => {
  using viewers = new Viewers({ ofAll: 2, ofOneCaller: 2 });
  const seat = seatOf(viewers.take({ ...ada, mayStay: async () => false }));
  const waited = seat.waits(() => false, 60_000);
  viewers.review();
  await waited;
  expect(seat.open(news() as unknown as Viewing).destroyed).toBe(true);
});

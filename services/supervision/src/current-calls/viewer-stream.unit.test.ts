import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { ViewerStream } from './viewer-stream.ts';
import { Viewers } from './viewers.ts';
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
  using viewers = new Viewers(2);
  const [slowNews, quietNews] = [news(), news()];
  const [slow, quiet] = [slowNews, quietNews].map((one) =>
    viewers.open(one as unknown as Viewing, async () => true),
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
  expect(viewers.isFull).toBe(false);
});

it('no stream is opened beyond as many as there may be, nor once they are closed', () => {
  const viewers = new Viewers(1);
  expect(viewers.isFull).toBe(false);
  const stream = viewers.open(news() as unknown as Viewing, async () => true);
  expect(viewers.isFull).toBe(true);
  viewers[Symbol.dispose]();
  stream.destroy();
  expect(viewers.isFull).toBe(true);
});

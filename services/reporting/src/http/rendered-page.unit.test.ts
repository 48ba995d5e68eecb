import { expect, it } from 'vitest';
import { readingAhead, type ReadRendered } from './rendered-page.ts';

const end = { updatedAt: 1_000_000, sequence: 1000 };
const moment = (n: number) => new Date(n).toISOString();

/** A hundred pages of one row each; a page says how often it was read. */
const pages = (fails = false) => {
  const reads: number[] = [];
  const read: ReadRendered = async (from) => {
    const n = 'after' in from ? from.after.id + 1 : 0;
    reads.push(n);
    if (fails && n > 0) throw new Error('away');
    return {
      json: Buffer.from(String(n)),
      count: 1,
      last: { id: n, updated_at: moment(n), changed_sequence: n },
      more: n < 99,
    };
  };
  return { reads, read };
};
const after = (n: number) => ({ after: { updatedAt: n, sequence: n, id: n } });
const settled = () =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

it('a reader who goes on finds the next pages read already, each once', async () => {
  const { reads, read } = pages();
  const ahead = readingAhead(read);
  const walked = [String((await ahead({ startTime: 0 }, end, 1)).json)];
  await settled();
  expect(reads).toEqual([0, 1, 2]);
  for (let n = 0; n < 99; n += 1) walked.push(String((await ahead(after(n), end, 1)).json));
  expect(walked).toEqual(Array.from({ length: 100 }, (_, n) => String(n)));
  expect(reads.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, n) => n));
});

it('a page is kept for one reader, one walk and one size of page', async () => {
  const { reads, read } = pages();
  const ahead = readingAhead(read);
  await ahead({ startTime: 0 }, end, 1);
  await settled();
  const before = reads.length;
  await ahead(after(0), { ...end, sequence: 999 }, 1);
  await ahead(after(0), end, 2);
  expect(reads.slice(before).filter((n) => n === 1)).toEqual([1, 1]);
});

it('a page that could not be read ahead is read again for whoever asks for it', async () => {
  const { reads, read } = pages(true);
  const ahead = readingAhead(read);
  await ahead({ startTime: 0 }, end, 1);
  await settled();
  await expect(ahead(after(0), end, 1)).rejects.toThrow('away');
  expect(reads).toEqual([0, 1, 1]);
});

import { expect, it } from 'vitest';
import { sharedLooks } from './shared-looks.ts';

/** Looks that end when they are told to. */
const looks = () => {
  const begun: { readonly key: string; readonly end: PromiseWithResolvers<number> }[] = [];
  const look = sharedLooks((key: string) => {
    const end = Promise.withResolvers<number>();
    begun.push({ key, end });
    return end.promise;
  });
  const settle = async (): Promise<void> => {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  };
  return { look, begun, settle };
};

it('a hundred who ask while one looks get the answer of one more look, which began after they asked', async () => {
  const { look, begun, settle } = looks();
  const first = look('a');
  const others = Promise.all(Array.from({ length: 100 }, () => look('a')));
  expect(begun).toHaveLength(1);
  begun[0]?.end.resolve(1);
  expect(await first).toBe(1);
  await settle();
  expect(begun).toHaveLength(2);
  begun[1]?.end.resolve(2);
  expect(new Set(await others)).toEqual(new Set([2]));
  await settle();
  void look('a');
  expect(begun).toHaveLength(3);
});

it('a look at something else waits for nobody', () => {
  const { look, begun } = looks();
  void look('a');
  void look('b');
  expect(begun.map(({ key }) => key)).toEqual(['a', 'b']);
});

it('a look that fails is told to whoever asked for it, and the next one begins', async () => {
  const { look, begun, settle } = looks();
  const first = look('a');
  const second = look('a');
  begun[0]?.end.reject(new Error('away'));
  await expect(first).rejects.toThrow('away');
  await settle();
  begun[1]?.end.resolve(2);
  expect(await second).toBe(2);
});

/**
 * A look at something that takes a while, one at a time for each key: whoever asks meanwhile gets the answer of the next one, which
 * begins when this one has ended. However many ask, it costs no more than one look after the other.
 */
export const sharedLooks = <K, T>(look: (key: K) => Promise<T>): ((key: K) => Promise<T>) => {
  const underWay = new Map<K, { readonly now: Promise<T>; next: Promise<T> | undefined }>();
  const begin = (key: K): Promise<T> => {
    const now = look(key);
    const looking: { readonly now: Promise<T>; next: Promise<T> | undefined } = { now, next: undefined };
    underWay.set(key, looking);
    const end = (): void => {
      if (looking.next === undefined) underWay.delete(key);
    };
    now.then(end, end);
    return now;
  };
  return (key) => {
    const looking = underWay.get(key);
    if (looking === undefined) return begin(key);
    const again = (): Promise<T> => begin(key);
    looking.next ??= looking.now.then(again, again);
    return looking.next;
  };
};

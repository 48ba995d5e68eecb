/** One netstring of a JSON value, as baresip's ctrl_tcp speaks it. */
export const toNetstring = (value: unknown): Buffer => {
  const payload = Buffer.from(JSON.stringify(value));
  return Buffer.concat([Buffer.from(`${payload.length}:`), payload, Buffer.from(',')]);
};

/** Takes bytes as they come and returns the JSON values that are complete. */
export const netstringReader = (): ((part: Buffer) => unknown[]) => {
  let rest = Buffer.alloc(0);
  return (part) => {
    rest = Buffer.concat([rest, part]);
    const values: unknown[] = [];
    for (;;) {
      const colon = rest.indexOf(':');
      if (colon < 0) return values;
      const end = colon + 1 + Number(rest.subarray(0, colon).toString());
      if (rest.length <= end) return values;
      values.push(JSON.parse(rest.subarray(colon + 1, end).toString()));
      rest = rest.subarray(end + 1);
    }
  };
};

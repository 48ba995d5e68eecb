import { describe, expect, it } from 'vitest';
import { isNewEnough, requireVersion } from './version.ts';

describe('the version of a NATS server', () => {
  it.each(['2.12.0', '2.15.1', '2.12.0-RC.1', '3.0.0'])('%s carries the log of calls', (version) => {
    expect(isNewEnough(version)).toBe(true);
  });

  it.each(['2.9.10', '2.11.99', '1.14.0'])('%s does not', (version) => {
    expect(isNewEnough(version)).toBe(false);
  });

  it('that is too old is refused in one sentence that says what to do', () => {
    expect(() => requireVersion('2.9.10', 'on the PATH')).toThrow(
      /^The NATS server on the PATH is version 2\.9\.10, but Earshot needs 2\.12\.0 or later: upgrade it.*\.$/,
    );
  });
});

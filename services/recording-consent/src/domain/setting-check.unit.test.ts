import { describe, expect, it } from 'vitest';
import { problemOf } from './setting-check.ts';

describe('an administrator sets what a line records', () => {
  it.each(['opt_in', 'opt_out'] as const)(
    'and is refused %s on a digital line, with the field and the reason',
    (setting) => {
      const problem = problemOf(setting, 'digital');
      expect(problem?.field).toBe('setting');
      expect(problem?.reason).toContain(setting);
    },
  );

  it.each(['always', 'never'] as const)('and may set %s on a digital line', (setting) => {
    expect(problemOf(setting, 'digital')).toBeUndefined();
  });

  it.each(['always', 'never', 'opt_in', 'opt_out'] as const)(
    'and may set %s on a phone line, and on a line that is still to come',
    (setting) => {
      expect([problemOf(setting, 'phone'), problemOf(setting, undefined)]).toEqual([undefined, undefined]);
    },
  );
});

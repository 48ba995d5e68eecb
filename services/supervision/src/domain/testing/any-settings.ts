import type { CallEvent, SupervisionMode } from '@earshot/contracts';
import fc from 'fast-check';
import type { CallState } from '../call-state.ts';
import { inputsOf, type Input } from '../input.ts';
import { withdrawnNow } from '../withdrawal.ts';
import { permissionsFrom, type ToldSettings } from './told-permissions.ts';

const extensions = ['1001', '1004', '1005', '1006'];
const modes = fc.subarray<SupervisionMode>(['spy', 'whisper', 'barge'], { minLength: 1 });

/** Settings under which everybody may supervise everybody, in every mode. */
export const openSettings: ToldSettings = {
  enabled: true,
  extensions,
  groups: [extensions.map((extension) => ({ extension, supervisor: true }))],
};

const member = (extension: string) =>
  fc.record(
    {
      extension: fc.constant(extension),
      supervisor: fc.constantFrom(true, true, true, false),
      modes,
      supervisable: fc.constantFrom(true, true, true, false),
    },
    { requiredKeys: ['extension', 'supervisor'] },
  );
const group = fc.tuple(...extensions.map(member));

/** Most permit much, some little, some nothing. */
export const anySettings: fc.Arbitrary<ToldSettings> = fc.record({
  enabled: fc.constantFrom(true, true, true, true, true, false),
  extensions: fc.constant(extensions),
  groups: fc.oneof(
    { weight: 3, arbitrary: fc.constant(openSettings.groups) },
    { weight: 3, arbitrary: fc.array(group, { minLength: 1, maxLength: 2 }) },
    { weight: 1, arbitrary: fc.constant([]) },
  ),
  maxPerCall: fc.integer({ min: 1, max: 4 }),
  hearEachOther: fc.constantFrom('barging' as const, 'nobody' as const),
});

/** The log carries no settings: a key that is pressed for a menu stands for the next of these settings here. */
export const inputsUnder = ([first = openSettings, ...later]: readonly ToldSettings[]) => {
  let now = first;
  const inputs = (event: CallEvent, state: CallState): readonly Input[] => {
    if (event.type !== 'KeyPressed' || event.data.awaitedBy !== 'menu')
      return inputsOf(event, permissionsFrom(now), state);
    now = later.shift() ?? now;
    const permissions = permissionsFrom(now);
    const withdrawn = withdrawnNow(state, permissions, event.occurredAt);
    return [{ type: 'settings-changed', at: event.occurredAt, rules: permissions.rules(), withdrawn }];
  };
  return { inputs, now: () => now };
};

import type { SettingsValue } from './kinds.ts';

/** Kinds of greetings that have a text of their own when the tenant set none; a menu's must be written. */
export type DefaultGreetingKind = Exclude<SettingsValue<'greetings'>['kind'], 'menu'>;

/** What callers and supervisors hear, in English, until the tenant replaces it. */
export const defaultGreetings: Readonly<Record<DefaultGreetingKind, string>> = {
  available: 'Welcome. Our agents are available.',
  consent_opt_in: 'To let us record this call, press 3 now.',
  consent_opt_out: 'This call is recorded. If you object, press 3 now.',
  refusal_not_authorised: 'You may not supervise this extension.',
  refusal_no_such_extension: 'There is no such extension.',
  refusal_not_on_a_call: 'This extension is not on a call.',
  refusal_supervision_off: 'Supervision is switched off.',
  refusal_not_supervisable: 'This extension may not be supervised.',
  refusal_mode_not_permitted: 'You may not supervise this extension in this way.',
  refusal_too_many_supervisors: 'This call has as many supervisors as it may have.',
  refusal_another_barges: 'Another supervisor has joined this call.',
};

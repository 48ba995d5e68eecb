import { configOf } from '@earshot/service-kit';
import { Type } from 'typebox';

/** What signaling reads from the environment, besides what every service reads. */
export const signalingConfig = configOf({
  SWITCH: Type.Enum(['asterisk', 'simulated'], {
    default: 'asterisk',
    description: 'Which switch to work with; the simulated one carries no sound',
  }),
  SWITCH_URL: Type.String({
    default: 'http://127.0.0.1:8088',
    pattern: '^https?://',
    description: "Base URL of the switch's HTTP interface",
  }),
  SWITCH_USER: Type.String({ default: 'earshot', description: 'User at the switch' }),
  SWITCH_PASSWORD: Type.Optional(
    Type.String({ secret: true, description: 'Password of SWITCH_USER; the simulated switch needs none' }),
  ),
  SWITCH_APP: Type.String({
    default: 'earshot',
    description: 'Name under which the switch hands calls to us',
  }),
  SWITCH_NUMBER: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 4095,
    description: 'Number of the switch among all of the log; it stands in every call id, so it never changes',
  }),
  POLICY_WAIT_MS: Type.Integer({
    default: 2_000,
    minimum: 0,
    maximum: 20_000,
    description:
      'How long a caller hears ringing while recording-consent has not said what is to be asked, in ms; then the call goes on unasked and unrecorded',
  }),
  MAX_CALLS_PER_CALLER: Type.Integer({
    default: 5,
    minimum: 1,
    maximum: 10_000,
    description:
      'How many calls one caller from outside, a number at one address, may have at a time; more hear the busy tone',
  }),
  MAX_OUTSIDE_CALLS: Type.Integer({
    default: 1_000,
    minimum: 1,
    maximum: 100_000,
    description: 'How many calls from outside there may be at a time; more hear the busy tone',
  }),
  MAX_ARRIVALS_PER_SECOND: Type.Integer({
    default: 20,
    minimum: 1,
    maximum: 10_000,
    description:
      'How many calls from outside may arrive per second, on average over ten seconds; more hear the busy tone',
  }),
  TRUNK: Type.String({
    default: '',
    description: 'host:port that outside numbers are called through; empty: outside numbers cannot be called',
  }),
  GREETINGS_DIR: Type.String({
    default: '',
    description: 'Folder, as the switch sees it, with the audio of each greeting as <sha256 of its text>.wav',
  }),
  RECORDINGS_DIR: Type.String({
    default: '',
    description:
      'Folder where recordings can be fetched, cut to the time for which they were allowed, readable by this user only; empty: none is kept',
  }),
});

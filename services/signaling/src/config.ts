import { configOf } from '@earshot/service-kit';
import { Type } from 'typebox';

/** What signaling reads from the environment, besides what every service reads. */
export const signalingConfig = configOf({
  SWITCH: Type.Enum(['asterisk', 'simulated'], { default: 'asterisk', description: 'Which switch to work with; the simulated one carries no sound' }),
  SWITCH_URL: Type.String({ default: 'http://127.0.0.1:8088', pattern: '^https?://', description: 'Base URL of the switch\'s HTTP interface' }),
  SWITCH_USER: Type.String({ default: 'earshot', description: 'User at the switch' }),
  SWITCH_PASSWORD: Type.Optional(Type.String({ secret: true, description: 'Password of SWITCH_USER; the simulated switch needs none' })),
  SWITCH_APP: Type.String({ default: 'earshot', description: 'Name under which the switch hands calls to us' }),
  TRUNK: Type.String({ default: '', description: 'host:port that outside numbers are called through; empty: outside numbers cannot be called' }),
  GREETINGS_DIR: Type.String({ default: '', description: 'Folder, as the switch sees it, with the audio of each greeting as <sha256 of its text>.wav' }),
  RECORDINGS_DIR: Type.String({ default: '', description: 'Folder in which the switch leaves recordings, as this process sees it' }),
});

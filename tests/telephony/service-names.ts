import type { System } from '../../infra/local/system.ts';

export type ServiceName = keyof System['services'];
/** Every service of the system, each a process of its own. */
export const serviceNames: readonly ServiceName[] = [
  'signaling',
  'supervision',
  'recording-consent',
  'reporting',
];

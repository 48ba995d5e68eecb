import type { Actor } from '@earshot/contracts';

/** Supervision itself: what follows from what happened. */
export const service: Actor = { kind: 'service', service: 'supervision' };
/** The person at a supervisor's phone. */
export const atLeg = (legId: string): Actor => ({ kind: 'leg', legId });
/** Who gave a command by API. */
export const byApi = (user: string): Actor => ({ kind: 'api', user });

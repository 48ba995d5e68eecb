import { baseConfig } from '@earshot/service-kit';

/** Supervision is configured with nothing but what every service reads. */
export const supervisionConfig = baseConfig;

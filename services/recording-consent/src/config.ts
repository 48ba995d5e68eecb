import { baseConfig } from '@earshot/service-kit';

/** Recording-consent is configured with nothing but what every service reads. */
export const recordingConsentConfig = baseConfig;

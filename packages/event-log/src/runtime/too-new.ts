import { TooNewError, newestVersion, type Writer } from '@earshot/contracts';
import type { UnreadableMessage } from '../event-log.ts';

/** The log holds what only a newer program can read: this one must end, with everything before it done and nothing after. */
export class ServiceTooOldError extends Error {
  override readonly name = 'ServiceTooOldError';
}

/** Stops whoever meets a message that is too new. @throws ServiceTooOldError */
export const refuseTooNew = (
  service: Writer | 'reporting',
  { tooNew, sequence }: UnreadableMessage,
): void => {
  if (!(tooNew instanceof TooNewError)) return;
  const { type, version } = tooNew;
  throw new ServiceTooOldError(
    `The log holds ${type} of version ${version} at place ${sequence} of CALLS, and this ${service} reads ` +
      `up to version ${newestVersion(type)}. Upgrade ${service}; it goes on at that place, nothing was passed over.`,
  );
};

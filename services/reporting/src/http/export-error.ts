import { HttpProblem } from '@earshot/service-kit';

/**
 * A refusal of the export paths in Zendesk's form. `description` tells the reader of the connector's log
 * what to do.
 */
export class ExportRefusal extends Error {
  override readonly name = 'ExportRefusal';
  readonly status: number;
  readonly error: string;
  /** Seconds; only on 429, since some clients take any answer with Retry-After for a 429. */
  readonly retryAfter: number | undefined;

  constructor(status: number, error: string, description: string, retryAfter?: number) {
    super(description);
    this.status = status;
    this.error = error;
    this.retryAfter = retryAfter;
  }
}

export const notAuthenticated = (
  description = 'Send Basic authentication with EMAIL/token and the API token, or Bearer with the API token.',
): ExportRefusal => new ExportRefusal(401, "Couldn't authenticate you", description);

export const notAllowed = (): ExportRefusal =>
  new ExportRefusal(
    403,
    'Forbidden',
    'You are missing the following required scopes: read (the right export:read)',
  );

export const noSuchPath = (): ExportRefusal => new ExportRefusal(404, 'InvalidEndpoint', 'Not found');

export const misdirected = (): ExportRefusal =>
  new ExportRefusal(
    421,
    'InvalidHost',
    'next_page cannot name this host: set EXPORT_PUBLIC_URL of reporting to the address that clients use, or add the host to EXPORT_HOSTS.',
  );

export const invalidValue = (description: string): ExportRefusal =>
  new ExportRefusal(422, 'InvalidValue', description);

export const tooManyRequests = (retryAfter: number): ExportRefusal =>
  new ExportRefusal(
    429,
    'APIRateLimitExceeded',
    'Number of allowed incremental export API requests per minute exceeded',
    retryAfter,
  );

export const tooManyGuesses = (retryAfter: number): ExportRefusal =>
  new ExportRefusal(
    429,
    'TooManyFailedSignIns',
    'Too many sign-ins failed from this address; try again later with the right token',
    retryAfter,
  );

export const databaseAway = (): ExportRefusal =>
  new ExportRefusal(
    503,
    'ServiceUnavailable',
    'The database of the export does not answer; try again in a moment',
  );

/**
 * What a client sent is wrong in a way that the server itself noticed: a body that is none, a length
 * that is not its length.
 */
const invalidRequest = (
  status: number,
  description = 'The request is not one that this path takes',
): ExportRefusal => new ExportRefusal(status, 'InvalidRequest', description);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Any error as a refusal; undefined for a defect of ours. */
export const refusalOf = (error: unknown): ExportRefusal | undefined => {
  if (error instanceof ExportRefusal) return error;
  if (error instanceof HttpProblem && error.status < 500) return invalidRequest(error.status, error.message);
  if (error instanceof HttpProblem && error.status === 503)
    return new ExportRefusal(503, 'ServiceUnavailable', error.message);
  const status = isRecord(error) ? error['statusCode'] : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? invalidRequest(status) : undefined;
};

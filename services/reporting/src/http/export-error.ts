/** A refusal of the export paths in Zendesk's form. `description` tells the reader of the connector's log what to do. */
export class ExportRefusal extends Error {
  override readonly name = 'ExportRefusal';
  readonly status: 401 | 403 | 404 | 422 | 429 | 500;
  readonly error: string;
  /** Seconds; only ever on 429, since clients take any answer with Retry-After for a 429. */
  readonly retryAfter: number | undefined;

  constructor(status: ExportRefusal['status'], error: string, description: string, retryAfter?: number) {
    super(description);
    this.status = status;
    this.error = error;
    this.retryAfter = retryAfter;
  }
}

export const notAuthenticated = (): ExportRefusal => new ExportRefusal(401, "Couldn't authenticate you",
  'Send Basic authentication with EMAIL/token and the API token, or Bearer with the API token.');

export const notAllowed = (): ExportRefusal => new ExportRefusal(403, 'Forbidden',
  'You are missing the following required scopes: read');

export const noSuchPath = (): ExportRefusal => new ExportRefusal(404, 'InvalidEndpoint', 'Not found');

export const invalidValue = (description: string): ExportRefusal => new ExportRefusal(422, 'InvalidValue', description);

export const tooManyRequests = (retryAfter: number): ExportRefusal => new ExportRefusal(429, 'APIRateLimitExceeded',
  'Number of allowed incremental export API requests per minute exceeded', retryAfter);

import { Type, type Static } from 'typebox';

/** Body of every error answer: problem details of RFC 9457, with the offending fields where there are any. */
export const ProblemDetails = Type.Object(
  {
    type: Type.String({ description: 'about:blank: the status says what kind of problem it is' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.Optional(Type.String()),
    requestId: Type.Optional(Type.String({ description: 'Id of the request, for the log' })),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          field: Type.String({
            description: 'Path of the field, for instance members.0.extension; empty for the whole',
          }),
          reason: Type.String(),
        }),
      ),
    ),
  },
  { description: 'Problem details (RFC 9457)' },
);
export type ProblemDetails = Static<typeof ProblemDetails>;

/** The media type of `ProblemDetails`. */
export const problemType = 'application/problem+json';

/** Thrown by a route to answer with a problem; everything in it is shown to the caller. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly status: number;
  readonly errors: ProblemDetails['errors'];
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    status: number,
    detail: string,
    options: {
      readonly errors?: ProblemDetails['errors'];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(detail);
    this.status = status;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
  }
}

/** The answer while something that the service needs does not: 503, to be tried again after a second (RFC 9110, `Retry-After`). */
export const tryAgainLater = (detail: string): HttpProblem =>
  new HttpProblem(503, detail, { headers: { 'retry-after': '1' } });

/** What the projection tells about itself; no personal data in it. `error` is an alarm. */
export interface ProjectorLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

/** What went wrong, as far as it may be shown: PostgreSQL's own texts name values, so of those only the code. */
export const sentenceOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown error';
  return 'code' in error ? `${error.name} ${String(error.code)}` : error.message;
};

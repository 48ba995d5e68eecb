/** What the projection tells about itself; no personal data in it. `error` is an alarm. */
export interface ProjectorLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

/** What went wrong, as far as it may be shown: a database names values in its details, but not in its message's first line. */
export const sentenceOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message.split('\n')[0]}` : 'unknown error';

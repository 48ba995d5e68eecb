import { HttpProblem } from '../http/problem.ts';

/** Entity tag (RFC 9110, 8.8.3) of a setting's version. */
export const entityTag = (version: number): string => `"${version}"`;

/** Version that an If-Match header names; undefined when there is none or `*`. @throws HttpProblem 400 */
export const expectedVersionOf = (header: string | undefined): number | undefined => {
  if (header === undefined || header.trim() === '*') return undefined;
  const version = /^"?(\d{1,15})"?$/.exec(header.trim())?.[1];
  if (version === undefined)
    throw new HttpProblem(400, 'If-Match must be one version, for instance "42".', {
      errors: [{ field: 'if-match', reason: 'must be one version in quotes' }],
    });
  return Number(version);
};

import { HttpProblem } from '@earshot/service-kit';
import { expect, it } from 'vitest';
import { refusalOf } from './export-error.ts';

it('an identity provider that is away is no defect of the export', () => {
  const refusal = refusalOf(new HttpProblem(503, 'The identity provider does not tell its keys.'));
  expect(refusal).toMatchObject({ status: 503, error: 'ServiceUnavailable' });
});

it('a defect is none of the refusals', () => {
  expect(refusalOf(new HttpProblem(500, 'Something went wrong.'))).toBeUndefined();
  expect(refusalOf(new TypeError('undefined is not a function'))).toBeUndefined();
});

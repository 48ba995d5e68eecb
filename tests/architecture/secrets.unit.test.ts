import { expect, it } from 'vitest';
import { recordingConsentConfig } from '../../services/recording-consent/src/config.ts';
import { configSchema as reportingConfig } from '../../services/reporting/src/config.ts';
import { signalingConfig } from '../../services/signaling/src/config.ts';
import { supervisionConfig } from '../../services/supervision/src/config.ts';
import { sources } from './sources.ts';

it.each(Object.entries({ signalingConfig, supervisionConfig, recordingConsentConfig, reportingConfig }))(
  'no secret of %s has a default that everybody knows',
  (_, { properties }) => {
    const fields = Object.entries(
      properties as Record<string, { readonly default?: unknown; readonly secret?: unknown }>,
    );
    expect(
      fields.filter(
        ([name, field]) =>
          (field.secret === true || /PASSWORD|TOKEN|SECRET/.test(name)) && field.default !== undefined,
      ),
    ).toEqual([]);
    expect(
      fields.filter(
        ([name, field]) => /PASSWORD|TOKEN|SECRET|DATABASE_URL/.test(name) && field.secret !== true,
      ),
    ).toEqual([]);
  },
);

it('no password of a server that we start stands in the code', () => {
  // The phones of the demo are known to everybody (they listen on loopback), and so is what a test makes up.
  const ours = sources.filter(
    ({ path }) =>
      /^(infra|packages|services)\//.test(path) && !/\.(test|contract)\.ts$|-under-test/.test(path),
  );
  const wrong = ours.flatMap(({ path, text }) =>
    [...text.matchAll(/\b\w*(?:password|token|secret)\b\s*[:=]\s*(['"`])(?!demo-\$)[^'"`$\s]+\1/gi)].map(
      ([found]) => `${path}: ${found}`,
    ),
  );
  expect(wrong).toEqual([]);
});

import type { LineType, RecordingSetting } from '@earshot/contracts';

/** What is wrong with a setting that somebody wants to store. */
export interface SettingProblem {
  readonly field: string;
  readonly reason: string;
}

/**
 * Opt-in and opt-out ask by key press and are not offered for digital lines (docs/product.md 2.1); undefined: the setting is fine.
 * A line that is not known yet passes: when its calls come, a digital line is asked nothing and so not recorded.
 */
export const problemOf = (
  setting: RecordingSetting,
  lineType: LineType | undefined,
): SettingProblem | undefined =>
  lineType === 'digital' && (setting === 'opt_in' || setting === 'opt_out')
    ? {
        field: 'setting',
        reason: `A digital line cannot use ${setting}: its callers have no keys to choose with. Use always or never.`,
      }
    : undefined;

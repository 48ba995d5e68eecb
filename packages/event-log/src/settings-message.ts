import { settingsSchemas, settingsSubject, type SettingsCommit, type SettingsKind } from '@earshot/contracts';
import { Compile } from 'typebox/compile';

const checks: ReadonlyMap<
  string,
  {
    Check(value: unknown): boolean;
    Errors(value: unknown): readonly { instancePath: string; message: string }[];
  }
> = new Map(Object.entries(settingsSchemas).map(([kind, schema]) => [kind, Compile(schema)]));
const reader = new TextDecoder();
const writer = new TextEncoder();

/** The bytes of one message of SETTINGS. @throws TypeError when the value is not what its kind's schema says */
export const writeSetting = (commit: SettingsCommit): Uint8Array => {
  const problem = problemOf(commit.kind, commit.value);
  if (problem) throw new TypeError(`${commit.kind} ${commit.id}: ${problem}`);
  return writer.encode(JSON.stringify(commit));
};

/** Reads one message of SETTINGS; undefined when this program cannot: the setting then stays as it was. */
export const readSetting = (subject: string, data: Uint8Array): SettingsCommit | undefined => {
  try {
    const commit = JSON.parse(reader.decode(data)) as SettingsCommit;
    return settingsSubject(commit.kind, commit.id) === subject &&
      problemOf(commit.kind, commit.value) === undefined
      ? commit
      : undefined;
  } catch {
    return undefined;
  }
};

const problemOf = (kind: SettingsKind, value: unknown): string | undefined => {
  const check = checks.get(kind);
  if (!check) return 'is of no known kind';
  if (value === null || check.Check(value)) return undefined;
  const [first] = check.Errors(value);
  return first ? `${first.instancePath || '(whole)'} ${first.message}` : 'does not match its schema';
};

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const run = (script: string, arg: string) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, script), arg], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
};

it.each([['start.ts'], ['run-tests.ts'], ['call/call.ts'], ['token.ts']])(
  '%s says of an option that it does not have which ones there are',
  (script) => {
    const help = run(script, '--help').stdout.trim();
    expect(help).toMatch(/^npm /);
    const refused = run(script, '--bogus');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain("Unknown option '--bogus'");
    expect(refused.stderr).toContain(help);
    expect(refused.stderr).not.toMatch(/^ +at /m);
  },
);

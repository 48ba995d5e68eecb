import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConflictError, type SettingsLog } from './index.ts';

/** What every settings log must do; each adapter's contract test runs it. */
export const settingsLogContract = (
  name: string,
  open: () => Promise<AsyncDisposable & { readonly settings: SettingsLog }>,
) =>
  describe(name, () => {
    let under: Awaited<ReturnType<typeof open>>;
    let settings: SettingsLog;
    const by = { actor: 'admin' };
    beforeAll(async () => {
      under = await open();
      settings = under.settings;
    }, 60_000);
    afterAll(async () => {
      await under[Symbol.asyncDispose]();
    });

    test('a setting is seen by every view, with its place in the log as version', async () => {
      const { version } = await settings.put('recording-policies', 'line-1', { setting: 'never' }, by);
      await using view = await settings.view();
      expect(view.get('recording-policies', 'line-1')).toEqual({
        kind: 'recording-policies',
        id: 'line-1',
        value: { setting: 'never' },
        version,
        exportId: version,
      });
      const changes: string[] = [];
      view.onChange(({ id, sequence }) => {
        changes.push(`${id} ${sequence}`);
      });
      const next = await settings.put(
        'recording-policies',
        'line-1',
        { setting: 'always' },
        { ...by, expectedVersion: version },
      );
      await view.reached(next.version);
      expect(view.get('recording-policies', 'line-1')).toMatchObject({
        value: { setting: 'always' },
        version: next.version,
        exportId: version,
      });
      expect(changes).toEqual([`line-1 ${next.version}`]);
    });

    test('of two changes to the same version only one is taken', async () => {
      const { version } = await settings.put('supervision', 'main', { enabled: true }, by);
      const change = () =>
        settings.put('supervision', 'main', { enabled: false }, { ...by, expectedVersion: version });
      await change();
      await expect(change()).rejects.toBeInstanceOf(ConflictError);
      await expect(
        settings.put('supervision', 'other', { enabled: true }, { ...by, expectedVersion: version }),
      ).rejects.toBeInstanceOf(ConflictError);
    });

    test('a removed setting is gone, and keeps its number in exports when it comes back', async () => {
      const { version } = await settings.put('recording-policies', 'line-2', { setting: 'opt_in' }, by);
      const removed = await settings.put('recording-policies', 'line-2', null, by);
      await using view = await settings.view();
      await view.reached(removed.version);
      expect(view.get('recording-policies', 'line-2')).toBeUndefined();
      const back = await settings.put('recording-policies', 'line-2', { setting: 'opt_out' }, by);
      await view.reached(back.version);
      expect(view.get('recording-policies', 'line-2')).toMatchObject({
        version: back.version,
        exportId: version,
      });
      expect(view.all('recording-policies').map(({ id }) => id)).toContain('line-2');
    });

    test('a value that its kind does not allow is refused before anything is stored', async () => {
      await expect(
        settings.put('recording-policies', 'line-3', { setting: 'sometimes' } as never, by),
      ).rejects.toThrow(TypeError);
      await using view = await settings.view();
      expect(view.get('recording-policies', 'line-3')).toBeUndefined();
    });
  });

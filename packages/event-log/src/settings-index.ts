import type { SettingsKind } from '@earshot/contracts';
import type { Setting, SettingsView } from './settings-log.ts';

/** Settings of one kind by a key that is not their id. */
export interface SettingsIndex<K extends SettingsKind> {
  /** The settings with this key, the oldest first. */
  find(key: string): readonly Setting<K>[];
}

/**
 * An index of the settings of one kind, made once and then kept up to date by each change of the view, so
 * that a question costs the same whatever the number of settings. It lives as long as the view does.
 * @param keysOf the keys of a setting; usually one
 * @param onChange hears after each change under which keys the setting was and is now
 */
export const indexSettings = <K extends SettingsKind>(
  view: SettingsView,
  kind: K,
  keysOf: (setting: Setting<K>) => readonly string[],
  onChange: (keys: readonly string[]) => void = () => {},
): SettingsIndex<K> => {
  const byKey = new Map<string, readonly Setting<K>[]>();
  const keysById = new Map<string, readonly string[]>();

  const find = (key: string): readonly Setting<K>[] => byKey.get(key) ?? [];
  const put = (id: string): readonly string[] => {
    const before = keysById.get(id) ?? [];
    for (const key of before) leave(key, id);
    keysById.delete(id);
    const setting = view.get(kind, id);
    if (!setting) return before;
    const now = [...new Set(keysOf(setting))];
    for (const key of now)
      byKey.set(
        key,
        [...find(key), setting].toSorted((one, other) => one.exportId - other.exportId),
      );
    keysById.set(id, now);
    return [...new Set([...before, ...now])];
  };
  const leave = (key: string, id: string): void => {
    const others = find(key).filter((setting) => setting.id !== id);
    if (others.length === 0) byKey.delete(key);
    else byKey.set(key, others);
  };

  for (const { id } of view.all(kind)) put(id);
  view.onChange((change) => {
    if (change.kind === kind) onChange(put(change.id));
  });
  return { find };
};

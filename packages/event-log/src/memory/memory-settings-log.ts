import {
  settingsSubject,
  type SettingsCommit,
  type SettingsKind,
  type SettingsValue,
} from '@earshot/contracts';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { ConflictError } from '../event-log.ts';
import type { SettingsLog, SettingsView } from '../settings-log.ts';
import { readSetting, writeSetting } from '../settings-message.ts';
import { SettingsState } from '../settings-state.ts';
import type { MemoryStore } from './memory-store.ts';

/** The settings in memory: every view has taken in a change before `put` returns. */
export class MemorySettingsLog implements SettingsLog {
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  async put<K extends SettingsKind>(
    kind: K,
    id: string,
    value: SettingsValue<K> | null,
    options: { readonly actor: string; readonly expectedVersion?: number },
  ): Promise<{ readonly version: number }> {
    const { settings, tenant, now } = this.#store;
    const subject = settingsSubject(kind, id);
    const version = settings.of(subject).at(-1)?.sequence ?? 0;
    const { actor, expectedVersion } = options;
    const data = writeSetting({
      kind,
      id,
      value,
      tenant,
      recordedAt: now().toISOString(),
      actor,
    } as SettingsCommit);
    if (expectedVersion !== undefined && expectedVersion !== version)
      throw new ConflictError(`${kind} ${id} stands at ${version}`);
    return { version: settings.add({ subject, id: '', data, trace: ROOT_CONTEXT }).sequence };
  }

  async view(): Promise<SettingsView> {
    const { settings } = this.#store;
    let stopped = false;
    const view = new SettingsState(async () => {
      stopped = true;
      settings.wake();
    });
    let next = 0;
    const takeAll = () => {
      for (let message = settings.messages[next]; message && !stopped; message = settings.messages[next]) {
        next += 1;
        view.take(message.sequence, readSetting(message.subject, message.data));
      }
    };
    takeAll();
    const follow = async () => {
      while (!stopped) {
        takeAll();
        await settings.more();
      }
    };
    void follow();
    return view;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

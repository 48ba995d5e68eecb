import type { SettingsCommit, SettingsKind } from '@earshot/contracts';
import type { Setting, SettingsView } from './settings-log.ts';

type Listener = (change: {
  readonly kind: SettingsKind;
  readonly id: string;
  readonly sequence: number;
}) => void;

/** The settings in memory; whoever follows SETTINGS feeds it, in order. */
export class SettingsState implements SettingsView {
  readonly #kinds = new Map<SettingsKind, Map<string, Setting<SettingsKind>>>();
  // Outlives a removal: an export keeps naming the same thing by the same number.
  readonly #exportIds = new Map<string, number>();
  readonly #listeners = new Set<Listener>();
  readonly #stop: () => Promise<void>;
  #waiting: { readonly sequence: number; readonly resolve: () => void }[] = [];
  #sequence = 0;

  /** @param stop ends whatever feeds this view */
  constructor(stop: () => Promise<void>) {
    this.#stop = stop;
  }

  get sequence(): number {
    return this.#sequence;
  }

  /** Takes in the message at `sequence`; undefined: it could not be read and changes nothing. */
  take(sequence: number, commit: SettingsCommit | undefined): void {
    this.#sequence = sequence;
    if (commit) this.#set(sequence, commit);
    const reached = this.#waiting.filter((one) => one.sequence <= sequence);
    this.#waiting = this.#waiting.filter((one) => one.sequence > sequence);
    for (const { resolve } of reached) resolve();
    if (commit)
      for (const listener of this.#listeners) listener({ kind: commit.kind, id: commit.id, sequence });
  }

  get<K extends SettingsKind>(kind: K, id: string): Setting<K> | undefined {
    return this.#kinds.get(kind)?.get(id) as Setting<K> | undefined;
  }

  all<K extends SettingsKind>(kind: K): readonly Setting<K>[] {
    return [...(this.#kinds.get(kind)?.values() ?? [])] as unknown as readonly Setting<K>[];
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  reached(sequence: number): Promise<void> {
    if (this.#sequence >= sequence) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ sequence, resolve });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
    await this.#stop();
  }

  #set(sequence: number, { kind, id, value }: SettingsCommit): void {
    const known = this.#kinds.get(kind) ?? new Map<string, Setting<SettingsKind>>();
    this.#kinds.set(kind, known);
    const key = `${kind}.${id}`;
    const exportId = this.#exportIds.get(key) ?? sequence;
    this.#exportIds.set(key, exportId);
    if (value === null) known.delete(id);
    else known.set(id, { kind, id, value, version: sequence, exportId });
  }
}

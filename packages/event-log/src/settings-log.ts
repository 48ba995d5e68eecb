import type { SettingsKind, SettingsValue } from '@earshot/contracts';

/** One setting as it stands. `version` is the sequence of its last commit, `exportId` that of its first. */
export interface Setting<K extends SettingsKind> {
  readonly kind: K;
  readonly id: string;
  readonly value: SettingsValue<K>;
  readonly version: number;
  readonly exportId: number;
}

/** All settings in memory, kept up to date by following the SETTINGS stream. Reading is synchronous. */
export interface SettingsView extends AsyncDisposable {
  /** Place in SETTINGS of the newest message that was taken in; 0: none. */
  readonly sequence: number;
  get<K extends SettingsKind>(kind: K, id: string): Setting<K> | undefined;
  all<K extends SettingsKind>(kind: K): readonly Setting<K>[];
  /** Called after each change has been taken in; `sequence` is its place in SETTINGS. Returns how to stop. */
  onChange(
    listener: (change: {
      readonly kind: SettingsKind;
      readonly id: string;
      readonly sequence: number;
    }) => void,
  ): () => void;
  /** Resolves when the view has taken in at least this sequence. */
  reached(sequence: number): Promise<void>;
}

/** Where the settings are written; only the owning service of a kind writes it. */
export interface SettingsLog extends AsyncDisposable {
  /**
   * Stores the whole value (null removes). `expectedVersion` undefined: whatever stands.
   * @throws ConflictError, and an Error with a sentence when the kind belongs to another service
   */
  put<K extends SettingsKind>(
    kind: K,
    id: string,
    value: SettingsValue<K> | null,
    options: { readonly actor: string; readonly expectedVersion?: number },
  ): Promise<{ readonly version: number }>;
  view(): Promise<SettingsView>;
}

import type { CallId } from '@earshot/contracts';
import type { CallState } from './domain/call-state.ts';

/** The calls on which somebody supervises now, or waits for a phone to do so, also by the extensions of supervisors and supervised. */
export interface RunningSupervisions {
  /** Takes in the newest state of a call. */
  update(callId: CallId, state: CallState): void;
  forget(callId: CallId): void;
  all(): readonly CallId[];
  /** Those in which one of these extensions supervises or is supervised. */
  of(extensions: readonly string[]): readonly CallId[];
  stateOf(callId: CallId): CallState | undefined;
}

const extensionsIn = ({ supervisions, awaited, requests }: CallState): ReadonlySet<string> =>
  new Set(
    requests.flatMap(({ legId, supervisor, target }) =>
      [...supervisions, ...awaited].some((running) => running.legId === legId) ? [supervisor, target] : [],
    ),
  );

/** An empty index. */
export const createRunningSupervisions = (): RunningSupervisions => {
  const calls = new Map<CallId, { readonly state: CallState; readonly extensions: ReadonlySet<string> }>();
  const byExtension = new Map<string, Set<CallId>>();

  const forget = (callId: CallId): void => {
    for (const extension of calls.get(callId)?.extensions ?? []) {
      const ofExtension = byExtension.get(extension);
      ofExtension?.delete(callId);
      if (ofExtension?.size === 0) byExtension.delete(extension);
    }
    calls.delete(callId);
  };

  return {
    update: (callId, state) => {
      forget(callId);
      if (state.supervisions.length + state.awaited.length === 0) return;
      const extensions = extensionsIn(state);
      calls.set(callId, { state, extensions });
      for (const extension of extensions)
        byExtension.set(extension, (byExtension.get(extension) ?? new Set()).add(callId));
    },
    forget,
    all: () => [...calls.keys()],
    of: (extensions) => [
      ...new Set(extensions.flatMap((extension) => [...(byExtension.get(extension) ?? [])])),
    ],
    stateOf: (callId) => calls.get(callId)?.state,
  };
};

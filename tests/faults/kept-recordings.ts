import type { RecordingStore } from '../../services/signaling/src/orders/recording-store.ts';

/** What can be fetched of a recording, by the switch's clock. */
export interface KeptRecording {
  readonly recordingId: string;
  readonly startedAt: string;
  readonly durationMs: number;
}

/** Recordings that anybody can fetch, kept in memory for as long as the world; what stands for their audio says when it was said. */
export const keepRecordings = (): {
  readonly store: RecordingStore;
  readonly kept: () => readonly KeptRecording[];
} => {
  const files = new Map<string, KeptRecording>();
  return {
    kept: () => [...files.values()],
    store: {
      keepsAnything: true,
      put: async (fileName, data) => {
        let text = '';
        for await (const piece of data) text += new TextDecoder().decode(piece);
        files.set(fileName, JSON.parse(text) as KeptRecording);
      },
      has: async (recordingId) => files.has(`${recordingId}.json`),
    },
  };
};

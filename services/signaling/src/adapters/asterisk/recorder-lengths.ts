import type { Instant } from '@earshot/contracts';
import type { SwitchReport } from '../../domain/switch.ts';
import { ariPath, type AriClient } from './ari-client.ts';
import type { Book } from './book.ts';
import { recorderStopped } from './reports.ts';

const wavHeaderBytes = 44;
/** 8000 samples a second of 2 bytes: what Asterisk writes as `wav`. */
const bytesPerMs = 16;
/** After this time the end of a recorder was either told or will not be. */
const untoldAfterMs = 500;

/**
 * Length in ms of the audio of a finished recording; undefined when there is none of this name.
 * @throws Error when the switch does not answer
 */
export const lengthOf = async (ari: AriClient, recordingId: string): Promise<number | undefined> => {
  const bytes = await ari.size(ariPath('recordings', 'stored', recordingId, 'file'));
  return bytes === undefined ? undefined : Math.max(0, Math.round((bytes - wavHeaderBytes) / bytesPerMs));
};

export interface RecorderEndsOptions {
  readonly book: Book;
  /** What time it is at the switch. */
  readonly now: () => Instant;
  /** A client for questions asked now. */
  readonly questions: () => AriClient;
  readonly tell: (report: SwitchReport) => void;
}

/** Tells how recorders ended. Those of one call wait for nobody else's. */
export interface RecorderEnds {
  /** A recorder ended; `at` is when, as far as the switch told. */
  ended(recordingId: string, at: Instant | undefined): Promise<void>;
  /**
   * A recorder ends with its bridge and with the last party in it, and Asterisk does not always tell: some time after either, those that
   * still count as running are looked at.
   */
  lookAfter(bridge: string | undefined): void;
  /** Looks at one recorder some time later, unless its end was told by then. */
  lookLater(recordingId: string): void;
}

export const createRecorderEnds = ({ book, now, questions, tell }: RecorderEndsOptions): RecorderEnds => {
  const ended: RecorderEnds['ended'] = async (recordingId, at) => {
    const startedAt = book.recorders.get(recordingId)?.startedAt;
    const measured = await lengthOf(questions(), recordingId).catch(() => undefined);
    // The file is within 20 ms of what the times say; without it, and without a start that we saw, there is nothing to say but 0.
    const durationMs =
      measured ?? (at !== undefined && startedAt !== undefined ? Date.parse(at) - startedAt : 0);
    const endedAt = at ?? (startedAt === undefined ? now() : new Date(startedAt + durationMs).toISOString());
    for (const report of recorderStopped(book, recordingId, endedAt, durationMs)) tell(report);
  };
  const look = async (recordingId: string): Promise<void> => {
    if (book.over.has(recordingId)) return;
    const live = await questions().get(ariPath('recordings', 'live', recordingId));
    if (live.outcome === 'refused' && live.status === 404) await ended(recordingId, undefined);
  };
  const lookLater = (recordingId: string): void =>
    void setTimeout(() => void look(recordingId), untoldAfterMs).unref();
  return {
    ended,
    lookLater,
    lookAfter: (bridge) => {
      for (const [recordingId, recorder] of book.recorders)
        if (recorder.bridge === bridge) lookLater(recordingId);
    },
  };
};

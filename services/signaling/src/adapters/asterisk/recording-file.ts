import type { AudioPart, RecordingPart } from '../../domain/switch.ts';
import { ariPath, authorization, type AriAccess, type AriClient } from './ari-client.ts';
import { wavPart } from './wav-part.ts';

/**
 * How long the switch may say nothing while a file is read; how long the whole takes depends on its length.
 */
const silentForMs = 10_000;

/** What comes of a response, piece by piece. Ends the connection when nothing comes for too long. */
async function* piecesOf(body: ReadableStream<Uint8Array>, alive: () => void): AsyncGenerator<Uint8Array> {
  for await (const piece of body) {
    alive();
    yield piece;
  }
}

/**
 * What is still being written is not read. @throws Error when the recorder runs, or the switch does not say
 */
export const requireFinished = async (ari: AriClient, recordingId: string): Promise<void> => {
  const live = await ari.get(ariPath('recordings', 'live', recordingId));
  if (live.outcome === 'done') throw new Error('The recorder runs; there is no recording to be read yet');
  if (live.outcome === 'unknown' || live.status !== 404) {
    throw new Error(`The switch does not say whether the recorder runs: ${live.reason}`);
  }
};

/**
 * Part of a recording that Asterisk has stored, read as it comes; undefined when there is none of this name.
 * Asterisk gives whole files only: what is before the part is read and dropped.
 * @throws Error when the switch does not answer, or what it has is no wav file
 */
export const readPart = async (
  access: AriAccess,
  recordingId: string,
  part: AudioPart,
): Promise<RecordingPart | undefined> => {
  const ending = new AbortController();
  const stuck = new Error('The switch does not go on with the file of a recording');
  const timer = setTimeout(() => ending.abort(stuck), silentForMs);
  const url = `${access.url}/ari${ariPath('recordings', 'stored', recordingId, 'file')}`;
  try {
    const headers = { authorization: authorization(access) };
    const response = await fetch(url, { headers, signal: ending.signal });
    const bytes = Number(response.headers.get('content-length'));
    if (!response.ok || !response.body || !(bytes > 0)) {
      clearTimeout(timer);
      await response.body?.cancel();
      if (response.status === 404) return undefined;
      throw new Error(`The switch did not give the recording: HTTP status ${response.status}`);
    }
    const file = piecesOf(response.body, () => void timer.refresh());
    const { durationMs, data } = await wavPart(file, bytes, part);
    return { fileName: `${recordingId}.wav`, durationMs, data: ended(data, () => clearTimeout(timer)) };
  } catch (error) {
    clearTimeout(timer);
    ending.abort();
    throw error;
  }
};

/** The same, and tells when it is over. */
async function* ended(data: AsyncIterable<Uint8Array>, tell: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* data;
  } finally {
    tell();
  }
}

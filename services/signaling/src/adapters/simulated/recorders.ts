import type { AudioPart, Handle, RecordingPart } from '../../domain/switch.ts';
import { voicesInBridge } from '../../domain/topology/pairs-heard.ts';
import type { World } from './world.ts';

/** A voice in a recording, from when to when in ms since the recorder started; `untilMs` is null while it goes on. */
export interface RecordedVoice {
  readonly speaker: Handle;
  readonly fromMs: number;
  untilMs: number | null;
}

export interface SimulatedRecorder {
  readonly recordingId: string;
  readonly bridge: string;
  readonly startedAt: number;
  readonly voices: RecordedVoice[];
  durationMs: number | null;
  /** What it left was removed. */
  isDiscarded: boolean;
}

/** Notes who can be heard in the recorded bridges from now on, and who no longer can. */
export const followVoices = (world: World, concerns: (bridge: string) => boolean): void => {
  for (const recorder of world.recorders.values()) {
    if (recorder.durationMs !== null || !concerns(recorder.bridge)) continue;
    const atMs = world.clock.now() - recorder.startedAt;
    const heard = new Set(voicesInBridge(world.layout(), recorder.bridge));
    for (const voice of recorder.voices) {
      if (voice.untilMs !== null) continue;
      if (heard.has(voice.speaker)) heard.delete(voice.speaker);
      else voice.untilMs = atMs;
    }
    for (const speaker of heard) recorder.voices.push({ speaker, fromMs: atMs, untilMs: null });
  }
};

export const startRecorder = (world: World, recordingId: string, bridge: string): void => {
  world.recorders.set(recordingId, {
    recordingId,
    bridge,
    startedAt: world.clock.now(),
    voices: [],
    durationMs: null,
    isDiscarded: false,
  });
  followVoices(world, (id) => id === bridge);
  world.report({ type: 'recorder-started', recordingId });
};

export const finishRecorder = (world: World, recorder: SimulatedRecorder): void => {
  if (recorder.durationMs !== null) return;
  const durationMs = world.clock.now() - recorder.startedAt;
  recorder.durationMs = durationMs;
  for (const voice of recorder.voices) voice.untilMs ??= durationMs;
  world.report({ type: 'recorder-stopped', recordingId: recorder.recordingId, durationMs });
};

export const finishRecordersOf = (world: World, bridge: string): void => {
  for (const recorder of world.recorders.values())
    if (recorder.bridge === bridge) finishRecorder(world, recorder);
};

/** What stands in the place of the audio, so that nobody takes a simulated recording for a real one; voices in ms of the part. */
const markerOf = (
  { recordingId, bridge, startedAt, voices }: SimulatedRecorder,
  { fromMs, toMs }: AudioPart,
): string => {
  const cut = voices
    .map(({ speaker, ...voice }) => ({
      speaker,
      fromMs: Math.max(voice.fromMs, fromMs) - fromMs,
      untilMs: Math.min(voice.untilMs ?? toMs, toMs) - fromMs,
    }))
    .filter((voice) => voice.fromMs < voice.untilMs);
  return JSON.stringify({
    simulated: 'no audio: this call ran on the simulated switch',
    recordingId,
    bridge,
    startedAt: new Date(startedAt + fromMs).toISOString(),
    durationMs: toMs - fromMs,
    voices: cut,
  });
};

/** Part of a finished recording; undefined when there is none. @throws Error while the recorder runs */
export const readPart = (
  recorder: SimulatedRecorder | undefined,
  { fromMs, toMs }: AudioPart,
): RecordingPart | undefined => {
  if (!recorder || recorder.isDiscarded) return undefined;
  if (recorder.durationMs === null)
    throw new Error('The recorder runs; there is no recording to be read yet');
  const end = Math.min(recorder.durationMs, toMs);
  const part = { fromMs: Math.min(fromMs, end), toMs: end };
  const marker = new TextEncoder().encode(markerOf(recorder, part));
  return {
    fileName: `${recorder.recordingId}.json`,
    durationMs: part.toMs - part.fromMs,
    data: (async function* data() {
      yield marker;
    })(),
  };
};

import type { Handle } from '../../domain/switch.ts';
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
  world.recorders.set(recordingId, { recordingId, bridge, startedAt: world.clock.now(), voices: [], durationMs: null });
  followVoices(world, (id) => id === bridge);
  world.report({ type: 'recorder-started', recordingId });
};

export const finishRecorder = (world: World, recorder: SimulatedRecorder, keep: (recorder: SimulatedRecorder) => void): void => {
  if (recorder.durationMs !== null) return;
  const durationMs = world.clock.now() - recorder.startedAt;
  recorder.durationMs = durationMs;
  for (const voice of recorder.voices) voice.untilMs ??= durationMs;
  keep(recorder);
  world.report({ type: 'recorder-stopped', recordingId: recorder.recordingId, durationMs });
};

export const finishRecordersOf = (world: World, bridge: string, keep: (recorder: SimulatedRecorder) => void): void => {
  for (const recorder of world.recorders.values()) if (recorder.bridge === bridge) finishRecorder(world, recorder, keep);
};

/** What stands in the place of the audio, so that nobody takes a simulated recording for a real one. */
export const markerOf = ({ recordingId, bridge, startedAt, durationMs, voices }: SimulatedRecorder): string =>
  JSON.stringify({ simulated: 'no audio: this call ran on the simulated switch', recordingId, bridge,
    startedAt: new Date(startedAt).toISOString(), durationMs, voices });

import { sampleRate } from '@earshot/asterisk';

/** Length of a window: one frame of telephone voice. */
export const windowMs = 20;
const windowSamples = (sampleRate * windowMs) / 1000;

/**
 * Thresholds for tones at -12 dB (amplitude 8192): one that is heard for the whole window reads above 6000, one that is not there
 * reads below 30. Between the two is a window that holds the tone in part.
 */
export const heardAbove = 6000;
export const silentBelow = 30;

/** What a phone heard: its samples, and when each window reached it. */
export interface Heard {
  readonly samples: Int16Array;
  /** Wall-clock time, ms since 1970, at which the sample with this index was there. */
  readonly timeOf: (sample: number) => number;
}

export interface ToneWindow {
  /** Wall-clock time of the window's start, ms since 1970. */
  readonly at: number;
  /** Amplitude of each tone asked for, 0 to 32767, in the order asked. */
  readonly levels: readonly number[];
}

/** Amplitude of one pitch in a window (Goertzel), 0 to 32767. */
export const level = (samples: Int16Array, start: number, length: number, pitch: number): number => {
  const coefficient = 2 * Math.cos((2 * Math.PI * pitch) / sampleRate);
  let last = 0;
  let beforeLast = 0;
  for (let i = start; i < start + length; i += 1) {
    const next = (samples[i] ?? 0) + coefficient * last - beforeLast;
    beforeLast = last;
    last = next;
  }
  const power = last * last + beforeLast * beforeLast - coefficient * last * beforeLast;
  return (2 * Math.sqrt(Math.max(0, power))) / length;
};

/** Levels of all the tones in every whole 20 ms window. Tones that are multiples of 50 Hz do not leak into each other. */
export const analyse = (heard: Heard, tones: readonly number[]): ToneWindow[] => {
  const windows: ToneWindow[] = [];
  for (let start = 0; start + windowSamples <= heard.samples.length; start += windowSamples) {
    windows.push({
      at: heard.timeOf(start),
      levels: tones.map((tone) => level(heard.samples, start, windowSamples, tone)),
    });
  }
  return windows;
};

export interface ToneReport {
  readonly windows: readonly ToneWindow[];
  /** Windows in which the tone is heard, within [from, to) of wall-clock time. */
  windowsHearing(tone: number, from?: number, to?: number): ToneWindow[];
  /** Windows in which there is any trace of the tone: for promises of the kind "never one frame". */
  windowsWithTrace(tone: number, from?: number, to?: number): ToneWindow[];
  /** Windows between the first and the last that hear the tone (within the span) in which it is not heard. */
  gaps(tone: number, from?: number, to?: number): ToneWindow[];
}

/** Who was heard when, of these tones. */
export const toneReport = (heard: Heard, tones: readonly number[]): ToneReport => {
  const windows = analyse(heard, tones);
  const select = (tone: number, from: number, to: number, test: (level: number) => boolean): ToneWindow[] => {
    const index = tones.indexOf(tone);
    if (index < 0) throw new Error(`The tone ${tone} was not analysed.`);
    return windows.filter((each) => each.at >= from && each.at < to && test(each.levels[index] ?? 0));
  };
  const hearing = (tone: number, from = -Infinity, to = Infinity): ToneWindow[] =>
    select(tone, from, to, (strength) => strength >= heardAbove);
  return {
    windows,
    windowsHearing: hearing,
    windowsWithTrace: (tone, from = -Infinity, to = Infinity) =>
      select(tone, from, to, (strength) => strength > silentBelow),
    gaps: (tone, from = -Infinity, to = Infinity) => {
      const heardIn = hearing(tone, from, to);
      const first = heardIn[0]?.at;
      const last = heardIn.at(-1)?.at;
      if (first === undefined || last === undefined) return [];
      return select(tone, first, last, (strength) => strength < heardAbove);
    },
  };
};

/** A steady tone; amplitude 1 is full scale. */
export const toneSamples = (pitch: number, durationMs: number, amplitude = 0.25): Int16Array => {
  const samples = new Int16Array((sampleRate * durationMs) / 1000);
  for (let i = 0; i < samples.length; i += 1) {
    samples[i] = Math.round(32767 * amplitude * Math.sin((2 * Math.PI * pitch * i) / sampleRate));
  }
  return samples;
};

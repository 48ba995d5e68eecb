import { expect, test } from 'vitest';
import { heardAbove, silentBelow, toneReport, toneSamples, windowMs, type Heard } from './tones.ts';

const began = 1_800_000_000_000;

const heard = (...parts: readonly Int16Array[]): Heard => {
  const samples = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    samples.set(part, at);
    at += part.length;
  }
  return { samples, timeOf: (sample) => began + sample / 8 };
};

const mixed = (...tones: readonly number[]): Int16Array => {
  const parts = tones.map((tone) => toneSamples(tone, 400));
  return Int16Array.from(parts[0] ?? [], (_, i) => parts.reduce((sum, part) => sum + (part[i] ?? 0), 0));
};

test('a party that speaks alone is heard in every window and the others in none', () => {
  const report = toneReport(heard(toneSamples(900, 400)), [500, 900, 1400]);
  expect(report.windowsHearing(900)).toHaveLength(20);
  expect(report.windowsWithTrace(500)).toHaveLength(0);
  expect(report.windowsWithTrace(1400)).toHaveLength(0);
});

test('two parties that speak at once are both heard', () => {
  const report = toneReport(heard(mixed(500, 900)), [500, 900, 1400]);
  expect(report.windowsHearing(500)).toHaveLength(20);
  expect(report.windowsHearing(900)).toHaveLength(20);
  expect(report.windowsWithTrace(1400)).toHaveLength(0);
});

test('one lost frame is found as one gap, at its time', () => {
  const report = toneReport(heard(toneSamples(500, 200), new Int16Array(160), toneSamples(500, 200)), [500]);
  expect(report.gaps(500).map((each) => each.at)).toEqual([began + 200]);
});

test('silence before a party begins and after it ends is no gap', () => {
  const report = toneReport(heard(new Int16Array(800), toneSamples(500, 200), new Int16Array(800)), [500]);
  expect(report.gaps(500)).toEqual([]);
});

test('windows are chosen by the wall clock', () => {
  const report = toneReport(heard(toneSamples(1400, 400)), [1400]);
  expect(report.windowsHearing(1400, began + 100, began + 100 + 3 * windowMs)).toHaveLength(3);
});

test('one frame of a tone leaves a trace also when it straddles two windows', () => {
  const report = toneReport(heard(new Int16Array(240), toneSamples(1400, 20), new Int16Array(240)), [1400]);
  expect(report.windowsWithTrace(1400)).toHaveLength(2);
});

test('the level of a tone at -12 dB is well above what counts as heard, and a foreign tone well below a trace', () => {
  const [window] = toneReport(heard(toneSamples(500, 20)), [500, 900]).windows;
  expect(window?.levels[0]).toBeGreaterThan(heardAbove);
  expect(window?.levels[1]).toBeLessThan(silentBelow);
});

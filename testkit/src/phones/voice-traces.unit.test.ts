import { describe, expect, it } from 'vitest';
import { toneSamples } from './tones.ts';
import { voiceTraces } from './voice-traces.ts';

const frame = 160;
const [agent, supervisor] = [900, 1_400];

/** Traces of the supervisor in a second of the agent's voice with something done to its samples. */
const tracesIn = (change: (samples: Int16Array) => void) => {
  const samples = toneSamples(agent, 1_000);
  change(samples);
  return voiceTraces({ samples, timeOf: (sample) => sample / 8 }, supervisor, agent);
};

describe('traces of a voice', () => {
  it.each([1, 0.1, 0.02])('show one frame of it wherever it begins, at %d of its strength', (strength) => {
    for (let start = 4_000; start < 4_000 + frame; start += 7) {
      const found = tracesIn((samples) => {
        const voice = toneSamples(supervisor, 20, 0.25 * strength);
        for (const [place, each] of voice.entries())
          samples[start + place] = (samples[start + place] ?? 0) + each;
      });
      expect(found.length, `from sample ${start}`).toBeGreaterThan(0);
    }
  });

  it('are none where a part of a frame of the other voice is lost or left out, wherever it falls', () => {
    for (let start = 4_000; start < 4_000 + frame; start += 1) {
      for (const length of [20, 33, 80, frame]) {
        const lost = tracesIn((samples) => samples.fill(0, start, start + length));
        const leftOut = tracesIn((samples) => samples.copyWithin(start, start + length));
        expect([...lost, ...leftOut], `${length} samples from ${start}`).toEqual([]);
      }
    }
  });

  it('are none in the other voice alone', () => {
    expect(tracesIn(() => {})).toEqual([]);
  });
});

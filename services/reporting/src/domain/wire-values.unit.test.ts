import fc from 'fast-check';
import { expect, it } from 'vitest';
import { unknownCall, unknownLeg } from './call-state.ts';
import { callRowOf, legRowOf } from './rows.ts';
import { wireCallOf } from './wire-call.ts';
import { wireLegOf } from './wire-leg.ts';

const ms = fc.nat(5_000);

it('a call has recorded and not recorded seconds that add up to the talk, when only talk was recorded', () => {
  fc.assert(
    fc.property(ms, ms, (recorded, not) => {
      const from = 1_000_000;
      const talk = { from, to: from + recorded + not };
      const row = wireCallOf(
        callRowOf({
          ...unknownCall('c', 'demo'),
          talks: [talk],
          recorded: [{ recordingId: 'r1', from, to: from + recorded }],
        }),
      );
      expect(row.recording_time + row.not_recording_time).toBe(row.talk_time);
    }),
  );
});

it('the leg of a supervisor shows its modes in whole seconds that add up, however short each was', () => {
  fc.assert(
    fc.property(fc.tuple(ms, ms, ms), ([spy, whisper, barge]) => {
      const call = unknownCall('c', 'demo');
      const leg = { ...unknownLeg, party: 'supervisor', modeMs: { spy, whisper, barge } } as const;
      const shown = wireLegOf(legRowOf(call, leg));
      const parts = [shown.spy_time, shown.whisper_time, shown.barge_time] as number[];
      expect(parts.reduce((sum, part) => sum + part, 0)).toBe(shown.talk_time);
      for (const [place, part] of parts.entries())
        expect(Math.abs(part * 1000 - ([spy, whisper, barge][place] ?? 0))).toBeLessThanOrEqual(1000);
    }),
  );
});

import { analyse, silentBelow, type Heard, type ToneWindow } from './tones.ts';

const clickShare = 1.5;

/**
 * Windows that hold a voice, however faint, that is not one of a click. A lost frame of the voice that is heard besides is
 * a click with a little of every pitch, and by its shape never more at the pitch of the voice asked for than halfway
 * between the two. A frame of the voice asked for fills at least half a window, and then stands far above the middle.
 * @param voice pitch that is asked for, in Hz
 * @param besides the only pitch that is heard besides; the middle of the two is a multiple of 50
 */
export const voiceTraces = (heard: Heard, voice: number, besides: number): readonly ToneWindow[] =>
  analyse(heard, [voice, (voice + besides) / 2]).filter(
    ({ levels: [ofVoice = 0, ofClick = 0] }) => ofVoice > Math.max(silentBelow, clickShare * ofClick),
  );

import type { CallEvent, CallId } from '@earshot/contracts';
import { draw, emptyPicture, pictureLine, type CallPicture } from './call-picture.ts';
import { sentenceOf } from './sentences.ts';

/**
 * Prints events as lines that a person reads: seconds since the call began, a sign, a sentence, who hears
 * whom.
 */
export interface Timeline {
  /** Lines for one more event; none when it says nothing new. */
  linesOf(event: CallEvent): readonly string[];
}

const dim = (text: string, colour: boolean): string => (colour ? `\u001B[2m${text}\u001B[22m` : text);
const red = (text: string, colour: boolean): string => (colour ? `\u001B[31m${text}\u001B[39m` : text);
const sentenceWidth = 74;

/** A timeline of any number of calls; each gets a letter. `people` names extensions. */
export const createTimeline = (
  people: Readonly<Record<string, string>>,
  options: { readonly colour: boolean },
): Timeline => {
  const pictures = new Map<CallId, CallPicture>();
  const letters = new Map<CallId, string>();

  return {
    linesOf: (event) => {
      const picture = draw(pictures.get(event.callId) ?? emptyPicture, event, people);
      pictures.set(event.callId, picture);
      const sentence = sentenceOf(event, picture, people);
      if (!sentence) return [];
      const letter = letters.get(event.callId) ?? String.fromCodePoint(65 + (letters.size % 26));
      letters.set(event.callId, letter);
      const seconds = ((Date.parse(event.occurredAt) - (picture.startedAt ?? 0)) / 1000)
        .toFixed(1)
        .padStart(6);
      const recording = picture.recording ? red('●', options.colour) : ' ';
      const said = `${sentence.sign} ${sentence.text}`;
      const line = `  ${dim(`${letter} ${seconds} s`, options.colour)} ${recording} ${said.padEnd(sentenceWidth)} ${pictureLine(picture)}`;
      return [line.trimEnd()];
    },
  };
};

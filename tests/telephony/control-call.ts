import { expect } from 'vitest';
import type { Phone } from '@earshot/testkit/phones';
import { hearingOf, interruptions, lost, type Span } from './hearing.ts';
import { tones, wait, type Stage } from './stage.ts';

/** Two phones in a call of their own that nothing is done to: what they lose, the machine lost. */
export interface Control {
  /** Windows that either of the two lost in a span. */
  lost(span: Span): Promise<number>;
  /** How often either of the two was interrupted for the other in a span. */
  interrupted(span: Span): Promise<number>;
}

const interruptedBetween = async (customer: Phone, agent: Phone, span: Span): Promise<number> =>
  interruptions(await hearingOf(customer, tones.agent), tones.agent, span) +
  interruptions(await hearingOf(agent, tones.customer), tones.customer, span);

/** Windows in which customer and agent lost each other in a span of their newest call. */
export const lostBetween = async (customer: Phone, agent: Phone, span: Span): Promise<number> =>
  lost(await hearingOf(customer, tones.agent), tones.agent, span) +
  lost(await hearingOf(agent, tones.customer), tones.customer, span);

export const startControl = async (stage: Stage): Promise<Control> => {
  const [caller, called] = await Promise.all([
    stage.extension('2001', { tone: tones.customer }),
    stage.extension('2002', { tone: tones.agent, answerAfterMs: 100 }),
  ]);
  await caller.dial('2002');
  await Promise.all([caller, called].map((phone) => phone.until('established')));
  await wait(500);
  return {
    lost: (span) => lostBetween(caller, called, span),
    interrupted: (span) => interruptedBetween(caller, called, span),
  };
};

/**
 * A call sounds like the control: what both lost in the same time, in windows or in interruptions, differs by no more than chance (three
 * standard deviations of what a machine loses now and then; 3 where the control lost nothing). A
 * frame lost at every change of mode is more; a single frame lost at a single kill is not told from chance.
 * @throws the assertion with both figures
 */
export const expectSoundOfControl = (ofCall: number, ofControl: number): void => {
  const allowed = ofControl + 3 * Math.sqrt(ofControl + 1);
  expect(ofCall, `lost: ${ofCall} in the call, ${ofControl} in the control`).toBeLessThanOrEqual(allowed);
};

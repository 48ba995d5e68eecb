import { expect } from 'vitest';
import type { Phone } from '@earshot/testkit/phones';
import { hearingOf, interruptions, lost, type Span } from './hearing.ts';
import { tones, wait, type Stage } from './stage.ts';

/** Two phones in a call of their own that nothing is done to: what they lose, the machine lost. */
export interface Control {
  /** Windows that either of the two lost in a span. */
  lost(span: Span): Promise<number>;
}

/** A control that is spied on, through a snoop as every spy: nothing is done to the spy either. */
export interface SpiedControl extends Control {
  /** How often what the spy hears of them was interrupted in a span. */
  interrupted(span: Span): Promise<number>;
}

/** Windows in which customer and agent lost each other in a span of their newest call. */
export const lostBetween = async (customer: Phone, agent: Phone, span: Span): Promise<number> =>
  lost(await hearingOf(customer, tones.agent), tones.agent, span) +
  lost(await hearingOf(agent, tones.customer), tones.customer, span);

export const startControl = async (stage: Stage): Promise<Control> => {
  const [caller, called] = await Promise.all([
    stage.extension('2001', { tone: tones.customer }),
    stage.extension('888', { tone: tones.agent, answerAfterMs: 100 }),
  ]);
  await caller.dial('888');
  await Promise.all([caller, called].map((phone) => phone.until('established')));
  await wait(500);
  return { lost: (span) => lostBetween(caller, called, span) };
};

export const startSpiedControl = async (stage: Stage): Promise<SpiedControl> => {
  const control = await startControl(stage);
  const spy = await stage.extension('2002', { tone: tones.supervisor });
  const since = stage.log.count;
  await spy.dial('*902001');
  await stage.log.until('TopologyApplied', { since, fits: ({ data }) => data.pairs?.length === 4 });
  await wait(500);
  return {
    ...control,
    interrupted: async (span) =>
      interruptions(await hearingOf(spy, tones.agent), [tones.customer, tones.agent], span),
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

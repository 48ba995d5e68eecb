import type { CallId, Writer } from '@earshot/contracts';

/** What shall become of an append: stored, refused for no reason, lost on the way, or stored while its answer was lost. */
export type AppendFate = 'stored' | 'conflict' | 'unavailable' | 'stored_unanswered';

/** The places where the memory log lets a test come in between. */
export type Step = 'append' | 'answer' | 'load' | 'deliver' | 'checkpoint' | 'dead-letter';

/**
 * What goes wrong and in which order, decided by a test: there is no timer and no chance in the memory log.
 * With `step: (what) => scheduler.schedule(Promise.resolve(), what)` fast-check drives every order of events.
 */
export interface Schedule {
  /** Awaited before each step; pending forever is a hang, throwing is a defect of the test. */
  step?(
    what: Step,
    about: { readonly callId?: CallId; readonly sequence?: number },
  ): Promise<void> | undefined;
  fateOf?(commit: { readonly id: string; readonly callId: CallId; readonly writer: Writer }): AppendFate;
  /** How often a follower gets this message in a row; 1 when not given. */
  deliveries?(sequence: number): number;
}

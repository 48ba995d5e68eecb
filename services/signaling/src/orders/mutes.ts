import type { CallId } from '@earshot/contracts';
import type { Handle, Outcome, Switch } from '../domain/switch.ts';
import type { Layout } from '../domain/topology/layout.ts';
import { mayComeLateMs } from './stray-orders.ts';

/**
 * Which legs are muted. Kept apart from the layouts, because a voice is taken away while a layout is being made; and what
 * the switch was only asked for counts neither as muted, when it shall be, nor as heard.
 */
export interface Mutes {
  /** Legs of a call that may be muted. */
  of(callId: CallId): ReadonlySet<Handle>;
  /** Of those that may be muted, those that count as muted when `shall` are to be. */
  whenWanted(callId: CallId, shall: readonly Handle[]): readonly Handle[];
  /** The switch does not tell who is muted: supervisors that were seen may be, but for those who are heard without doubt. */
  saw(callId: CallId, layout: Layout): void;
  /** Another process operated the switch until now: nothing is without doubt. */
  inherit(callId: CallId, legs: readonly Handle[]): void;
  /** Takes a voice away at once, beside whatever else is under way. */
  mute(callId: CallId, leg: Handle): Promise<Outcome>;
  /** Lets a voice be heard again. */
  unmute(callId: CallId, leg: Handle): Promise<Outcome>;
  /** @param legs all that the call had */
  forget(callId: CallId, legs: readonly Handle[]): void;
}

export const createMutes = (theSwitch: Pick<Switch, 'perform'>, uptimeMs: () => number): Mutes => {
  const muted = new Map<CallId, ReadonlySet<Handle>>();
  /** What is known of a leg without doubt. */
  const sure = new Map<Handle, 'muted' | 'heard'>();
  /** Until when a `mute` that got no answer may still be carried out. */
  const mayBeMutedUntil = new Map<Handle, number>();
  const unmuting = new Map<Handle, Promise<unknown>>();
  const mutesOf = (callId: CallId): ReadonlySet<Handle> => muted.get(callId) ?? new Set();
  const note = (callId: CallId, legs: readonly Handle[]): void =>
    void muted.set(callId, new Set([...mutesOf(callId), ...legs]));

  const muteOnce = async (callId: CallId, leg: Handle): Promise<Outcome> => {
    note(callId, [leg]);
    if (sure.get(leg) === 'heard') sure.delete(leg);
    const outcome = await theSwitch.perform({ op: 'mute', leg });
    if (outcome.outcome === 'done') sure.set(leg, 'muted');
    if (outcome.outcome === 'unknown') mayBeMutedUntil.set(leg, uptimeMs() + mayComeLateMs);
    return outcome;
  };

  return {
    of: mutesOf,
    whenWanted: (callId, shall) =>
      [...mutesOf(callId)].filter((leg) => sure.get(leg) === 'muted' || !shall.includes(leg)),
    saw: (callId, layout) => {
      const doubtful = layout.muted.filter((leg) => sure.get(leg) !== 'heard');
      note(callId, doubtful);
      for (const leg of doubtful) sure.delete(leg);
    },
    inherit: (callId, legs) => {
      note(callId, legs);
      for (const leg of legs) {
        sure.delete(leg);
        mayBeMutedUntil.set(leg, uptimeMs() + mayComeLateMs);
      }
    },
    mute: async (callId, leg) => {
      // An order to let the voice be heard again that was on its way may arrive after this one, whichever answer comes first.
      const contrary = unmuting.get(leg);
      const outcome = await muteOnce(callId, leg);
      const later = unmuting.get(leg);
      if (!contrary && !later) return outcome;
      await Promise.all([contrary, later]);
      return muteOnce(callId, leg);
    },
    unmute: async (callId, leg) => {
      muted.set(callId, new Set([...mutesOf(callId)].filter((other) => other !== leg)));
      sure.delete(leg);
      const work = theSwitch.perform({ op: 'unmute', leg });
      unmuting.set(leg, work);
      const outcome = await work;
      unmuting.delete(leg);
      if (outcome.outcome !== 'done') note(callId, [leg]);
      const mayBeMuted = mutesOf(callId).has(leg) || (mayBeMutedUntil.get(leg) ?? 0) > uptimeMs();
      if (!mayBeMuted) sure.set(leg, 'heard');
      return outcome;
    },
    forget: (callId, legs) => {
      muted.delete(callId);
      for (const leg of legs) for (const known of [sure, mayBeMutedUntil]) known.delete(leg);
    },
  };
};

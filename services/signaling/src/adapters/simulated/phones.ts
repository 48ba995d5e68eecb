import type { CallId, Instant } from '@earshot/contracts';
import type { Destination, GoneReason, Handle } from '../../domain/switch.ts';
import { callIdOfArrival } from '../call-id-of-arrival.ts';
import type { SimulatedLeg, World } from './world.ts';

/** What a phone does when it rings: waits to be told, answers after a while (ms), or declines. */
export type RingScript = { readonly does: 'wait' } | { readonly does: 'answer'; readonly afterMs: number } | { readonly does: 'decline' };

export interface SimulatedPhone {
  readonly number: string;
  readonly kind: 'extension' | 'outside';
  readonly state: 'idle' | 'calling' | 'ringing' | 'talking';
  readonly leg: Handle | undefined;
  /** How its last leg ended. */
  readonly lastGone: GoneReason | undefined;
  readonly hearsMusic: boolean;
  readonly hearsRingBack: boolean;
  /** Prompts playing to it now. */
  readonly prompts: readonly string[];
  /** Keys of others that came through to it, since it last dialled or was rung. */
  readonly keysHeard: readonly string[];
  script: RingScript;
  /** Calls a number; throws when the phone is not idle. The call's id is what the arrival names. */
  dial(dialled: string): { readonly handle: Handle; readonly callId: CallId };
  answer(): void;
  decline(): void;
  /** Presses a key; the switch reports it when it is let go, `forMs` later (160 unless told). */
  press(key: string, forMs?: number): void;
  hangUp(): void;
}

export interface SimulatedPhones {
  /** A registered phone at an extension; the same one each time. */
  extension(extension: string): SimulatedPhone;
  /** A phone somewhere outside, reachable by its number. */
  outside(number: string): SimulatedPhone;
  find(number: string): SimulatedPhone | undefined;
  list(): readonly SimulatedPhone[];
  remove(number: string): void;
}

export interface PhoneExchange extends SimulatedPhones {
  /** Rings a phone for `ringForMs`; the leg is gone as unreachable when there is no such phone. */
  ring(handle: Handle, to: Destination, ringForMs: number): void;
}

interface Handset extends SimulatedPhone {
  rung(leg: SimulatedLeg): void;
}

const createHandset = (world: World, number: string, kind: 'extension' | 'outside', nextHandle: () => Handle): Handset => {
  let leg: SimulatedLeg | undefined;
  let lastGone: GoneReason | undefined;
  let keysHeard: string[] = [];
  const current = (doing: string): SimulatedLeg => {
    if (!leg) throw new Error(`A phone without a call cannot ${doing}`);
    return leg;
  };
  const ringing = (doing: string): SimulatedLeg => {
    const now = current(doing);
    if (now.state !== 'ringing') throw new Error(`A phone that does not ring cannot ${doing}`);
    return now;
  };
  const take = (mine: SimulatedLeg): void => {
    leg = mine;
    lastGone = undefined;
    keysHeard = [];
  };
  const phone: Handset = {
    number, kind, script: { does: 'wait' },
    get state() {
      return !leg ? 'idle' : leg.state === 'answered' ? 'talking' : leg.state === 'ringing' ? 'ringing' : 'calling';
    },
    get leg() { return leg?.handle; },
    get lastGone() { return lastGone; },
    get hearsMusic() { return leg?.music ?? false; },
    get hearsRingBack() { return leg?.ringsBack ?? false; },
    get prompts() { return [...world.prompts.values()].filter((prompt) => prompt.stop && prompt.leg === leg?.handle).map(({ promptId }) => promptId); },
    get keysHeard() { return keysHeard; },
    dial: (dialled) => {
      if (leg) throw new Error('A phone that has a call cannot dial');
      const handle = nextHandle();
      const bornAt = world.clock.now();
      const callId = callIdOfArrival(handle, bornAt);
      const from = kind === 'extension' ? { kind, extension: number } : { kind, number };
      const arrival = { type: 'leg-arrived', handle, callId, dialled, from } as const;
      take(newLeg(handle, 'arrived', { ...arrival, at: new Date(bornAt).toISOString() as Instant }));
      world.legs.set(handle, current('dial'));
      world.report(arrival);
      return { handle, callId };
    },
    answer: () => {
      const mine = ringing('answer');
      mine.stopRinging();
      mine.state = 'answered';
      world.report({ type: 'leg-answered', handle: mine.handle });
    },
    decline: () => world.legGone(ringing('decline').handle, 'declined'),
    press: (key, forMs = 160) => {
      const mine = current('press keys');
      if (mine.state !== 'answered') throw new Error('A phone that is not connected cannot press keys');
      world.clock.after(forMs, () => {
        if (world.legs.get(mine.handle) !== mine) return;
        passKey(world, mine.handle, key);
        world.report({ type: 'key-pressed', handle: mine.handle, key });
      });
    },
    hangUp: () => world.legGone(current('hang up').handle, current('hang up').state === 'ringing' ? 'declined' : 'hung_up'),
    rung: (mine) => {
      take(mine);
      const script = phone.script;
      if (script.does === 'decline') world.clock.after(0, () => leg === mine && phone.decline());
      if (script.does === 'answer') world.clock.after(script.afterMs, () => leg === mine && mine.state === 'ringing' && phone.answer());
    },
  };
  const newLeg = (handle: Handle, state: SimulatedLeg['state'], arrival: SimulatedLeg['arrival']): SimulatedLeg => ({
    handle, number, state, arrival, music: false, ringsBack: false, stopRinging: () => {},
    wire: {
      answered: () => {},
      gone: (reason) => {
        if (leg?.handle !== handle) return;
        leg = undefined;
        lastGone = reason;
      },
      heardKey: (key) => keysHeard.push(key),
    },
  });
  return Object.assign(phone, { newLeg });
};

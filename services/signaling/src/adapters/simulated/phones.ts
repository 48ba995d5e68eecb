import type { CallId } from '@earshot/contracts';
import type { Destination, GoneReason, Handle } from '../../domain/switch.ts';
import { callIdOfArrival } from '../call-id-of-arrival.ts';
import type { Arrival, SimulatedLeg, World } from './world.ts';

/** What a phone does when it rings: waits to be told, answers after a while (ms), or declines. */
export type RingScript =
  | { readonly does: 'wait' }
  | { readonly does: 'answer'; readonly afterMs: number }
  | { readonly does: 'decline' };

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
  /** Rings a phone for `ringForMs`; the leg is gone as unreachable when there is no such phone, as declined when it is busy. */
  ring(handle: Handle, to: Destination, ringForMs: number): void;
}

/** Lets a key through to those who share the leg's bridge, unless it is absorbed. */
const passKey = (world: World, handle: Handle, key: string): void => {
  const participants = world.bridges.get(world.bridgeOf(handle) ?? '');
  if (participants?.get(handle) !== 'passed') return;
  for (const other of participants.keys()) if (other !== handle) world.legs.get(other)?.wire.heardKey(key);
};

class Handset implements SimulatedPhone {
  readonly number: string;
  readonly kind: 'extension' | 'outside';
  script: RingScript = { does: 'wait' };
  readonly #world: World;
  readonly #nextHandle: () => Handle;
  #leg: SimulatedLeg | undefined;
  #lastGone: GoneReason | undefined;
  #keysHeard: string[] = [];

  constructor(world: World, number: string, kind: 'extension' | 'outside', nextHandle: () => Handle) {
    this.#world = world;
    this.number = number;
    this.kind = kind;
    this.#nextHandle = nextHandle;
  }

  get state(): SimulatedPhone['state'] {
    if (!this.#leg) return 'idle';
    return ({ answered: 'talking', ringing: 'ringing', arrived: 'calling' } as const)[this.#leg.state];
  }

  get leg(): Handle | undefined {
    return this.#leg?.handle;
  }

  get lastGone(): GoneReason | undefined {
    return this.#lastGone;
  }

  get hearsMusic(): boolean {
    return this.#leg?.music ?? false;
  }

  get hearsRingBack(): boolean {
    return this.#leg?.ringsBack ?? false;
  }

  get prompts(): readonly string[] {
    return [...this.#world.prompts.values()]
      .filter((prompt) => prompt.stop && prompt.leg === this.leg)
      .map(({ promptId }) => promptId);
  }

  get keysHeard(): readonly string[] {
    return this.#keysHeard;
  }

  dial(dialled: string): { readonly handle: Handle; readonly callId: CallId } {
    if (this.#leg) throw new Error('A phone that has a call cannot dial');
    const { number, kind } = this;
    const handle = this.#nextHandle();
    const callId = callIdOfArrival(handle, this.#world.clock.now(), this.#world.switchNumber);
    const from = kind === 'extension' ? { kind, extension: number } : { kind, number };
    const at = this.#world.instant();
    const arrival: Arrival = { type: 'leg-arrived', at, handle, callId, dialled, from };
    this.#take(handle, 'arrived', arrival);
    this.#world.report(arrival);
    return { handle, callId };
  }

  /** False when the phone is busy. */
  ring(handle: Handle, ringForMs: number): boolean {
    if (this.#leg) return false;
    const { clock } = this.#world;
    const mine = this.#take(handle, 'ringing', null);
    mine.stopRinging = clock.after(ringForMs, () => this.#world.legGone(handle, 'missed'));
    const { script } = this;
    if (script.does === 'decline')
      clock.after(0, () => {
        if (this.#isStill(mine, 'ringing')) this.decline();
      });
    if (script.does === 'answer')
      clock.after(script.afterMs, () => {
        if (this.#isStill(mine, 'ringing')) this.answer();
      });
    return true;
  }

  answer(): void {
    const mine = this.#ringing('answer');
    mine.stopRinging();
    mine.state = 'answered';
    this.#world.report({ type: 'leg-answered', handle: mine.handle });
  }

  decline(): void {
    this.#world.legGone(this.#ringing('decline').handle, 'declined');
  }

  press(key: string, forMs = 160): void {
    const mine = this.#current('press keys');
    if (mine.state !== 'answered') throw new Error('A phone that is not connected cannot press keys');
    const downAt = new Date(this.#world.clock.now()).toISOString();
    this.#world.clock.after(forMs, () => {
      if (!this.#isStill(mine, 'answered')) return;
      passKey(this.#world, mine.handle, key);
      this.#world.report({ type: 'key-pressed', downAt, handle: mine.handle, key });
    });
  }

  hangUp(): void {
    const mine = this.#current('hang up');
    this.#world.legGone(mine.handle, mine.state === 'ringing' ? 'declined' : 'hung_up');
  }

  #current(doing: string): SimulatedLeg {
    if (!this.#leg) throw new Error(`A phone without a call cannot ${doing}`);
    return this.#leg;
  }

  #ringing(doing: string): SimulatedLeg {
    const now = this.#current(doing);
    if (now.state !== 'ringing') throw new Error(`A phone that does not ring cannot ${doing}`);
    return now;
  }

  #take(handle: Handle, state: SimulatedLeg['state'], arrival: Arrival | null): SimulatedLeg {
    this.#lastGone = undefined;
    this.#keysHeard = [];
    const leg: SimulatedLeg = {
      handle,
      number: this.number,
      state,
      arrival,
      music: false,
      muted: false,
      remembered: null,
      ringsBack: false,
      stopRinging: () => {},
      wire: {
        gone: (reason) => {
          this.#leg = undefined;
          this.#lastGone = reason;
        },
        heardKey: (key) => this.#keysHeard.push(key),
      },
    };
    this.#leg = leg;
    this.#world.legs.set(handle, leg);
    return leg;
  }

  #isStill(mine: SimulatedLeg, state: SimulatedLeg['state']): boolean {
    return this.#leg === mine && mine.state === state;
  }
}

export const createPhones = (world: World): PhoneExchange => {
  const handsets = new Map<string, Handset>();
  // The form of an Asterisk channel id, dots included, so that nothing comes to rely on something nicer.
  const started = Math.floor(world.clock.now() / 1000);
  let count = 0;
  const nextHandle = (): Handle => `sim-${started}.${++count}`;
  const phone = (number: string, kind: 'extension' | 'outside'): Handset => {
    const known = handsets.get(number);
    if (known) return known;
    const made = new Handset(world, number, kind, nextHandle);
    handsets.set(number, made);
    return made;
  };
  return {
    extension: (extension) => phone(extension, 'extension'),
    outside: (number) => phone(number, 'outside'),
    find: (number) => handsets.get(number),
    list: () => [...handsets.values()],
    remove: (number) => {
      const leg = handsets.get(number)?.leg;
      if (leg !== undefined) world.legGone(leg, 'hung_up');
      handsets.delete(number);
    },
    ring: (handle, to, ringForMs) => {
      const called = handsets.get(to.kind === 'extension' ? to.extension : to.number);
      const reachable = called?.kind === to.kind;
      if (reachable && called.ring(handle, ringForMs)) return;
      world.goneLegs.add(handle);
      world.clock.after(0, () =>
        world.report({ type: 'leg-gone', handle, reason: reachable ? 'declined' : 'unreachable' }),
      );
    },
  };
};

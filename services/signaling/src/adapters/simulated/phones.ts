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

interface Handset extends SimulatedPhone {
  /** False when the phone is busy. */
  ring(handle: Handle, ringForMs: number): boolean;
}

/** Lets a key through to those who share the leg's bridge, unless it is absorbed. */
const passKey = (world: World, handle: Handle, key: string): void => {
  const participants = world.bridges.get(world.bridgeOf(handle) ?? '');
  if (participants?.get(handle) !== 'passed') return;
  for (const other of participants.keys()) if (other !== handle) world.legs.get(other)?.wire.heardKey(key);
};

const createHandset = (
  world: World,
  number: string,
  kind: 'extension' | 'outside',
  nextHandle: () => Handle,
): Handset => {
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
  const take = (handle: Handle, state: SimulatedLeg['state'], arrival: Arrival | null): SimulatedLeg => {
    lastGone = undefined;
    keysHeard = [];
    leg = {
      handle,
      number,
      state,
      arrival,
      music: false,
      muted: false,
      ringsBack: false,
      stopRinging: () => {},
      wire: {
        gone: (reason) => {
          leg = undefined;
          lastGone = reason;
        },
        heardKey: (key) => keysHeard.push(key),
      },
    };
    world.legs.set(handle, leg);
    return leg;
  };
  const isStill = (mine: SimulatedLeg, state: SimulatedLeg['state']): boolean =>
    leg === mine && mine.state === state;

  const phone: Handset = {
    number,
    kind,
    script: { does: 'wait' },
    get state() {
      return !leg
        ? 'idle'
        : leg.state === 'answered'
          ? 'talking'
          : leg.state === 'ringing'
            ? 'ringing'
            : 'calling';
    },
    get leg() {
      return leg?.handle;
    },
    get lastGone() {
      return lastGone;
    },
    get hearsMusic() {
      return leg?.music ?? false;
    },
    get hearsRingBack() {
      return leg?.ringsBack ?? false;
    },
    get prompts() {
      return [...world.prompts.values()]
        .filter((prompt) => prompt.stop && prompt.leg === leg?.handle)
        .map(({ promptId }) => promptId);
    },
    get keysHeard() {
      return keysHeard;
    },
    dial: (dialled) => {
      if (leg) throw new Error('A phone that has a call cannot dial');
      const handle = nextHandle();
      const callId = callIdOfArrival(handle, world.clock.now(), world.switchNumber);
      const from = kind === 'extension' ? { kind, extension: number } : { kind, number };
      const arrival: Arrival = { type: 'leg-arrived', at: world.instant(), handle, callId, dialled, from };
      take(handle, 'arrived', arrival);
      world.report(arrival);
      return { handle, callId };
    },
    ring: (handle, ringForMs) => {
      if (leg) return false;
      const mine = take(handle, 'ringing', null);
      mine.stopRinging = world.clock.after(ringForMs, () => world.legGone(handle, 'missed'));
      const script = phone.script;
      if (script.does === 'decline')
        world.clock.after(0, () => {
          if (isStill(mine, 'ringing')) phone.decline();
        });
      if (script.does === 'answer')
        world.clock.after(script.afterMs, () => {
          if (isStill(mine, 'ringing')) phone.answer();
        });
      return true;
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
        if (!isStill(mine, 'answered')) return;
        passKey(world, mine.handle, key);
        world.report({ type: 'key-pressed', handle: mine.handle, key });
      });
    },
    hangUp: () => {
      const mine = current('hang up');
      world.legGone(mine.handle, mine.state === 'ringing' ? 'declined' : 'hung_up');
    },
  };
  return phone;
};

export const createPhones = (world: World): PhoneExchange => {
  const handsets = new Map<string, Handset>();
  // The form of an Asterisk channel id, dots included, so that nothing comes to rely on something nicer.
  const started = Math.floor(world.clock.now() / 1000);
  let count = 0;
  const nextHandle = (): Handle => `sim-${started}.${++count}`;
  const phone = (number: string, kind: 'extension' | 'outside'): Handset => {
    const known = handsets.get(number);
    if (known) return known;
    const made = createHandset(world, number, kind, nextHandle);
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

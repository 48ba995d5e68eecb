import { setTimeout as wait } from 'node:timers/promises';
import type { AsteriskRig } from '@earshot/testkit/asterisk';
import { heardAbove, toneReport, type Phone, type PhoneEvent } from '@earshot/testkit/phones';
import type { PhoneDriver, TestPhone } from '../../testing/test-phone.ts';

/** The pitch at which each party speaks, in Hz. Where it is not told, one that nobody else has. */
const pitches: Readonly<Record<string, number>> = {
  '+41795551001': 500,
  '+41795551002': 700,
  '1004': 900,
  '1001': 1400,
  '1005': 1800,
};
const otherPitches = [1050, 1150, 1250, 2050, 2150];
/** Notes of the hold music. */
const notes = [262, 330, 392];
/** A voice is heard now when it was in most of the windows of the last 200 ms. */
const recentMs = 200;
/** What a phone hears is written down some ms later than it reaches it. */
const lateMs = 150;
/** How long the end of a call takes to reach a phone. */
const endingMs = 150;

const callEvents: readonly PhoneEvent['type'][] = ['dialled', 'incoming', 'ringing', 'established', 'closed'];

/** Real phones as the contract of a switch drives phones. */
export const realPhoneDriver = (rig: AsteriskRig): PhoneDriver => {
  const known = new Map<string, Promise<TestPhone>>();
  const spare = [...otherPitches];
  const phoneOf = (number: string, start: (pitch: number) => Promise<Phone>): Promise<TestPhone> => {
    const made = known.get(number) ?? start(pitches[number] ?? spare.shift() ?? 2250).then(driven);
    known.set(number, made);
    return made;
  };
  return {
    registered: (extension) => phoneOf(extension, (pitch) => rig.extension(extension, pitch)),
    outside: (number) => phoneOf(number, (pitch) => rig.outside(number, pitch)),
  };
};

interface DrivenPhone extends TestPhone {
  readonly pitch: number;
}

const driven = (phone: Phone): DrivenPhone => {
  let callBegan = 0;
  const state = (): 'idle' | 'incoming' | 'busy' => {
    const last = phone.events.slice(callBegan).findLast(({ type }) => callEvents.includes(type));
    if (last?.type === 'closed') return 'idle';
    if (last?.type === 'incoming') return 'incoming';
    return last ? 'busy' : 'idle';
  };
  const whileRinging = async (run: () => Promise<void>): Promise<void> => {
    if (state() !== 'incoming') throw new Error('A phone that does not ring can neither answer nor decline');
    await run();
  };
  const recent = async (tones: readonly number[], ms = recentMs) => {
    const now = Date.now();
    return toneReport(await phone.heard(), tones).windows.filter(({ at }) => at > now - lateMs - ms);
  };
  return {
    number: phone.name,
    pitch: phone.tone === 'silence' ? 0 : phone.tone,
    dial: async (number) => {
      callBegan = phone.events.length;
      await phone.dial(number);
    },
    answer: () => whileRinging(() => phone.answer()),
    decline: () => whileRinging(() => phone.hangUp()),
    press: async (key) => void (await phone.press(key)),
    hangUp: async () => {
      // A call that ends at this moment by itself; baresip does not bear to be told to end it too.
      if (state() === 'incoming')
        await phone.until('closed', { since: callBegan, limitMs: endingMs }).catch(() => {});
      if (state() !== 'idle') {
        const since = phone.events.length;
        await phone.hangUp();
        if (state() !== 'idle') await phone.until('closed', { since }).catch(() => {});
      }
      callBegan = phone.events.length;
    },
    hears: async (other) => {
      const pitch = (other as DrivenPhone).pitch;
      const windows = await recent([pitch]);
      const heard = windows.filter(({ levels }) => (levels[0] ?? 0) >= heardAbove).length;
      return heard > 0 && heard >= windows.length / 2;
    },
    hearsMusic: async () => {
      await wait(recentMs);
      const windows = await recent(notes);
      return windows.length > 0 && windows.every(({ levels }) => Math.max(...levels) > 100);
    },
    keysHeard: async () => {
      const lastIncoming = phone.events.findLastIndex(({ type }) => type === 'incoming');
      return phone.events
        .slice(Math.max(callBegan, lastIncoming))
        .filter(({ type }) => type === 'key_received')
        .map(({ detail }) => detail);
    },
  };
};

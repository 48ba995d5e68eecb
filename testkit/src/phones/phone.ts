import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { killInside, makeInstanceFolder, samplesOf, spawnInside } from '@earshot/asterisk';
import { freePort } from '@earshot/processes';
import { watchArrivals } from './arrival-clock.ts';
import { connectControl } from './baresip-control.ts';
import { baresipAccount, writeBaresipFiles } from './baresip-files.ts';
import type { Heard } from './tones.ts';

export interface PhoneOptions {
  /** Root file system that holds baresip; an AsteriskInstance names its own. */
  readonly root: string;
  readonly switchPort: number;
  /** User part of the phone's address: its extension, or an outside caller's number. */
  readonly name: string;
  /** With a password the phone registers and is ready when it has; without one it is an outside caller. */
  readonly password?: string;
  /** Pitch of its microphone in Hz; multiples of 50 can be told apart. */
  readonly tone: number | 'silence';
  /** Answers a call by itself after this many ms; without it, on {@link Phone.answer} only. */
  readonly answerAfterMs?: number;
  /** A chosen SIP port instead of a free one. */
  readonly sipPort?: number;
}

export interface PhoneEvent {
  readonly type:
    | 'registered'
    | 'registration_failed'
    | 'dialled'
    | 'incoming'
    | 'ringing'
    | 'established'
    | 'closed'
    | 'key_received'
    | 'other';
  /** When it was told to us, ms since 1970. */
  readonly at: number;
  /** Key, reason of the end, or baresip's own word. */
  readonly detail: string;
}

/** A real SIP phone that plays a tone and keeps what it hears. Ends with its disposal or with this process. */
export interface Phone extends AsyncDisposable {
  readonly name: string;
  readonly tone: number | 'silence';
  readonly sipPort: number;
  /** Everything that happened, oldest first. */
  readonly events: readonly PhoneEvent[];
  /** Resolves with the first event of this type at or after `since` (index into events, default: from the start). */
  until(type: PhoneEvent['type'], options?: { since?: number; limitMs?: number }): Promise<PhoneEvent>;
  dial(number: string): Promise<void>;
  answer(): Promise<void>;
  /** Ends the call it has, if it has one. */
  hangUp(): Promise<void>;
  /** Presses a key (RFC 4733) and lets it go after about 160 ms; resolves when the key is let go, with the time it went down. */
  press(key: string): Promise<number>;
  /** What it has heard in its newest call, also while that call runs; `call` 0 is the first call. */
  heard(call?: number): Promise<Heard>;
}

const heardFile = (file: string): boolean => file.endsWith('-dec.wav');
const keyMs = 160;
const politeMs = 1000;

/** Whether the newest call rings or is talked on, so that baresip counts it as the current one. */
const isShown = (events: readonly PhoneEvent[]): boolean => {
  const last = events.findLast(
    ({ type }) => type === 'dialled' || type === 'incoming' || type === 'ringing' || type === 'established',
  );
  return last !== undefined && last.type !== 'dialled';
};

/** What a phone has seen so far, and whoever waits for more. */
const createEventLog = (name: string) => {
  const events: PhoneEvent[] = [];
  const waiting = new Set<() => void>();
  const until: Phone['until'] = (type, { since = 0, limitMs = 10_000 } = {}) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(look);
        const seen = events.map((each) => each.type).join(', ');
        reject(new Error(`The phone ${name} saw no ${type} within ${limitMs} ms (it saw: ${seen}).`));
      }, limitMs);
      const look = (): void => {
        const found = events.slice(since).find((each) => each.type === type);
        if (found === undefined) return;
        clearTimeout(timer);
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  return {
    events,
    until,
    add: (event: PhoneEvent): void => {
      events.push(event);
      for (const look of waiting) look();
    },
  };
};

type Control = Awaited<ReturnType<typeof connectControl>>;

/** What somebody does with a phone. */
const handling = (
  control: Control,
  { events }: ReturnType<typeof createEventLog>,
  switchPort: number,
): Pick<Phone, 'dial' | 'answer' | 'hangUp' | 'press'> => ({
  dial: async (number) => {
    events.push({ type: 'dialled', at: Date.now(), detail: number });
    await control.command('dial', `sip:${number}@127.0.0.1:${switchPort}`);
  },
  answer: () => control.command('accept'),
  // `hangup` knows no call that has not begun to ring at the other end; `hangupall` ends baresip when a call ends at that moment.
  hangUp: async () => {
    if (!isShown(events)) return control.command('hangupall', 'dir=all');
    await control.command('hangup').catch((error: Error) => {
      if (!error.message.includes('no active call')) throw error;
    });
  },
  press: async (key) => {
    const at = Date.now();
    await control.command('sndcode', key);
    await wait(keyMs);
    return at;
  },
});

const hearing =
  (arrivals: ReturnType<typeof watchArrivals>, folder: string): Phone['heard'] =>
  async (call) => {
    const files = arrivals.files();
    const file = call === undefined ? files.at(-1) : files[call];
    if (file === undefined) return { samples: new Int16Array(0), timeOf: () => 0 };
    return { samples: samplesOf(await readFile(join(folder, file))), timeOf: arrivals.clockOf(file) };
  };

/**
 * Starts a phone.
 * @throws Error when it does not come up or does not register within 10 s.
 */
export const startPhone = async (options: PhoneOptions): Promise<Phone> => {
  const { name, tone, answerAfterMs } = options;
  const folder = await makeInstanceFolder('phone');
  const heardFolder = join(folder, 'heard');
  await mkdir(heardFolder);
  const sipPort = options.sipPort ?? (await freePort());
  const controlPort = await freePort();
  await writeBaresipFiles({ ...options, folder, sipPort, controlPort });
  const child = spawnInside({
    root: options.root,
    folders: [folder],
    command: ['baresip', '-f', folder],
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  await using opened = new AsyncDisposableStack();
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const gone = new Promise((resolve) => child.once('close', resolve));
  opened.defer(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    killInside(child);
    await gone;
  });
  const arrivals = opened.use(watchArrivals(heardFolder, heardFile));
  const log = createEventLog(name);
  const connecting = connectControl(controlPort, (event) => {
    log.add(event);
    if (event.type === 'incoming' && answerAfterMs !== undefined)
      setTimeout(
        () => void connecting.then((control) => control.command('accept')).catch(() => {}),
        answerAfterMs,
      );
  });
  const endedEarly = gone.then((): never => {
    throw new Error(
      `The phone ${name} ended while it started (SIP port ${sipPort}, control port ${controlPort}): ${child.exitCode ?? child.signalCode}.`,
    );
  });
  endedEarly.catch(() => {});
  const control = await Promise.race([connecting, endedEarly]);
  // Only now, because a phone that registers before we are connected cannot tell us.
  try {
    await control.command('uanew', baresipAccount(options));
    if (options.password !== undefined) await log.until('registered');
  } catch (error) {
    await Promise.race([endedEarly, wait(politeMs)]);
    throw error;
  }
  // Leaves politely (hangs up, takes back its registration), so that the switch does not ring a phone that is gone.
  opened.defer(async () => {
    await Promise.race([control.command('quit').then(() => gone), wait(politeMs)]).catch(() => {});
    control.close();
  });
  const whole = opened.move();
  return {
    ...{ name, tone, sipPort, events: log.events, until: log.until },
    ...handling(control, log, options.switchPort),
    heard: hearing(arrivals, heardFolder),
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  };
};

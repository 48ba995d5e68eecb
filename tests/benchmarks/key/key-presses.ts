import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { Phone } from '@earshot/testkit/phones';
import { keyAt } from '../append/stored-calls.ts';
import type { TimedKey } from './key-stopwatch.ts';

const limitMs = 10_000;

/** A supervisor's phone, and the file that tells what came of its keys. */
export class Supervisor {
  readonly #phone: Phone;
  readonly #file: string;
  #pressed = 0;

  constructor(phone: Phone, file: string) {
    this.#phone = phone;
    this.#file = file;
  }

  /** Presses the key of the next mode. @throws when nothing came of it within ten seconds */
  async press(): Promise<TimedKey> {
    const place = this.#pressed;
    this.#pressed += 1;
    await this.#phone.press(keyAt(place));
    for (const giveUpAt = Date.now() + limitMs; Date.now() < giveUpAt; await wait(10)) {
      const timed = (await timedKeys(this.#file))[place];
      if (timed === undefined) continue;
      if (timed.commands === 0) throw new Error('A key was pressed and nothing was done on the switch.');
      return timed;
    }
    throw new Error(`Nothing came of a key within ${limitMs / 1000} s.`);
  }
}

const timedKeys = async (file: string): Promise<readonly TimedKey[]> => {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as TimedKey);
};

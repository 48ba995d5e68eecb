/** What the people of the story do with their phones; carried out by simulated or by real ones. */
export interface StoryPhones {
  dial(from: string, dialled: string): Promise<void>;
  answer(extension: string): Promise<void>;
  press(from: string, key: string): Promise<void>;
  hangUp(from: string): Promise<void>;
  /** Resolves when the phone rings. */
  rings(extension: string): Promise<void>;
  /** Resolves when the phone hears a greeting of this kind begin. */
  hearsGreeting(kind: 'consent'): Promise<void>;
}

const caller = '+41795551001';
const support = '+41445550100';
const [benjamin, olivia] = ['1001', '1004'];

/**
 * Olivia is new in Benjamin's team (docs/product.md 1.6): a caller presses 3 to allow the recording, Olivia answers, Benjamin
 * listens, tells her the answer unheard by the customer, then joins and explains.
 * @param pauseMs how long the people take between two things they do
 */
export const playStory = async (
  phones: StoryPhones,
  wait: (ms: number) => Promise<void>,
  pauseMs: number,
): Promise<void> => {
  await phones.dial(caller, support);
  await phones.hearsGreeting('consent');
  await wait(pauseMs / 2);
  await phones.press(caller, '3');
  await phones.rings(olivia);
  await wait(pauseMs / 2);
  await phones.answer(olivia);
  await wait(pauseMs);
  await phones.dial(benjamin, `*90${olivia}`);
  await wait(pauseMs);
  await phones.press(benjamin, '1');
  await wait(pauseMs);
  await phones.press(benjamin, '2');
  await wait(pauseMs);
  await phones.hangUp(caller);
};

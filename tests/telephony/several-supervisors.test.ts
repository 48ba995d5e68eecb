import type { CallId, HearEachOther } from '@earshot/contracts';
import { toneReport, type Phone } from '@earshot/testkit/phones';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Span } from './hearing.ts';
import { openStage, talk, tones, wait, type Stage } from './stage.ts';

/** Longest time from the switch's last operation until a phone has heard what was still on its way, in ms. */
const onTheWayMs = 150;
/** How long each step is listened to, in ms. */
const steadyMs = 800;
/** Windows of a step in which a voice has to be heard, to count as heard. */
const enough = 15;

const voices = {
  customer: tones.customer,
  olivia: tones.agent,
  benjamin: tones.supervisor,
  emma: 1850,
} as const;
type Who = keyof typeof voices;
const everybody = Object.keys(voices) as readonly Who[];
const talking = { customer: ['olivia'], olivia: ['customer'] } as const;
const listens = ['customer', 'olivia'] as const;

interface Step {
  readonly what: string;
  readonly act: () => Promise<void>;
  readonly answer?: 'SupervisionModeRefused';
  readonly hear: Readonly<Record<Who, readonly Who[]>>;
}

let stage: Stage;
let phones: Readonly<Record<Who, Phone>>;

const hearEachOther = (value: HearEachOther) =>
  stage.put('supervision', 'tenant', { enabled: true, hearEachOther: value });
const presses = (who: Who, key: string) => async (): Promise<void> => void (await phones[who].press(key));

const steps: readonly Step[] = [
  {
    what: 'both spy',
    act: async () => void (await phones.emma.dial('*901004')),
    hear: { ...talking, benjamin: listens, emma: listens },
  },
  {
    what: 'Benjamin whispers, Emma spies',
    act: presses('benjamin', '1'),
    hear: { ...talking, olivia: ['customer', 'benjamin'], benjamin: listens, emma: listens },
  },
  {
    what: 'both whisper',
    act: presses('emma', '1'),
    hear: { ...talking, olivia: ['customer', 'benjamin', 'emma'], benjamin: listens, emma: listens },
  },
  {
    what: 'Benjamin barges, Emma whispers',
    act: presses('benjamin', '2'),
    hear: {
      customer: ['olivia', 'benjamin'],
      olivia: ['customer', 'benjamin', 'emma'],
      benjamin: listens,
      emma: [...listens, 'benjamin'],
    },
  },
  {
    what: 'both barge',
    act: presses('emma', '2'),
    hear: {
      customer: ['olivia', 'benjamin', 'emma'],
      olivia: ['customer', 'benjamin', 'emma'],
      benjamin: [...listens, 'emma'],
      emma: [...listens, 'benjamin'],
    },
  },
  {
    what: 'they shall hear nobody of each other, and Benjamin barged first',
    act: () => hearEachOther('nobody'),
    hear: { customer: ['olivia', 'benjamin'], olivia: ['customer', 'benjamin'], benjamin: listens, emma: [] },
  },
  {
    what: 'Benjamin whispers, and Emma is alone with the conversation',
    act: presses('benjamin', '1'),
    hear: { customer: ['olivia', 'emma'], olivia: ['customer', 'emma'], benjamin: [], emma: listens },
  },
  {
    what: 'Benjamin cannot barge beside her',
    act: presses('benjamin', '2'),
    answer: 'SupervisionModeRefused',
    hear: { customer: ['olivia', 'emma'], olivia: ['customer', 'emma'], benjamin: [], emma: listens },
  },
  {
    what: 'they may hear each other again',
    act: () => hearEachOther('barging'),
    hear: {
      customer: ['olivia', 'emma'],
      olivia: ['customer', 'benjamin', 'emma'],
      benjamin: [...listens, 'emma'],
      emma: listens,
    },
  },
];

const carriedOut = async (callId: CallId, since: number, { answer }: Step): Promise<void> => {
  if (answer) await stage.log.until(answer, { since, callId });
  else
    await stage.log.until('TopologyApplied', { since, callId, fits: ({ data }) => data.outcome === 'done' });
};

beforeAll(async () => {
  stage = await openStage();
  await stage.put('recording-policies', 'support', { setting: 'never' });
  const members = [
    { extension: '2002', supervisor: true },
    { extension: '1004', supervisor: false },
  ];
  await stage.put('ring-groups', 'leads', { name: 'Leads', members });
  const [olivia, benjamin, emma, customer] = await Promise.all([
    stage.extension('1004', { answerAfterMs: 300 }),
    stage.extension('1001', { tone: voices.benjamin }),
    stage.extension('2002', { tone: voices.emma }),
    stage.customer(),
  ]);
  phones = { customer, olivia, benjamin, emma };
}, 120_000);
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

it('two supervisors on one call are heard as the mode of each says, and by each other as the setting says', async () => {
  const { callId } = await talk(stage, phones.customer);
  const before = stage.log.count;
  await phones.benjamin.dial('*901004');
  await stage.log.until('TopologyApplied', {
    since: before,
    callId,
    fits: ({ data }) => data.outcome === 'done',
  });
  const spans: Span[] = [];
  for (const step of steps) {
    const since = stage.log.count;
    await step.act();
    await carriedOut(callId, since, step);
    await wait(onTheWayMs * 2);
    const from = Date.now();
    await wait(steadyMs);
    spans.push({ from, to: Date.now() - 20 });
  }
  await phones.customer.hangUp();
  await stage.log.until('CallEnded', { callId });
  await wait(500);
  for (const who of everybody) {
    const report = toneReport(await phones[who].heard(), Object.values(voices));
    for (const [place, { what, hear }] of steps.entries()) {
      const { from, to } = spans[place] ?? { from: 0, to: 0 };
      const windows = everybody
        .filter((other) => other !== who)
        .map((other) => [other, report.windowsHearing(voices[other], from, to).length] as const);
      const heard = windows.filter(([, count]) => count >= enough).map(([other]) => other);
      const stray = windows.filter(([other, count]) => count > 0 && !hear[who].includes(other));
      expect({ what, who, heard: heard.toSorted(), stray }).toEqual({
        what,
        who,
        heard: hear[who].toSorted(),
        stray: [],
      });
    }
  }
}, 120_000);

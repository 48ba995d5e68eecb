import type { CallEvent, SupervisionMode } from '@earshot/contracts';
import { tellCall } from '../../infra/local/call/tell-call.ts';
import type { Hearing, Span } from './hearing.ts';
import { tones } from './stage.ts';

/** A call as it was seen from outside and in the log; times in ms since 1970. */
export interface Course {
  readonly events: readonly CallEvent[];
  /** When the supervisor's keys went down, and what they ask for. */
  readonly pressed: readonly { readonly mode: SupervisionMode; readonly at: number }[];
  /** When customer and agent talked, and what each heard then (a prompt has all tones in it); nothing while the call goes on. */
  readonly talked?: Span;
  readonly heard?: Readonly<Record<'customer' | 'agent', Hearing>>;
  /** When the customer may hear the supervisor. */
  readonly barged?: readonly Span[];
}

interface Line {
  readonly at: number;
  readonly text: string;
}

/** What comes within this time of the one before is the same voice, in ms. */
const breathMs = 150;

const spansOf = (windows: readonly { readonly at: number }[]): readonly Span[] => {
  const spans: { from: number; to: number }[] = [];
  for (const { at } of windows) {
    const last = spans.at(-1);
    if (last && at - last.to < breathMs) last.to = at;
    else spans.push({ from: at, to: at });
  }
  return spans;
};

const fromLog = (events: readonly CallEvent[]): readonly Line[] => {
  const tell = tellCall({ colour: false, showPersonal: false, people: {} });
  let latest = 0;
  return [...Map.groupBy(events, ({ sequence }) => sequence)].flatMap(([sequence, [first, ...more]]) => {
    if (!first) return [];
    latest = Math.max(latest, Date.parse(first.occurredAt));
    const { writer, recordedAt } = first;
    const commit = { kind: 'commit', at: Date.parse(recordedAt), sequence, writer } as const;
    return tell({ ...commit, events: [first, ...more] }).map((text) => ({ at: latest, text }));
  });
};

/** What a party heard of others: where each voice begins and how long it lasts. */
const fromPhone = (
  who: string,
  { report, ofSupervisor }: Hearing,
  talked: Span,
  line: LineAt,
): readonly Line[] => {
  const others = Object.entries(tones).filter(([name]) => name !== who && name !== 'supervisor');
  const heard = [
    ...others.map(([name, tone]) => [name, report.windowsHearing(tone)] as const),
    ['supervisor', ofSupervisor] as const,
  ];
  return heard.flatMap(([name, windows]) =>
    spansOf(windows.filter(({ at }) => at >= talked.from && at < talked.to)).map(({ from, to }) =>
      line(from, `♪ the ${who} hears the ${name}, until ${seconds(to - line.start)}`),
    ),
  );
};

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

type LineAt = ((at: number, text: string) => Line) & { readonly start: number };

/**
 * The whole course as a story, in order of time, as `npm run call` tells it: what the log says and why, and between it who pressed what
 * and what each heard.
 */
export const toldCourse = ({ events, pressed, talked, heard, barged = [] }: Course): string => {
  const start = Date.parse(events[0]?.occurredAt ?? '') || 0;
  const line: LineAt = Object.assign(
    (at: number, text: string): Line => ({ at, text: `  A ${seconds(at - start).padStart(9)}  ${text}` }),
    { start },
  );
  const lines = [
    ...fromLog(events),
    ...pressed.map(({ mode, at }) => line(at, `⌨ the supervisor presses the key for ${mode}`)),
    ...barged.flatMap(({ from, to }) => [
      line(from, '( from here the customer may hear the supervisor'),
      line(to, ') from here the customer may not hear the supervisor'),
    ]),
    ...(heard && talked
      ? [
          ...fromPhone('customer', heard.customer, talked, line),
          ...fromPhone('agent', heard.agent, talked, line),
        ]
      : []),
  ];
  return lines
    .toSorted((one, other) => one.at - other.at)
    .map(({ text }) => text)
    .join('\n');
};

/** Adds the course to whatever fails. @throws what the checks throw */
export const withCourse = async (course: Course, check: () => void | Promise<void>): Promise<void> => {
  try {
    await check();
  } catch (error) {
    if (error instanceof Error) error.message += `\n\n${toldCourse(course)}\n`;
    throw error;
  }
};

import type { CallEvent, Causation } from '@earshot/contracts';
import { createTimeline } from '../timeline/timeline.ts';
import type { Entry, ToldCommit } from './entry.ts';
import { maskPersonal } from './mask-personal.ts';

/** How a call is told. */
export interface TellOptions {
  readonly colour: boolean;
  /** True: numbers, names and texts of errors as they are. */
  readonly showPersonal: boolean;
  /** Names of extensions; used only when personal data are shown. */
  readonly people: Readonly<Record<string, string>>;
}

/** Turns the entries of one call, in their order, into lines for a person. It remembers what it has told. */
export type Teller = (entry: Entry) => readonly string[];

/** A teller: the timeline of `npm start`, and below each entry who decided it and why. */
export const tellCall = ({ colour, showPersonal, people }: TellOptions): Teller => {
  const timeline = createTimeline(showPersonal ? people : {}, { colour });
  const known = new Map<string, CallEvent>();
  let startedAt: number | undefined;
  const why = (text: string): string =>
    colour ? `\u001B[2m${indent}↳ ${text}\u001B[22m` : `${indent}↳ ${text}`;
  const line = (at: number, text: string): string =>
    `  A ${((at - (startedAt ?? at)) / 1000).toFixed(1).padStart(6)} s   ${text}`;

  const commit = ({ events, sequence, writer }: ToldCommit): readonly string[] => {
    const shown = showPersonal ? events : events.map(maskPersonal);
    const [first] = shown;
    if (first === undefined) return [];
    for (const event of shown) known.set(event.id, event);
    const header = startedAt === undefined ? [headerOf(first)] : [];
    startedAt ??= Date.parse(first.occurredAt);
    const what = shown.map(({ type }) => type).join(', ');
    return [
      ...header,
      ...shown.flatMap((event) => timeline.linesOf(event)),
      why(`${writer}, message ${sequence}: ${what}; ${reasonOf(first.causation, known)}`),
    ];
  };

  return (entry) => {
    switch (entry.kind) {
      case 'commit':
        return commit(entry);
      case 'unreadable':
        return [
          line(entry.at, `! message ${entry.sequence} cannot be read: ${entry.problem}`),
          why(`${entry.subject}; a service that is newer than this program may have written it`),
        ];
      case 'ignored': {
        const cause = {
          source: entry.sequence === null ? 'outside' : 'CALLS',
          id: entry.cause,
          sequence: entry.sequence,
        } as const;
        return [
          line(entry.at, `· ${entry.service} ignores ${entry.input}: ${entry.because.replaceAll('_', ' ')}`),
          why(reasonOf(cause, known)),
        ];
      }
      case 'dead-letter': {
        const problem = showPersonal
          ? entry.problem
          : `${entry.problem.split(':')[0] ?? ''} (--show-personal shows its text)`;
        return [
          line(entry.at, `! ${entry.service} gave up on ${whatOf(entry)}: ${problem}`),
          why(`cause ${entry.cause}; a defect: its message waits for a human`),
        ];
      }
    }
  };
};

const indent = ' '.repeat(15);

const whatOf = ({ sequence }: Entry): string =>
  sequence === null ? 'an input from outside' : `message ${sequence}`;

const headerOf = (first: CallEvent): string => {
  const began = `${first.occurredAt.replace('T', ' ').slice(0, 19)} UTC`;
  if (first.type !== 'CallStarted') return `Call ${first.callId}, ${began}`;
  const { direction, from, to, line } = first.data;
  return `Call ${first.callId}: ${direction}, from ${from} to ${to}${line ? `, line ${line.name}` : ''}, ${began}`;
};

type Cause = Omit<Causation, 'source'> & { readonly source: Causation['source'] | 'outside' };

const reasonOf = ({ source, id, sequence }: Cause, known: ReadonlyMap<string, CallEvent>): string => {
  const event = known.get(id);
  switch (source) {
    case 'CALLS':
      return event
        ? `because of ${event.type} in message ${event.sequence} of ${event.writer}`
        : `because of message ${sequence ?? '?'}`;
    case 'SWITCH':
      return 'because the switch reported it';
    case 'API':
      return 'because it was asked for through the API';
    case 'TIMER':
      return 'because its time had come';
    case 'SETTINGS':
      return 'because a setting changed';
    case 'outside':
      return `because of ${id}, from outside the log`;
  }
};

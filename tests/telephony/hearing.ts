import {
  toneReport,
  voiceTraces,
  type Phone,
  type ToneReport,
  type ToneWindow,
} from '@earshot/testkit/phones';
import { allTones, tones } from './stage.ts';

/** A span of wall-clock time, ms since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What a party heard in its newest call. */
export interface Hearing {
  readonly report: ToneReport;
  /** Windows that hold a voice of the supervisor, however faint; nothing that a lost frame of the other party sounds like. */
  readonly ofSupervisor: readonly ToneWindow[];
}

/** What a phone heard, beside a party that plays the tone `besides`. */
export const hearingOf = async (phone: Phone, besides: number): Promise<Hearing> => {
  const heard = await phone.heard();
  return { report: toneReport(heard, allTones), ofSupervisor: voiceTraces(heard, tones.supervisor, besides) };
};

const isIn = ({ at }: ToneWindow, { from, to }: Span): boolean => at >= from && at < to;

/** Windows of a party that hold a voice of the supervisor within a span, but outside those in which it may be heard. */
export const leaks = (
  { ofSupervisor }: Hearing,
  within: Span,
  allowed: readonly Span[] = [],
): readonly ToneWindow[] =>
  ofSupervisor.filter((window) => isIn(window, within) && !allowed.some((span) => isIn(window, span)));

/** Windows of a span in which a tone is not heard in full. */
export const lost = ({ report }: Pick<Hearing, 'report'>, tone: number, span: Span): number =>
  report.windows.filter((window) => isIn(window, span)).length -
  report.windowsHearing(tone, span.from, span.to).length;

/**
 * How often what a phone hears is interrupted in a span, however long and whichever of the tones is missing. What comes through a
 * snoop loses several windows at a time when the machine is late once, so that they are not counted one by one.
 */
export const interruptions = ({ report }: Hearing, tones: readonly number[], span: Span): number => {
  const heard = tones.map((tone) => new Set(report.windowsHearing(tone, span.from, span.to)));
  const isWhole = (window: ToneWindow | undefined): boolean =>
    window !== undefined && heard.every((windows) => windows.has(window));
  const windows = report.windows.filter((window) => isIn(window, span));
  return windows.filter((window, place) => !isWhole(window) && (place === 0 || isWhole(windows[place - 1])))
    .length;
};

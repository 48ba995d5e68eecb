import { stripVTControlCharacters, styleText } from 'node:util';
import type { Figure } from './figure.ts';
import type { Spread } from './spread.ts';

type Cell = string;

const number = (value: number, unit: Figure['unit']): string =>
  unit === 'ms'
    ? `${value.toFixed(1)} ms`
    : `${Math.round(value).toLocaleString('en').replaceAll(',', ' ')}/s`;

const range = ({ min, max }: Spread, text: (value: number) => string): string =>
  styleText('dim', `${text(min)} … ${text(max)}`);

const verdictOf = ({ aim }: Figure): string => {
  if (!aim) return '';
  return aim.met ? styleText('green', `✔ aim ${aim.text}`) : styleText('yellow', `✘ aim ${aim.text}`);
};

const rowsOf = (figure: Figure): readonly (readonly Cell[])[] => {
  const { name, unit, ours, beside, ratio } = figure;
  const plain = (value: number): string => number(value, unit).replace(/ ms|\/s/, '');
  const times = (value: number): string => `${value.toFixed(2)} ×`;
  return [
    [styleText('bold', name), '', '', ''],
    [`  ${ours.what}`, number(ours.spread.median, unit), range(ours.spread, plain), ''],
    [`  ${beside.what}`, number(beside.spread.median, unit), range(beside.spread, plain), ''],
    [
      '  ratio',
      styleText('bold', times(ratio.median)),
      range(ratio, (value) => value.toFixed(2)),
      verdictOf(figure),
    ],
  ];
};

const width = (cell: Cell): number => stripVTControlCharacters(cell).length;

/** The figures as a table for a terminal, one block of lines per figure: median, then least and greatest round. */
export const tableOf = (figures: readonly Figure[]): string => {
  const blocks = figures.map(rowsOf);
  const widths = [0, 1, 2].map((column) =>
    Math.max(
      ...blocks
        .flat()
        .filter((row) => row[1] !== '')
        .map((row) => width(row[column] ?? '')),
    ),
  );
  const line = (row: readonly Cell[]): string => {
    const [first = '', ...rest] = row;
    const cells = rest.map((cell, place) =>
      place < 2 ? ' '.repeat(Math.max(0, (widths[place + 1] ?? 0) - width(cell))) + cell : cell,
    );
    return [first + ' '.repeat(Math.max(0, (widths[0] ?? 0) - width(first))), ...cells].join('   ').trimEnd();
  };
  const head = line(['', styleText('dim', 'median'), styleText('dim', 'least … greatest'), '']);
  return [
    head,
    ...blocks.map((rows, place) =>
      [...rows.map(line), ...(figures[place]?.notes ?? []).map((note) => styleText('dim', `  ${note}`))].join(
        '\n',
      ),
    ),
  ].join('\n\n');
};

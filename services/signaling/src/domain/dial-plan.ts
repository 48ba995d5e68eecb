import type { SupervisionMode } from '@earshot/contracts';
import type { Directory, Line } from './directory.ts';
import type { Route } from '@earshot/contracts';

/** What somebody who dialled wants to reach. */
export type Dialled =
  | { readonly to: 'line'; readonly line: Line; readonly route: Route }
  | { readonly to: 'extension'; readonly extension: string }
  | { readonly to: 'outside'; readonly number: string; readonly line: Line | null }
  | { readonly to: 'supervision'; readonly mode: SupervisionMode; readonly target: string }
  | { readonly to: 'nothing' };

/** Who dialled: one of our extensions, or somebody outside. */
export type Caller =
  | { readonly kind: 'extension'; readonly extension: string }
  | { readonly kind: 'outside'; readonly number: string };

const outsideNumber = /^(\+|00)[1-9][0-9]{6,14}$/;

/**
 * Reads what was dialled. An outside caller reaches lines only; an extension also reaches extensions, service codes
 * (the longest code that fits wins) and, in E.164 or with 00, the outside world.
 */
export const readDialled = (dialled: string, caller: Caller, directory: Directory): Dialled => {
  const line = directory.line(dialled) ?? directory.line(`+${dialled.replace(/^(00|\+)/, '')}`);
  if (line) return { to: 'line', ...line };
  if (caller.kind === 'outside') return { to: 'nothing' };

  const codes = directory.serviceCodes().filter(({ code }) => dialled.startsWith(code));
  const code = codes.toSorted((a, b) => b.code.length - a.code.length)[0];
  if (code) return { to: 'supervision', mode: code.mode, target: dialled.slice(code.code.length) };

  if (directory.agent(dialled)) return { to: 'extension', extension: dialled };
  if (!outsideNumber.test(dialled)) return { to: 'nothing' };
  const lineId = directory.agent(caller.extension)?.outboundLineId;
  return {
    to: 'outside',
    number: dialled.replace(/^00/, '+'),
    line: (lineId && directory.lineById(lineId)) || null,
  };
};

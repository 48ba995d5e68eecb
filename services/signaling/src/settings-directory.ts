import { createHash } from 'node:crypto';
import { defaultGreetings } from '@earshot/contracts';
import { indexSettings, type Setting, type SettingsIndex, type SettingsView } from '@earshot/event-log';
import type { Directory, Greeting, GreetingKind, Line } from './domain/directory.ts';

const lineOf = ({ id, exportId, value }: Setting<'lines'>): Line => ({
  id,
  exportId,
  number: value.number,
  name: value.name,
  type: value.type,
});

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

const greetingOf = ({ id, version, value }: Setting<'greetings'>): Greeting => ({
  id,
  version,
  language: value.language,
  text: value.text,
  contentHash: hashOf(value.text),
});

/** What is said when the tenant set no greeting of this kind; version 0, for it has no commit. */
const defaultGreeting = (kind: GreetingKind): Greeting | undefined => {
  if (kind === 'menu') return undefined;
  const text = defaultGreetings[kind];
  return { id: 'default', version: 0, language: 'en', text, contentHash: hashOf(text) };
};

interface Indexes {
  readonly linesByNumber: SettingsIndex<'lines'>;
  readonly greetingsByKind: SettingsIndex<'greetings'>;
}

// An index lives as long as its view, which may outlive whoever asks for a directory.
const indexes = new WeakMap<SettingsView, Indexes>();

const indexesOf = (settings: SettingsView): Indexes => {
  const known = indexes.get(settings);
  if (known) return known;
  const made = {
    linesByNumber: indexSettings(settings, 'lines', ({ value }) => [value.number]),
    greetingsByKind: indexSettings(settings, 'greetings', ({ value }) => [value.kind]),
  };
  indexes.set(settings, made);
  return made;
};

/**
 * The settings as the decisions see them: looked up at the moment of the question, never kept.
 * @param isFree whether the phone of an extension is in no call and is not being rung
 */
export const directoryOf = (settings: SettingsView, isFree: Directory['isFree']): Directory => {
  const { linesByNumber, greetingsByKind } = indexesOf(settings);
  const agent: Directory['agent'] = (extension) => {
    const setting = settings.get('extensions', extension);
    return setting && { extension, exportId: setting.exportId, outboundLineId: setting.value.outboundLineId };
  };
  return {
    agent,
    isFree,
    line: (number) => {
      const setting = linesByNumber.find(number)[0];
      return setting && { line: lineOf(setting), route: setting.value.route };
    },
    lineById: (id) => {
      const setting = settings.get('lines', id);
      return setting && lineOf(setting);
    },
    group: (id) => {
      const setting = settings.get('ring-groups', id);
      return setting && { id, exportId: setting.exportId, name: setting.value.name };
    },
    menu: (id) => {
      const setting = settings.get('menus', id);
      return setting && { id, ...setting.value };
    },
    greeting: (kind) => {
      const setting = greetingsByKind.find(kind)[0];
      return setting ? greetingOf(setting) : defaultGreeting(kind);
    },
    greetingById: (id) => {
      const setting = settings.get('greetings', id);
      return setting && greetingOf(setting);
    },
    serviceCodes: () => settings.all('service-codes').map(({ value }) => value),
    freeAgentsOf: (groupId) =>
      (settings.get('ring-groups', groupId)?.value.members ?? []).flatMap(({ extension }) => {
        const member = isFree(extension) ? agent(extension) : undefined;
        return member ? [{ extension: member.extension, exportId: member.exportId }] : [];
      }),
  };
};

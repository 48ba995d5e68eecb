import { createHash } from 'node:crypto';
import type { Setting, SettingsView } from '@earshot/event-log';
import type { Directory, Greeting, Line } from './domain/directory.ts';

const lineOf = ({ id, exportId, value }: Setting<'lines'>): Line => ({ id, exportId, number: value.number, name: value.name, type: value.type });

const greetingOf = ({ id, version, value }: Setting<'greetings'>): Greeting => ({
  id, version, language: value.language, text: value.text, contentHash: createHash('sha256').update(value.text).digest('hex'),
});

/**
 * The settings as the decisions see them: looked up at the moment of the question, never kept.
 * @param isFree whether the phone of an extension is in no call and is not being rung
 */
export const directoryOf = (settings: SettingsView, isFree: (extension: string) => boolean): Directory => {
  const agent: Directory['agent'] = (extension) => {
    const setting = settings.get('extensions', extension);
    return setting && { extension, exportId: setting.exportId, outboundLineId: setting.value.outboundLineId };
  };
  return {
    agent,
    isFree,
    line: (number) => {
      const setting = settings.all('lines').find(({ value }) => value.number === number);
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
      const setting = settings.all('greetings').find(({ value }) => value.kind === kind);
      return setting && greetingOf(setting);
    },
    greetingById: (id) => {
      const setting = settings.get('greetings', id);
      return setting && greetingOf(setting);
    },
    serviceCodes: () => settings.all('service-codes').map(({ value }) => value),
    freeAgentsOf: (groupId) => (settings.get('ring-groups', groupId)?.value.members ?? []).flatMap(({ extension }) => {
      const member = isFree(extension) ? agent(extension) : undefined;
      return member ? [{ extension: member.extension, exportId: member.exportId }] : [];
    }),
  };
};

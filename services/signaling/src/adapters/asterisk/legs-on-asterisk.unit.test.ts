import { expect, test } from 'vitest';
import type { AriChannel } from './ari-types.ts';
import { arrivalOf, callerCounted, numberShown } from './legs-on-asterisk.ts';

const door = { app: 'earshot', isExtension: (endpoint: string) => endpoint === '1004', switchNumber: 0 };
const channel = (name: string, number: string, args = '+41445550100,127.0.0.1:5062'): AriChannel => ({
  id: '1700000000.7',
  name: `${name}-0000001a`,
  state: 'Ring',
  caller: { number },
  creationtime: '2026-01-01T00:00:00.000+0000',
  dialplan: { exten: '+41445550100', app_name: 'Stasis', app_data: `earshot,${args}` },
});
const fromOf = (name: string, number = name) => arrivalOf(channel(name, number), door)?.from;

test('a phone is inside only when the directory knows its endpoint', () => {
  expect(fromOf('PJSIP/1004')).toEqual({ kind: 'extension', extension: '1004' });
  for (const endpoint of [
    'PJSIP/anonymous',
    'PJSIP/outside',
    'PJSIP/carrier-1',
    'PJSIP/9999',
    'Local/1004@inside',
    'PJSIP/',
  ]) {
    expect(fromOf(endpoint, '1004')).toEqual({ kind: 'outside', number: 'anonymous' });
  }
});

test.each([
  '1004',
  '1004 ',
  '"Benjamin" <1004>',
  'Benjamin',
  '+1',
  '+41 44 555 01 00',
  '+0041445550100',
  `+${'1'.repeat(16)}`,
  '',
  '+41795551001\n',
])('a caller outside who calls itself %j is shown as anonymous', (claimed) => {
  expect(numberShown(claimed)).toBe('anonymous');
});

test('a number in E.164 is shown as it is', () => {
  expect(numberShown('+41795551001')).toBe('+41795551001');
});

test('calls are counted by number and address together, and those of extensions not', () => {
  const counted = (name: string, number: string, args?: string) => {
    const seen = channel(name, number, args);
    const arrival = arrivalOf(seen, door);
    return arrival && callerCounted(seen, arrival);
  };
  expect(counted('PJSIP/anonymous', '+41795551001')).toBe('+41795551001 at 127.0.0.1');
  expect(counted('PJSIP/anonymous', '+41795551001', '1,192.0.2.7:5060')).toBe('+41795551001 at 192.0.2.7');
  expect(counted('PJSIP/anonymous', '1004')).toBe('anonymous at 127.0.0.1');
  expect(counted('PJSIP/anonymous', 'x', '1,10.0.0.9:1,192.0.2.7:5060')).toBe('anonymous at 192.0.2.7');
  expect(counted('PJSIP/anonymous', 'x', '1,[2001:db8:0:1::7]:5060')).toBe('anonymous at 8193:3512:0:1');
  expect(counted('PJSIP/carrier-1', '+41795551001', '1')).toBe('+41795551001 at carrier-1');
  expect(counted('PJSIP/1004', '1004')).toBeUndefined();
});

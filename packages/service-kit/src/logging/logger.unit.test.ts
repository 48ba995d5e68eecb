import { isCallId, traceIdOf } from '@earshot/contracts';
import { rootContextOf } from '@earshot/event-log';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from './logger.ts';

const callId = '01934567-89ab-7cde-8f01-23456789abcd';

const logged = (write: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] => {
  const lines: string[] = [];
  write(
    createLogger({ service: 'signaling', instance: 'one', into: { write: (line) => void lines.push(line) } }),
  );
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
};

beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());

test('a line that is written while a call is worked on carries the trace of the call', () => {
  expect(isCallId(callId)).toBe(true);
  const [within, without] = logged((logger) => {
    context.with(rootContextOf(callId), () => logger.info('Leg answered'));
    logger.info('Idle');
  });
  expect(within).toMatchObject({
    level: 'info',
    service: 'signaling',
    instance: 'one',
    msg: 'Leg answered',
    trace_id: traceIdOf(callId),
    span_id: '8f0123456789abcd',
  });
  expect(without).not.toHaveProperty('trace_id');
});

test('a line that names a call carries its trace, whatever is worked on when it is written', () => {
  const other = '01934567-89ab-7cde-8f01-23456789ffff';
  const [outside, within] = logged((logger) => {
    logger.warn({ callId }, 'The switch did not do a task');
    context.with(rootContextOf(other), () => logger.warn({ callId }, 'The switch did not do a task'));
  });
  for (const line of [outside, within]) {
    expect(line).toMatchObject({ trace_id: traceIdOf(callId) });
    expect(line).not.toHaveProperty('span_id');
  }
});

test('an error is logged with what it says', () => {
  const [line] = logged((logger) => logger.error({ error: new TypeError('no such thing') }, 'Oops'));
  expect(line).toMatchObject({ error: { type: 'TypeError', message: 'no such thing' } });
});

test('a number, a name or a key that something logs by mistake does not come out', () => {
  const lines = logged((logger) => {
    logger.info(
      {
        number: '+41795551001',
        leg: { from: '+41795551001', to: '1001' },
        event: { data: { key: '3', digits: '12', name: 'Olivia' } },
      },
      'Oops',
    );
    logger.child({ key: '3' }).info('Oops');
  });
  const text = JSON.stringify(lines);
  for (const personal of ['795551001', '1001"', '"3"', '"12"', 'Olivia'])
    expect(text).not.toContain(personal);
  expect(text).toContain('[removed]');
});

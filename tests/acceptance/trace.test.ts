import { readFile } from 'node:fs/promises';
import { traceIdOf, type CallId } from '@earshot/contracts';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from '@earshot/testkit/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoPeople } from '../../infra/local/demo-tenant.ts';
import { andApplied, benjamin, customer, lines, olivia, supervise, talkOnSupport } from './conversation.ts';
import { openStage, type Stage } from './stage.ts';

const services = ['signaling', 'supervision', 'recording-consent', 'reporting'] as const;

let receiver: OtlpReceiver;
let stage: Stage;
let callId: CallId;
let spans: readonly ReceivedSpan[];

const callOf = (span: ReceivedSpan): unknown => span.attributes['earshot.call_id'];

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  stage = await openStage({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, LOG_LEVEL: 'debug' });
  callId = await talkOnSupport(stage, { key: '3' });
  await supervise(stage, callId);
  await andApplied(stage, callId, () => stage.phone(benjamin).press('1'));
  await stage.phone(customer).hangUp();
  await stage.rowsOf(callId);
  // A service that stops sends what it has left.
  for (const name of services) await stage.system.services[name].stop();
  spans = receiver.spans();
});
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  await receiver?.[Symbol.asyncDispose]();
});

/** From a span up to the first of its trace, as `service name`. */
const upFrom = (span: ReceivedSpan): readonly string[] => {
  const parent = spans.find(
    ({ spanId, traceId }) => spanId === span.parentSpanId && traceId === span.traceId,
  );
  return [`${span.service}: ${span.name}`, ...(parent === undefined ? [] : upFrom(parent))];
};

describe('one trace per call', () => {
  it("holds every span of all four services about the call, and its id is the call's", () => {
    const about = spans.filter((span) => callOf(span) === callId);
    expect(new Set(about.map(({ service }) => service))).toEqual(new Set(services));
    expect(about.filter(({ traceId }) => traceId !== traceIdOf(callId))).toEqual([]);
    const within = spans.filter(({ traceId }) => traceId === traceIdOf(callId));
    expect(within.filter((span) => callOf(span) !== callId)).toEqual([]);
    expect(within.length).toBeGreaterThan(20);
  });

  it("leads from the supervisor's key over the decision and what was done on the switch to the row", () => {
    const changed = stage.log.of(callId).filter((event) => event.type === 'SupervisionModeChanged');
    expect(changed).toHaveLength(1);
    const topology = stage.log
      .of(callId)
      .find((event) => event.type === 'TopologyChanged' && event.sequence === changed[0]?.sequence);
    const applied = stage.log
      .of(callId)
      .find(
        (event) =>
          event.type === 'TopologyApplied' &&
          topology?.type === 'TopologyChanged' &&
          event.data.topologyId === topology.data.topologyId,
      );
    const row = spans.find(
      (span) =>
        span.name === 'project CALLS' &&
        span.traceId === traceIdOf(callId) &&
        span.attributes['earshot.cause_sequence'] === applied?.sequence,
    );
    expect(row).toBeDefined();
    expect(row && upFrom(row)).toEqual([
      'reporting: project CALLS',
      'signaling: decide topology-applied',
      'signaling: switch apply-topology',
      'supervision: decide key-pressed',
      'signaling: decide key-pressed',
    ]);
  });

  it("leads from the caller's key to the decision on it, and from there to its row", () => {
    const chosen = stage.log.of(callId).find(({ type }) => type === 'ConsentChosen');
    const row = spans.find(
      (span) =>
        span.name === 'project CALLS' &&
        span.traceId === traceIdOf(callId) &&
        span.attributes['earshot.cause_sequence'] === chosen?.sequence,
    );
    expect(row && upFrom(row)).toEqual([
      'reporting: project CALLS',
      'recording-consent: decide key-pressed',
      'signaling: decide key-pressed',
    ]);
  });

  it('has a parent for every span but the ones that something outside began', () => {
    const known = new Set(spans.map(({ spanId }) => spanId));
    const root = traceIdOf(callId).slice(16);
    const orphans = spans.filter(
      (span) =>
        span.traceId === traceIdOf(callId) &&
        span.parentSpanId !== root &&
        !known.has(span.parentSpanId ?? ''),
    );
    expect(orphans.map(({ service, name }) => `${service}: ${name}`)).toEqual([]);
  });
});

describe('what operations read', () => {
  const texts = [customer, customer.slice(1), ...Object.values(lines), ...Object.values(demoPeople)];
  const extensions = Object.keys(demoPeople);

  it('says no number, no name and no pressed key in a span', () => {
    const all = receiver.text();
    expect(texts.filter((text) => all.includes(text))).toEqual([]);
    const values = spans.flatMap(
      (span) =>
        [
          span.name,
          ...Object.values(span.attributes)
            .flat()
            .filter((value) => typeof value === 'string'),
        ] as string[],
    );
    const words = new Set(values.flatMap((value) => value.split(/[^\w*#+]+/)));
    expect([...extensions, '0', '1', '2', '3', `*90${olivia}`].filter((digits) => words.has(digits))).toEqual(
      [],
    );
  });

  it('finds the trace in every log line about the call, and no number and no name', async () => {
    const logs = await Promise.all(
      services.map(async (name) =>
        (await readFile(stage.system.services[name].logFile, 'utf8')).trim().split('\n'),
      ),
    );
    const all = logs.flat();
    const about = all
      .filter((line) => line.includes(callId))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(about.length).toBeGreaterThan(0);
    expect(about.filter((line) => line['trace_id'] !== traceIdOf(callId))).toEqual([]);
    expect(texts.filter((text) => all.some((line) => line.includes(text)))).toEqual([]);
    const words = (line: string): readonly string[] => {
      // A port, a process id or a span id may hold the same digits.
      const {
        time: _,
        pid: _pid,
        ms: _ms,
        url: _url,
        trace_id: _trace,
        span_id: _span,
        ...rest
      } = line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : { line };
      return JSON.stringify(rest).split(/[^\w*#+]+/);
    };
    expect(extensions.filter((extension) => all.some((line) => words(line).includes(extension)))).toEqual([]);
  });
});

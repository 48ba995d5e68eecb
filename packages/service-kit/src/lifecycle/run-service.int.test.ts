import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';

// Each test starts a process, and a failing export is tried for three seconds.
vi.setConfig({ testTimeout: 30_000 });

const program = fileURLToPath(new URL('sample-service.ts', import.meta.url));

/** A sample service in a process of its own; `output` and `errors` grow while it runs. */
const run = (env: Record<string, string> = {}, ...args: string[]) => {
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    errors += String(chunk);
  });
  const closed = once(child, 'close');
  return {
    said: async (text: string): Promise<string> => {
      while (!output.includes(text) && child.exitCode === null && child.signalCode === null)
        await new Promise((resolve) => setTimeout(resolve, 10));
      return output.split('\n').find((line) => line.includes(text)) ?? '';
    },
    signal: (signal: NodeJS.Signals) => child.kill(signal),
    ended: async () => {
      await closed;
      return { code: child.exitCode, output, errors };
    },
  };
};

test('a service says that it is ready in one line, answers there, and ends with 0 after SIGTERM', async () => {
  const service = run();
  const line = JSON.parse(await service.said('"ready":true')) as { service: string; url: string };
  expect(line).toMatchObject({ ready: true, service: 'sample' });
  expect((await fetch(`${line.url}/health/ready`)).status).toBe(200);
  service.signal('SIGTERM');
  const { code, output, errors } = await service.ended();
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  expect(output).toContain('Stopping: no new work is taken');
  expect(output).toContain('Sample closed');
  expect(output).toContain('"msg":"Stopped"');
});

test('a second signal ends a slow stop at once', async () => {
  const service = run({ BEHAVIOUR: 'slow-stop' });
  await service.said('"ready":true');
  service.signal('SIGINT');
  await service.said('Stopping: no new work');
  service.signal('SIGINT');
  expect((await service.ended()).code).toBe(130);
});

test('a stop that takes too long is given up, and says so', async () => {
  const service = run({ BEHAVIOUR: 'slow-stop', DRAIN_SECONDS: '1' });
  await service.said('"ready":true');
  service.signal('SIGTERM');
  const { code, output } = await service.ended();
  expect(code).toBe(1);
  expect(output).toContain('Stopping took longer than DRAIN_SECONDS (1)');
});

test('a signal while the service still starts stops it cleanly', async () => {
  const service = run({ BEHAVIOUR: 'slow-start' });
  await service.said('Sample starts');
  service.signal('SIGTERM');
  const { code, output } = await service.ended();
  expect(code).toBe(0);
  expect(output).not.toContain('"ready":true');
});

test('a start that hangs does not keep a process that was asked to stop', async () => {
  const service = run({ BEHAVIOUR: 'start-hangs', DRAIN_SECONDS: '1' });
  await service.said('Sample starts');
  service.signal('SIGTERM');
  expect((await service.ended()).code).toBe(1);
});

test('an API that nobody can use for want of a token, and telemetry that goes nowhere, are said in the log', async () => {
  const service = run({ HOST: '0.0.0.0', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
  const { url } = JSON.parse(await service.said('"ready":true')) as { url: string };
  await fetch(`${url}/nowhere`);
  expect(await service.said('Telemetry does not reach http://127.0.0.1:9')).toContain('"level":"warn"');
  service.signal('SIGTERM');
  const { code, output } = await service.ended();
  expect(code).toBe(0);
  expect(output).toContain(
    'Neither API_TOKEN nor OIDC_ISSUER is set: nobody gets in but with API tokens that were made before',
  );
});

test('a start that fails is one sentence and exit 1', async () => {
  const { code, output, errors } = await run({ BEHAVIOUR: 'start-fails' }).ended();
  expect({ code, errors, output }).toEqual({
    code: 1,
    errors: 'sample could not start: NATS does not answer at nats://127.0.0.1:4222.\n',
    output: '',
  });
});

test('an environment that is wrong is said line by line', async () => {
  const { code, errors } = await run({ PORT: 'abc', LOG_LEVEL: 'loud' }).ended();
  expect(code).toBe(1);
  expect(errors.split('\n')).toHaveLength(4);
  expect(errors).toContain('  PORT must be an integer from 0 to 65535, but is "abc"');
});

test.each([
  ['OTEL_BSP_SCHEDULE_DELAY', 'soon'],
  ['OTEL_METRIC_EXPORT_INTERVAL', '-1'],
  ['OTEL_TRACES_SAMPLER', 'some'],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
  ['OTEL_TRACES_EXPORTER', 'zipkin'],
  ['OTEL_METRICS_EXPORTER', 'prometheus'],
])('%s=%s is refused at the start in one line that names it', async (name, value) => {
  const { code, errors } = await run({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    [name]: value,
  }).ended();
  expect(code).toBe(1);
  expect(errors.trimEnd().split('\n')).toHaveLength(1);
  expect(errors).toContain(name);
  expect(errors).toContain(value);
});

test.each(['rejection', 'exception'])(
  'an unforeseen %s ends the process with one line that names it',
  async (behaviour) => {
    const { code, output } = await run({ BEHAVIOUR: behaviour }).ended();
    expect(code).toBe(1);
    const fatal = output.split('\n').filter((line) => line.includes('"level":"fatal"'));
    expect(fatal).toHaveLength(1);
    expect(fatal[0]).toContain('Nobody foresaw this');
  },
);

test('a service that cannot go on says why in one line, stops cleanly and exits with 1', async () => {
  const { code, output } = await run({ BEHAVIOUR: 'cannot-go-on' }).ended();
  expect(code).toBe(1);
  const fatal = output.split('\n').filter((line) => line.includes('"level":"fatal"'));
  expect(fatal).toHaveLength(1);
  expect(fatal[0]).toContain('The log is too new. Upgrade sample.');
  expect(output).toContain('Sample closed');
});

test('--help lists the variables and --version the version', async () => {
  const help = await run({}, '--help').ended();
  expect(help).toMatchObject({ code: 0, errors: '' });
  expect(help.output).toContain('NATS_URL');
  expect(help.output).toContain('BEHAVIOUR');
  expect((await run({}, '--version').ended()).output).toMatch(/^sample \d+\.\d+\.\d+\n$/);
  expect(await run({}, '--frobnicate').ended()).toMatchObject({
    code: 1,
    errors: 'sample knows --help and --version, but not --frobnicate.\n',
  });
});

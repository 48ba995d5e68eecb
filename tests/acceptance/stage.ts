import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallId, ExportedCall, ExportedLeg, SettingsKind, SettingsValue } from '@earshot/contracts';
import { until } from '@earshot/processes';
import { applySettings, withToken } from '../../infra/local/apply-settings.ts';
import { demoTenant } from '../../infra/local/demo-tenant.ts';
import { INCREMENTAL_PATH, startSystem, type System } from '../../infra/local/system.ts';
import { readLog, type LogReader } from '../telephony/log-reader.ts';
import { phoneOf, type Phone } from './phone.ts';

/** Generous: the machine may be busy, and nothing here is about speed. */
export const patienceMs = 60_000;

/** The whole system on the simulated switch, as `npm start` starts it, with the demo tenant. */
export interface Stage extends AsyncDisposable {
  readonly system: System;
  readonly log: LogReader;
  phone(number: string): Phone;
  put<K extends SettingsKind>(kind: K, id: string, value: SettingsValue<K>): Promise<void>;
  /** Puts every setting of the demo tenant back to what it was, and supervision on. */
  reset(): Promise<void>;
  /** The row of a call and those of its legs, once the call has ended; `null` when the export shows no such call. */
  rowsOf(
    callId: CallId,
  ): Promise<{ readonly call: ExportedCall; readonly legs: readonly ExportedLeg[] } | null>;
  /** Who hears whom now, as `listener<speaker`, sorted. */
  hearing(callId: CallId): Promise<readonly string[]>;
}

const page = async <T>(system: System, what: 'calls' | 'legs'): Promise<readonly T[]> => {
  const { url, email, token } = system.export;
  const answer = await fetch(`${url}${INCREMENTAL_PATH}/${what}?start_time=0`, {
    headers: { authorization: `Basic ${btoa(`${email}/token:${token}`)}` },
  });
  if (!answer.ok) throw new Error(`The export answered ${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as Record<string, readonly T[]>)[what] ?? [];
};

const projectedUpTo = ({ services, admin }: System, sequence: number): Promise<true> =>
  until(
    `The projection of message ${sequence}`,
    async () => {
      const answer = await fetch(`${services.reporting.url}/projection`, {
        headers: withToken(admin.token),
      });
      return ((await answer.json()) as { sequence: number }).sequence >= sequence || undefined;
    },
    { timeoutMs: patienceMs },
  );

const readingRows =
  (system: System, log: LogReader): Stage['rowsOf'] =>
  async (callId) => {
    const started = await log.until('CallStarted', { callId, limitMs: patienceMs });
    await log.until('CallEnded', { callId, limitMs: patienceMs });
    await until(
      'The end of every leg',
      async () => legsOf(log, callId).every((legId) => ended(log, callId).has(legId)) || undefined,
      { timeoutMs: patienceMs },
    );
    await projectedUpTo(system, log.of(callId).at(-1)?.sequence ?? 0);
    // The id in the export is the sequence of the first commit (docs/adr/0006).
    const call = (await page<ExportedCall>(system, 'calls')).find(({ id }) => id === started.sequence);
    if (call === undefined) return null;
    const legs = (await page<ExportedLeg>(system, 'legs')).filter((leg) => leg.call_id === call.id);
    return { call, legs };
  };

/** @param env for every service, for instance where spans go */
export const openStage = async (env: Readonly<Record<string, string>> = {}): Promise<Stage> => {
  await using opened = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'earshot-acceptance-'));
  await chmod(dataDir, 0o711);
  opened.defer(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }));
  const system = await startSystem(
    {
      dataDir,
      fresh: true,
      switch: 'simulated',
      ports: { sip: 0, api: 0, export: 0 },
      env: { EXPORT_TAIL_PAUSE_MS: '0', EXPORT_REQUESTS_PER_MINUTE: '0', ...env },
    },
    { step: (_, work) => work(() => {}) },
    opened,
  );
  const log = opened.use(await readLog(system.nats.url));
  const everything = opened.move();
  const urlOf = (owner: string): string => system.services[owner as keyof System['services']].url;

  const { token } = system.admin;
  return {
    system,
    log,
    phone: (number) => phoneOf(urlOf('signaling'), token, number),
    put: async (kind, id, value) => void (await applySettings([{ kind, id, value }], urlOf, token)),
    reset: async () =>
      void (await applySettings(
        [...demoTenant, { kind: 'supervision', id: 'tenant', value: { enabled: true } }],
        urlOf,
        token,
      )),
    rowsOf: readingRows(system, log),
    hearing: async (callId) => {
      const answer = await fetch(`${urlOf('signaling')}/simulated/hearing/${callId}`, {
        headers: withToken(token),
      });
      return ((await answer.json()) as { pairs: { listener: string; speaker: string }[] }).pairs
        .map(({ listener, speaker }) => `${listener}<${speaker}`)
        .toSorted();
    },
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
};

const legsOf = (log: LogReader, callId: CallId): readonly string[] =>
  log
    .of(callId)
    .flatMap((event) =>
      event.type === 'LegArrived' || event.type === 'LegOffered' ? [event.data.legId] : [],
    );
const ended = (log: LogReader, callId: CallId): ReadonlySet<string> =>
  new Set(log.of(callId).flatMap((event) => (event.type === 'LegEnded' ? [event.data.legId] : [])));

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '@earshot/processes';
import type { CallId, SettingsKind, SettingsValue } from '@earshot/contracts';
import { startPhone, type Phone } from '@earshot/testkit/phones';
import { applySettings } from '../../infra/local/apply-settings.ts';
import { INCREMENTAL_PATH, startSystem, type System } from '../../infra/local/system.ts';
import { readLog, type LogReader } from './log-reader.ts';

/** Pitch of each party in Hz; multiples of 50 can be told apart. */
export const tones = { customer: 500, agent: 900, supervisor: 1400 } as const;
export const allTones = Object.values(tones);

/** Everything as `npm run lab` starts it, with phones that play tones. */
export interface Stage extends AsyncDisposable {
  readonly system: System;
  readonly log: LogReader;
  /** Phone of an outside caller, reachable as `number` through the trunk too. */
  customer(number?: string): Promise<Phone>;
  /** Registered phone of an extension. It answers by itself after `answerAfterMs`, or on command. */
  extension(
    extension: string,
    options?: { readonly tone?: number; readonly answerAfterMs?: number },
  ): Promise<Phone>;
  put<K extends SettingsKind>(kind: K, id: string, value: SettingsValue<K>): Promise<void>;
  /** Rows of the export that fit, asked for until there are as many as expected. */
  rows<T>(what: 'calls' | 'legs', fits: (row: T) => boolean, atLeast?: number): Promise<readonly T[]>;
}

const pageOf = async <T>(system: System, what: 'calls' | 'legs'): Promise<readonly T[]> => {
  const { url, email, token } = system.export;
  const answer = await fetch(`${url}${INCREMENTAL_PATH}/${what}?start_time=0`, {
    headers: { authorization: `Basic ${btoa(`${email}/token:${token}`)}` },
  });
  if (!answer.ok) throw new Error(`The export answered ${answer.status}: ${await answer.text()}`);
  const body = (await answer.json()) as Record<string, readonly T[]>;
  return body[what] ?? [];
};

const rowsOf =
  (system: System): Stage['rows'] =>
  async (what, fits, atLeast = 1) => {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const found = (await pageOf<never>(system, what)).filter(fits);
      if (found.length >= atLeast) return found;
      await wait(100);
    }
    throw new Error(`The export did not show ${atLeast} of the ${what} asked for within 10 s.`);
  };

/** @param env of every service, besides what the lab sets */
export const openStage = async (env: Readonly<Record<string, string>> = {}): Promise<Stage> => {
  await using opened = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'earshot-telephony-'));
  opened.defer(() => rm(dataDir, { recursive: true, force: true }));
  const trunkPort = await freePort();
  const system = await startSystem(
    {
      dataDir,
      fresh: true,
      switch: 'asterisk',
      ports: { sip: 0, api: 0, export: 0 },
      env: { TRUNK: `127.0.0.1:${trunkPort}`, EXPORT_TAIL_PAUSE_MS: '0', ...env },
    },
    { step: (_, work) => work(() => {}) },
    opened,
  );
  const { asterisk } = system;
  if (!asterisk) throw new Error('The stage has no Asterisk.');
  const log = opened.use(await readLog(system.nats.url));
  const phones = opened.use(new AsyncDisposableStack());
  const common = { root: asterisk.root, switchPort: asterisk.sipPort };
  const everything = opened.move();

  const put: Stage['put'] = async (kind, id, value) => {
    await applySettings(
      [{ kind, id, value }],
      (owner) => system.services[owner as keyof System['services']].url,
      system.admin.token,
    );
  };

  return {
    system,
    log,
    put,
    customer: async (name = '+41795551001') =>
      phones.use(
        await startPhone({ ...common, name, tone: tones.customer, sipPort: trunkPort, answerAfterMs: 200 }),
      ),
    extension: async (extension, { tone = tones.agent, answerAfterMs } = {}) =>
      phones.use(
        await startPhone({
          ...common,
          name: extension,
          password: `demo-${extension}`,
          tone,
          ...(answerAfterMs === undefined ? {} : { answerAfterMs }),
        }),
      ),
    rows: rowsOf(system),
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
};

/** A call to the Support line up to the moment at which the customer and the agent hear each other. */
export const talk = async (
  stage: Stage,
  customer: Phone,
  options: { readonly number?: string; readonly duringConsentGreeting?: () => Promise<void> } = {},
): Promise<{ callId: CallId; connectedAt: number }> => {
  const since = stage.log.count;
  await customer.dial(options.number ?? '+41445550100');
  const { callId } = await stage.log.until('CallStarted', { since });
  if (options.duringConsentGreeting) {
    await stage.log.until('PromptStarted', {
      since,
      callId,
      fits: ({ data }) => data.promptId.endsWith('-p2'),
    });
    await options.duringConsentGreeting();
  }
  const applied = await stage.log.until('TopologyApplied', { since, callId, limitMs: 40_000 });
  return { callId, connectedAt: Date.parse(applied.occurredAt) };
};

export { wait };

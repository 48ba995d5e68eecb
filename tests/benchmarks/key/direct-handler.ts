/*
 * A process that does by hand what signaling and supervision do by the log: it rings three phones, connects two, and on the third one's
 * keys changes who hears it, with the same steps and the same adapter, straight from the event to the commands.
 */
import type { CallId, SupervisionMode } from '@earshot/contracts';
import { legIdOf, modeKeys } from '@earshot/contracts';
import { createLogger } from '@earshot/service-kit';
import { createAsteriskSwitch } from '../../../services/signaling/src/adapters/asterisk/asterisk-switch.ts';
import { initialState, type CallState, type Leg } from '../../../services/signaling/src/domain/call-state.ts';
import { createTopologyOnSwitch } from '../../../services/signaling/src/orders/topology-on-switch.ts';
import { topologyOf } from '../../../services/supervision/src/domain/topology.ts';

const {
  SWITCH_URL: url = '',
  SWITCH_USER: user = '',
  SWITCH_PASSWORD: password = '',
  BENCH_EXTENSIONS: extensions = '',
} = process.env;
const callId: CallId = '01900000-0000-7fff-8000-0000000000d1';
const theSwitch = createAsteriskSwitch({
  url,
  user,
  password,
  app: 'direct',
  greetingsFolder: '',
  isExtension: () => true,
});
let makings = 0;
const topology = createTopologyOnSwitch(
  theSwitch,
  createLogger({ service: 'direct-handler', instance: 'direct-handler-1', level: 'warn' }),
  (role) => `${role}.${(makings += 1)}`,
  () => performance.now(),
  () => true,
);

const parties = ['customer', 'agent', 'supervisor'] as const;
const legs = extensions.split(',').map((extension, place): Leg => {
  const legId = legIdOf(callId, place + 1);
  return {
    legId,
    handle: legId,
    party: parties[place] ?? 'supervisor',
    origin: 'offered',
    agent: { extension, exportId: Number(extension) },
    number: null,
    ringForMs: 20_000,
    state: 'answered',
    endReason: null,
    endedAt: null,
    modeKeyAt: null,
  };
});
const [customer, agent, supervisor] = legs.map(({ legId }) => legId);
if (customer === undefined || agent === undefined || supervisor === undefined)
  throw new Error('BENCH_EXTENSIONS must name three extensions.');
const state: CallState = { ...initialState(), callId, legs };

const change = async (mode: SupervisionMode): Promise<void> => {
  const parties = [customer, agent].map((legId) => ({ legId, as: 'talking' as const }));
  const pairs = topologyOf(parties, [{ legId: supervisor, supervisedLegId: agent, mode }], 'barging');
  const outcome = await topology.apply(callId, () => ({
    state,
    wanted: { topologyId: mode, pairs, muted: [], isPartial: false },
  }));
  if (outcome && outcome.outcome !== 'done')
    console.error(`The change to ${mode} was ${outcome.outcome}: ${outcome.reason}`);
};

const answered = new Set<string>();
const allAnswered = Promise.withResolvers<void>();
await theSwitch.start((report) => {
  if (report.type === 'leg-answered') {
    answered.add(report.handle);
    if (answered.size === legs.length) allAnswered.resolve();
  }
  const mode =
    report.type === 'key-pressed' && report.handle === supervisor ? modeKeys[report.key] : undefined;
  if (mode) void change(mode);
});
for (const { handle, agent: of } of legs) {
  await theSwitch.perform({
    op: 'ring',
    leg: handle,
    to: { kind: 'extension', extension: of?.extension ?? '' },
    callerNumber: 'anonymous',
    ringForMs: 20_000,
  });
}
await allAnswered.promise;
await change('spy');
process.on('SIGTERM', () => {
  void (async () => {
    for (const { handle } of legs) await theSwitch.perform({ op: 'hang-up', leg: handle });
    await theSwitch[Symbol.asyncDispose]();
    process.exit(0);
  })();
});
console.log(JSON.stringify({ ready: true, url: '' }));

import {
  LogUnavailableError,
  runDecisions,
  type AppendFate,
  type OpenMemoryStore,
  type Schedule,
  type Step,
} from '@earshot/event-log';
import { createLogger } from '@earshot/service-kit';
import type { VirtualClock } from '../../services/signaling/src/adapters/simulated/clock.ts';
import type { Switch } from '../../services/signaling/src/domain/switch.ts';
import type { RecordingStore } from '../../services/signaling/src/orders/recording-store.ts';
import { startSignaling, type Signaling } from '../../services/signaling/src/service.ts';
import type { Term } from '../../services/signaling/src/takeover/term.ts';
import type { CallId } from '@earshot/contracts';
import type { Input } from '../../services/supervision/src/domain/input.ts';
import {
  superviseCalls,
  type Supervising,
  type SupervisingOptions,
} from '../../services/supervision/src/supervise-calls.ts';
import { inputsOf as consentInputs } from '../../services/recording-consent/src/domain/input.ts';
import { recordingConsentDecider } from '../../services/recording-consent/src/domain/recording-consent.ts';
import type { Connections } from './switch-connections.ts';
import { newGate, turn, type Gate } from './turn.ts';
import { timingOn } from './world-timing.ts';

export type ServiceName = 'signaling' | 'supervision' | 'recording-consent';
export const serviceNames: readonly ServiceName[] = ['signaling', 'supervision', 'recording-consent'];

/** What a process lives in. */
export interface Surroundings {
  readonly store: OpenMemoryStore;
  readonly clock: VirtualClock;
  readonly connections: Connections;
  readonly recordings: RecordingStore;
  /** Whether something goes wrong now; never once all is calm. */
  readonly happens: (probability: number) => boolean;
}

/** A process of a service, and what can happen to it between any two steps. */
export interface FaultyProcess {
  readonly service: ServiceName;
  readonly owner: string;
  isAlive(): boolean;
  /** The term of signaling under way, if this is signaling and it is the master. */
  term(): Term | undefined;
  kill(): void;
  /** It ends in good order, as at an update. */
  end(): Promise<void>;
  /** The log does not answer it from now on; `cutOff`: nor are its leases renewed. */
  loseLog(cutOff: boolean): void;
  findLog(): void;
  /** It stands still: what comes to it, and its own time, waits. `cutOff`: so long that its leases are not renewed. */
  freeze(cutOff: boolean): void;
  /** It goes on: all that waited comes at once, in order; then it learns whether its leases are still its own. */
  thaw(): Promise<void>;
  /** A command by API comes to it; undefined: it is no supervision, or not ready to take one. */
  command(callId: CallId, input: Input, id: string): Promise<unknown> | undefined;
  /** What others write reaches it no more for a while, though it can write. */
  fallBehind(): void;
  catchUp(): void;
}

const logger = createLogger({ service: 'faults', instance: 'faults', level: 'silent' });

type Running = AsyncDisposable | Supervising | undefined;

const run = async (service: ServiceName, given: Required<SupervisingOptions>): Promise<Running> => {
  if (service === 'supervision') return superviseCalls(given);
  const { log, coordination, settings, timing, owner } = given;
  const settingOf = (lineId: string) => {
    const policy = settings.get('recording-policies', lineId);
    return policy ? { setting: policy.value.setting, version: policy.version } : null;
  };
  return runDecisions({
    log,
    coordination,
    timing,
    owner,
    alarm: () => {},
    service: {
      writer: 'recording-consent',
      decider: recordingConsentDecider,
      inputsOf: (event) => consentInputs(event, settingOf),
    },
  });
};

/** The term of a process of signaling that goes on now. */
const followTerms = (signaling: Signaling, isAlive: () => boolean): (() => Term | undefined) => {
  let current: Term | undefined;
  const follow = async (): Promise<void> => {
    while (isAlive()) {
      current = await signaling.term();
      await current.over;
      current = undefined;
      await turn();
    }
  };
  void follow();
  return () => current;
};

const away = 'The memory log was told to be away';

/** A log that is slow, gives conflicts, and does not always answer. */
const faultyLog = (
  happens: Surroundings['happens'],
  { deliveries, awake }: Readonly<Record<'deliveries' | 'awake', Gate>>,
  hasLog: () => boolean,
): Schedule => {
  const whenAwake = async (what: Step): Promise<void> => {
    if (what === 'deliver') await deliveries.passed();
    await awake.passed();
    if (!hasLog() && what !== 'deliver' && what !== 'answer') throw new LogUnavailableError(away);
  };
  const slowly = async (what: Step): Promise<void> => {
    do await turn();
    while (happens(0.3));
    // A commit that was sent is stored.
    if (!awake.isOpen() && what !== 'append') await awake.passed();
  };
  return {
    step: (what) => {
      if (!awake.isOpen()) return whenAwake(what);
      if (what === 'deliver' && !deliveries.isOpen()) return deliveries.passed();
      if (!hasLog() && what !== 'deliver' && what !== 'answer') throw new LogUnavailableError(away);
      return happens(0.3) ? slowly(what) : undefined;
    },
    fateOf: (): AppendFate => {
      if (!hasLog()) return 'unavailable';
      if (happens(0.04)) return 'conflict';
      if (happens(0.03)) return 'unavailable';
      return happens(0.03) ? 'stored_unanswered' : 'stored';
    },
    deliveries: () => (happens(0.05) ? 2 : 1),
  };
};

type Ways = Pick<FaultyProcess, 'loseLog' | 'findLog' | 'freeze' | 'thaw' | 'fallBehind' | 'catchUp'>;

/** A process's ways to the log and back, and its own time, any of which may stop for a while. */
const createWays = ({ store, happens }: Pick<Surroundings, 'store' | 'happens'>) => {
  const [deliveries, awake] = [newGate(), newGate()];
  let hasLog = true;
  let isCutOff = false;
  const memory = store.connect(faultyLog(happens, { deliveries, awake }, () => hasLog));
  const cutOff = (): void => {
    isCutOff = true;
    memory.cutOff();
  };
  const connectAgain = (): void => {
    isCutOff = false;
    memory.connectAgain();
  };
  const ways: Ways = {
    loseLog: (withLeases) => {
      hasLog = false;
      deliveries.close();
      if (withLeases) cutOff();
    },
    findLog: () => {
      hasLog = true;
      deliveries.open();
      if (awake.isOpen()) connectAgain();
    },
    freeze: (withLeases) => {
      awake.close();
      if (withLeases) cutOff();
    },
    thaw: async () => {
      awake.open();
      do await turn();
      while (happens(0.5));
      if (isCutOff && hasLog && awake.isOpen()) connectAgain();
    },
    fallBehind: deliveries.close,
    catchUp: deliveries.open,
  };
  return { memory, awake, ways, hasLog: (): boolean => awake.isOpen() && hasLog && deliveries.isOpen() };
};

export const startProcess = (
  service: ServiceName,
  owner: string,
  { store, clock, connections, recordings, happens }: Surroundings,
): FaultyProcess => {
  const { memory, awake, ways, hasLog } = createWays({ store, happens });
  let alive = true;
  let term: () => Term | undefined = () => undefined;
  const { log, coordination } = memory;
  const isAlive = (): boolean => alive;
  const timing = timingOn(clock, isAlive, awake.whenOpen);
  const now = (): string => new Date(clock.now()).toISOString();

  const begin = async (): Promise<Running> => {
    const settings = await memory.settings.view();
    const given = { log, coordination, settings, timing, owner, logger, now };
    if (service !== 'signaling') return run(service, given);
    const isReady = (): boolean => awake.isOpen() && term() !== undefined;
    const operator = { owner, isAlive, isReady, hasLog, awake };
    const openSwitch = (): Switch => connections.open(operator);
    const signaling = startSignaling({ ...given, recordings, uptimeMs: clock.now, openSwitch });
    term = followTerms(signaling, isAlive);
    return signaling;
  };
  const started = begin();
  let running: Running;
  void started.then((begun) => (running = begun));

  return {
    ...ways,
    service,
    owner,
    isAlive,
    term: () => (alive ? term() : undefined),
    command: (callId, input, id) =>
      alive && running && 'permissions' in running
        ? running.decide(callId, input, { source: 'API', id })
        : undefined,
    kill: () => {
      alive = false;
      memory.kill();
    },
    end: async () => {
      if (!awake.isOpen()) await awake.passed();
      await (await started)?.[Symbol.asyncDispose]();
      alive = false;
      memory.kill();
    },
    thaw: async () => {
      if (alive) await ways.thaw();
    },
  };
};

import type { SwitchOperation } from '../../services/signaling/src/domain/switch.ts';
import { tenantSetting } from '../../services/supervision/src/permissions-in-force.ts';
import { agents, customers, lineIds, lines, type Act } from './acts.ts';
import { changeByApi, joinByApi } from './by-api.ts';
import { serviceNames, type FaultyProcess, type ServiceName } from './faulty-process.ts';
import type { FaultyWorld } from './faulty-world.ts';
import { putSetting, ringGroupsMarking, supervisors, type PutSetting } from './tenant.ts';
import { turn } from './turn.ts';

const at = <T>(of: readonly T[], n: number): T => of[n % of.length] as T;

/** The process that matters: the master of the switch, or the one that came first. */
const mainProcess = (world: FaultyWorld, name: ServiceName): FaultyProcess | undefined => {
  const all = world.processesOf(name);
  return all.find((process) => process.term()) ?? all[0];
};

/** Leases of the dead run out after three seconds. */
const leaseMs = 3_000;
const mostProcesses = 3;

const relieve = (
  world: FaultyWorld,
  { service: name, how, isAhead }: Extract<Act, { act: 'is-relieved' }>,
): void => {
  const before = mainProcess(world, name);
  if (isAhead) world.start(name);
  if (how === 'ended') void before?.end();
  else before?.kill();
  if (!isAhead) world.start(name);
  world.clock.after(leaseMs, () => world.store.store.expireLeases());
};

const loseLog = (
  world: FaultyWorld,
  { from, ms: forMs, cutOff }: Extract<Act, { act: 'log-is-away' }>,
): void => {
  const away =
    from === 'all' ? serviceNames.flatMap((name) => world.processesOf(name)) : [mainProcess(world, from)];
  for (const process of away) process?.loseLog(cutOff);
  if (cutOff && forMs >= leaseMs) world.clock.after(leaseMs, () => world.store.store.expireLeases());
  world.clock.after(forMs, () => {
    for (const process of away) process?.findLog();
  });
};

const freeze = (
  world: FaultyWorld,
  { service: name, ms: forMs, isRelieved }: Extract<Act, { act: 'freezes' }>,
): void => {
  const process = mainProcess(world, name);
  if (isRelieved && world.processesOf(name).length < mostProcesses) world.start(name);
  process?.freeze(forMs >= leaseMs);
  if (forMs >= leaseMs) world.clock.after(leaseMs, () => world.store.store.expireLeases());
  world.clock.after(forMs, () => void process?.thaw());
};

/** What the switch refuses three times over may cost a supervisor the leg, so that it refuses no more than twice in a row. */
const mostRefusals = 2;
/** For how long one that happened counts as one of those in a row, in ms. */
const soonMs = 1_000;

const failOnce = (
  world: FaultyWorld,
  { op, how, ms: afterMs }: Extract<Act, { act: 'operation-fails' }>,
): void => {
  if (how === 'refused' && world.refusals.size >= mostRefusals) return;
  const planned = Symbol(op);
  if (how === 'refused') world.refusals.add(planned);
  const fits = (operation: SwitchOperation): boolean => {
    if (operation.op !== op) return false;
    world.clock.after(soonMs, () => void world.refusals.delete(planned));
    return true;
  };
  world.theSwitch.faults.next(
    fits,
    how === 'refused'
      ? { outcome: 'refused', reason: 'the switch was told to refuse' }
      : { outcome: 'unknown', reason: 'the switch was told to be late', happens: { afterMs } },
  );
};

const goWrong = async (world: FaultyWorld, wrong: Act): Promise<void> => {
  const { theSwitch, clock } = world;
  switch (wrong.act) {
    case 'dies': {
      const before = mainProcess(world, wrong.service);
      before?.kill();
      await world.run(1);
      world.start(wrong.service, before?.owner);
      break;
    }
    case 'is-relieved':
      relieve(world, wrong);
      break;
    case 'is-joined':
      if (world.processesOf(wrong.service).length < mostProcesses) world.start(wrong.service);
      break;
    case 'log-is-away':
      loseLog(world, wrong);
      break;
    case 'freezes':
      freeze(world, wrong);
      break;
    case 'falls-behind': {
      const process = mainProcess(world, wrong.service);
      process?.fallBehind();
      clock.after(wrong.ms, () => process?.catchUp());
      break;
    }
    case 'switch-is-lost':
      if (!theSwitch.isConnected()) break;
      theSwitch.loseConnection();
      clock.after(wrong.ms, () => theSwitch.reconnect());
      break;
    case 'snapshots':
      theSwitch.faults.snapshots(
        wrong.are === 'slow' ? { tellsAfterMs: wrong.ms } : { fails: 'the switch was told not to answer' },
      );
      clock.after(wrong.ms * 2, () => theSwitch.faults.snapshots(undefined));
      break;
    case 'operation-fails':
      failOnce(world, wrong);
      break;
    default:
      break;
  }
};

const phoneOf = (world: FaultyWorld, number: string) =>
  number.startsWith('+') ? world.theSwitch.phones.outside(number) : world.theSwitch.phones.extension(number);

const tenantRulesOf = ({
  on: enabled,
  maxPerCall,
  hearEachOther,
}: Extract<Act, { act: 'supervision-is' }>): object => ({
  enabled,
  ...(maxPerCall && { maxPerCall }),
  ...(hearEachOther && { hearEachOther }),
});

/** What an administrator puts at this act. */
const settingsOf = (what: Act): readonly PutSetting[] => {
  switch (what.act) {
    case 'marks-supervisors':
      return ringGroupsMarking(what.who, what.modes);
    case 'supervision-is':
      return [{ kind: 'supervision', id: tenantSetting, value: tenantRulesOf(what) }];
    case 'recording-is':
      return [{ kind: 'recording-policies', id: at(lineIds, what.line), value: { setting: what.setting } }];
    default:
      return [];
  }
};

/** Carries an act out; a phone that is not in the position to do what it shall does nothing. */
export const carryOut = async (world: FaultyWorld, what: Act): Promise<void> => {
  for (const setting of settingsOf(what)) await putSetting(world.store, setting);
  try {
    switch (what.act) {
      case 'calls':
        phoneOf(world, at(customers, what.caller)).dial(at(lines, what.line));
        break;
      case 'agent-calls':
        phoneOf(world, at(agents, what.who)).dial(at(customers, what.caller));
        break;
      case 'customer-presses':
        world.phones.press(phoneOf(world, at(customers, what.caller)), what.key);
        break;
      case 'supervises':
        phoneOf(world, at(supervisors, what.who)).dial(`${what.code}${at(agents, what.whom)}`);
        break;
      case 'supervisor-presses':
        world.phones.press(phoneOf(world, at(supervisors, what.who)), what.key);
        break;
      case 'joins-by-api':
        joinByApi(world, at(supervisors, what.who), at(agents, what.whom), what.mode);
        break;
      case 'changes-by-api':
        changeByApi(world, at(supervisors, what.who), what.mode);
        break;
      case 'hangs-up':
        world.phones.hangUp(phoneOf(world, what.who));
        break;
      case 'agent-rings':
        phoneOf(world, at(agents, what.who)).script =
          what.does === 'answer' ? { does: 'answer', afterMs: 300 } : { does: what.does };
        break;
      case 'time-passes':
        await world.pass(what.ms);
        break;
      default:
        await goWrong(world, what);
    }
  } catch {
    await turn();
  }
};

import type { Outcome, SwitchOperation } from '../../domain/switch.ts';
import type { PhoneExchange } from './phones.ts';
import { endPromptsOf, play, stopPrompt } from './prompts.ts';
import { finishRecorder, startRecorder } from './recorders.ts';
import type { SimulatedLeg, World } from './world.ts';

const done: Outcome = { outcome: 'done' };
const refused = (reason: string): Outcome => ({ outcome: 'refused', reason });

export interface Surroundings {
  readonly phones: PhoneExchange;
  readonly promptDurationMs: (text: string) => number;
}

const onAnswered = (world: World, handle: string, run: (leg: SimulatedLeg) => Outcome): Outcome => {
  const leg = world.legs.get(handle);
  if (!leg) return refused('no such leg');
  return leg.state === 'answered' ? run(leg) : refused('the leg is not answered');
};

const place = (
  world: World,
  { participant, bridge, keys }: Extract<SwitchOperation, { op: 'place' }>,
): Outcome => {
  const target = world.bridges.get(bridge);
  if (!target) return refused('no such bridge');
  if (!world.snoops.has(participant)) {
    const seated = onAnswered(world, participant, (leg) => {
      leg.music = false;
      endPromptsOf(world, participant);
      return done;
    });
    if (seated.outcome !== 'done') return seated;
  }
  const before = target.has(participant) ? undefined : world.unseat(participant);
  target.set(participant, keys);
  world.changed(before, bridge, ...whereSnoopedOn(world, participant));
  return done;
};

/** The bridge of the leg that a snoop stands in for; its hearing changes with the snoop's place. */
const whereSnoopedOn = (world: World, participant: string): (string | undefined)[] => {
  const snoop = world.snoops.get(participant);
  return snoop ? [world.bridgeOf(snoop.on)] : [];
};

const setMuted = (world: World, handle: string, muted: boolean): Outcome => {
  const leg = world.legs.get(handle);
  if (!leg) return refused('no such leg');
  leg.muted = muted;
  world.changed(
    world.bridgeOf(leg.handle),
    ...[...world.snoops.values()].map(({ id }) => world.bridgeOf(id)),
  );
  return done;
};

type Operating<Op extends SwitchOperation['op']> = (
  world: World,
  operation: Extract<SwitchOperation, { op: Op }>,
  surroundings: Surroundings,
) => Outcome;

const operations: { readonly [Op in SwitchOperation['op']]: Operating<Op> } = {
  answer: (world, { leg: handle }) => {
    const leg = world.legs.get(handle);
    if (!leg) return refused('no such leg');
    if (leg.state === 'ringing') return refused('the leg is rung by us; only its phone can answer');
    if (leg.state === 'answered') return done;
    leg.state = 'answered';
    leg.ringsBack = false;
    world.report({ type: 'leg-answered', handle });
    return done;
  },
  'ring-back': (world, operation) => {
    const leg = world.legs.get(operation.leg);
    if (!leg || leg.state === 'ringing') return refused(leg ? 'the leg is rung by us' : 'no such leg');
    leg.ringsBack = leg.state === 'arrived';
    return done;
  },
  ring: (world, { leg, to, ringForMs }, { phones }) => {
    if (world.goneLegs.has(leg)) return refused('the leg was there and is gone');
    if (!world.legs.has(leg)) phones.ring(leg, to, ringForMs);
    return done;
  },
  'hang-up': (world, { leg }) => {
    if (!world.legs.has(leg)) return world.goneLegs.has(leg) ? done : refused('no such leg');
    world.legGone(leg, 'hung_up');
    return done;
  },
  play: (world, { promptId, leg: handle, text }, { promptDurationMs }) =>
    onAnswered(world, handle, (leg) => {
      if (world.prompts.has(promptId) || world.endedPrompts.has(promptId)) return done;
      if (world.bridgeOf(handle) !== undefined) return refused('the leg is in a bridge');
      leg.music = false;
      play(world, promptId, handle, promptDurationMs(text));
      return done;
    }),
  'stop-prompt': (world, { promptId }) => {
    if (!world.prompts.has(promptId))
      return world.endedPrompts.has(promptId) ? done : refused('no such prompt');
    stopPrompt(world, promptId);
    return done;
  },
  'start-waiting-music': (world, operation) =>
    onAnswered(world, operation.leg, (leg) => {
      leg.music = true;
      return done;
    }),
  'stop-waiting-music': (world, operation) => {
    const leg = world.legs.get(operation.leg);
    if (leg) leg.music = false;
    return done;
  },
  'make-bridge': (world, { bridge }) => {
    if (world.overIds.has(bridge)) return refused('a bridge of that id was there and is over');
    if (!world.bridges.has(bridge)) world.bridges.set(bridge, new Map());
    return done;
  },
  place,
  'take-out': (world, { participant, bridge }) => {
    const snoopedOn = whereSnoopedOn(world, participant);
    if (world.bridges.get(bridge)?.delete(participant)) world.changed(bridge, ...snoopedOn);
    return done;
  },
  mute: (world, { leg }) => setMuted(world, leg, true),
  unmute: (world, { leg }) => setMuted(world, leg, false),
  'remember-key': (world, { leg: handle, key, at }) => {
    const leg = world.legs.get(handle);
    if (!leg) return refused('no such leg');
    leg.remembered = { handle, key, at };
    return done;
  },
  'make-snoop': (world, { snoop: id, on, speaksTo }) => {
    if (world.overIds.has(id)) return refused('a snoop of that id was there and is over');
    const known = world.snoops.get(id);
    if (known) {
      const isSame = known.on === on && known.speaksTo === speaksTo;
      return isSame ? done : refused('a snoop of that name does something else');
    }
    return onAnswered(world, on, () => {
      world.snoops.set(id, { id, on, speaksTo });
      return done;
    });
  },
  'drop-snoop': (world, { snoop }) => {
    world.dropSnoop(snoop);
    return done;
  },
  'drop-bridge': (world, { bridge }) => {
    world.dropBridge(bridge);
    return done;
  },
  'start-recorder': (world, { recordingId, bridge }) => {
    const known = world.recorders.get(recordingId);
    if (known) return known.durationMs === null ? done : refused('this recording exists already');
    if (!world.bridges.has(bridge)) return refused('no such bridge');
    startRecorder(world, recordingId, bridge);
    return done;
  },
  'stop-recorder': (world, { recordingId }) => {
    const recorder = world.recorders.get(recordingId);
    if (!recorder) return refused('no such recording');
    finishRecorder(world, recorder);
    return done;
  },
  'discard-recording': (world, { recordingId }) => {
    const recorder = world.recorders.get(recordingId);
    if (recorder?.durationMs === null) return refused('the recorder runs');
    if (recorder) recorder.isDiscarded = true;
    return done;
  },
};

/** Does one operation, at once; what an operation that finds things so already answers is told at `SwitchOperation`. */
export const carryOut = <Op extends SwitchOperation['op']>(
  world: World,
  surroundings: Surroundings,
  operation: Extract<SwitchOperation, { op: Op }>,
): Outcome => (operations[operation.op] as Operating<Op>)(world, operation, surroundings);

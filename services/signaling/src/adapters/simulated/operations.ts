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

/** Does one operation, at once; what an operation that finds things so already answers is told at `SwitchOperation`. */
export const carryOut = (
  world: World,
  { phones, promptDurationMs }: Surroundings,
  operation: SwitchOperation,
): Outcome => {
  switch (operation.op) {
    case 'answer': {
      const leg = world.legs.get(operation.leg);
      if (!leg) return refused('no such leg');
      if (leg.state === 'ringing') return refused('the leg is rung by us; only its phone can answer');
      if (leg.state === 'answered') return done;
      leg.state = 'answered';
      leg.ringsBack = false;
      world.report({ type: 'leg-answered', handle: leg.handle });
      return done;
    }
    case 'ring-back': {
      const leg = world.legs.get(operation.leg);
      if (!leg || leg.state === 'ringing') return refused(leg ? 'the leg is rung by us' : 'no such leg');
      leg.ringsBack = leg.state === 'arrived';
      return done;
    }
    case 'ring':
      if (world.goneLegs.has(operation.leg)) return refused('the leg was there and is gone');
      if (!world.legs.has(operation.leg)) phones.ring(operation.leg, operation.to, operation.ringForMs);
      return done;
    case 'hang-up':
      if (!world.legs.has(operation.leg))
        return world.goneLegs.has(operation.leg) ? done : refused('no such leg');
      world.legGone(operation.leg, 'hung_up');
      return done;
    case 'play':
      return onAnswered(world, operation.leg, (leg) => {
        if (world.prompts.has(operation.promptId) || world.endedPrompts.has(operation.promptId)) return done;
        if (world.bridgeOf(operation.leg) !== undefined) return refused('the leg is in a bridge');
        leg.music = false;
        play(world, operation.promptId, operation.leg, promptDurationMs(operation.text));
        return done;
      });
    case 'stop-prompt':
      if (!world.prompts.has(operation.promptId))
        return world.endedPrompts.has(operation.promptId) ? done : refused('no such prompt');
      stopPrompt(world, operation.promptId);
      return done;
    case 'start-waiting-music':
      return onAnswered(world, operation.leg, (leg) => {
        leg.music = true;
        return done;
      });
    case 'stop-waiting-music': {
      const leg = world.legs.get(operation.leg);
      if (leg) leg.music = false;
      return done;
    }
    case 'make-bridge':
      if (world.overIds.has(operation.bridge)) return refused('a bridge of that id was there and is over');
      if (!world.bridges.has(operation.bridge)) world.bridges.set(operation.bridge, new Map());
      return done;
    case 'place':
      return place(world, operation);
    case 'take-out': {
      const snoopedOn = whereSnoopedOn(world, operation.participant);
      if (world.bridges.get(operation.bridge)?.delete(operation.participant))
        world.changed(operation.bridge, ...snoopedOn);
      return done;
    }
    case 'mute':
    case 'unmute': {
      const leg = world.legs.get(operation.leg);
      if (!leg) return refused('no such leg');
      leg.muted = operation.op === 'mute';
      world.changed(
        world.bridgeOf(leg.handle),
        ...[...world.snoops.values()].map(({ id }) => world.bridgeOf(id)),
      );
      return done;
    }
    case 'make-snoop': {
      const { snoop: id, on, speaksTo } = operation;
      if (world.overIds.has(id)) return refused('a snoop of that id was there and is over');
      const known = world.snoops.get(id);
      if (known)
        return known.on === on && known.speaksTo === speaksTo
          ? done
          : refused('a snoop of that name does something else');
      return onAnswered(world, on, () => {
        world.snoops.set(id, { id, on, speaksTo });
        return done;
      });
    }
    case 'drop-snoop':
      world.dropSnoop(operation.snoop);
      return done;
    case 'drop-bridge':
      world.dropBridge(operation.bridge);
      return done;
    case 'start-recorder': {
      const known = world.recorders.get(operation.recordingId);
      if (known) return known.durationMs === null ? done : refused('this recording exists already');
      if (!world.bridges.has(operation.bridge)) return refused('no such bridge');
      startRecorder(world, operation.recordingId, operation.bridge);
      return done;
    }
    case 'stop-recorder': {
      const recorder = world.recorders.get(operation.recordingId);
      if (!recorder) return refused('no such recording');
      finishRecorder(world, recorder);
      return done;
    }
    case 'discard-recording': {
      const recorder = world.recorders.get(operation.recordingId);
      if (recorder?.durationMs === null) return refused('the recorder runs');
      if (recorder) recorder.isDiscarded = true;
      return done;
    }
  }
};

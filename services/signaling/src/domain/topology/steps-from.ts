import type { Handle, SwitchOperation } from '../switch.ts';
import { applied, bridgeHolding, snoopCalled, type BridgeLayout, type Layout } from './layout.ts';
import { pairsHeard } from './pairs-heard.ts';

const isPrivate = (layout: Layout, bridge: BridgeLayout | undefined): boolean =>
  bridge !== undefined && bridge.participants.some((id) => snoopCalled(layout, id) !== undefined);

const legsOf = (layout: Layout): Handle[] =>
  layout.bridges.flatMap(({ participants }) => participants.filter((id) => !snoopCalled(layout, id)));

const listenersOf = (layout: Layout, speaker: Handle): Set<Handle> =>
  new Set(
    pairsHeard(layout)
      .filter((pair) => pair.speaker === speaker)
      .map(({ listener }) => listener),
  );

/** The same bridge with the same snoops in it, so that the leg hears and is heard as it shall without moving. */
const sitsAsWanted = (is: Layout, shall: Layout, leg: Handle): boolean => {
  const [seat, wanted] = [bridgeHolding(is, leg), bridgeHolding(shall, leg)];
  if (seat?.id !== wanted?.id) return false;
  if (!seat || !wanted || !isPrivate(shall, wanted)) return true;
  const snoops = (layout: Layout, bridge: BridgeLayout) =>
    bridge.participants
      .flatMap((id) => snoopCalled(layout, id) ?? [])
      .map(({ id, on, speaksTo }) => JSON.stringify([id, on, speaksTo]))
      .toSorted()
      .join();
  return snoops(is, seat) === snoops(shall, wanted);
};

/** What a bridge needs before its leg comes: itself, and its snoops in it. */
const preparing = (now: Layout, shall: Layout, bridge: BridgeLayout): readonly SwitchOperation[] => {
  const there = now.bridges.find(({ id }) => id === bridge.id);
  const make: SwitchOperation[] = there ? [] : [{ op: 'make-bridge', bridge: bridge.id }];
  const snoops = bridge.participants
    .flatMap((id) => snoopCalled(shall, id) ?? [])
    .flatMap((wanted): SwitchOperation[] => {
      const { id, on, speaksTo } = wanted;
      const known = snoopCalled(now, id);
      const isSame = known?.on === on && known.speaksTo === speaksTo;
      const drop: SwitchOperation[] = known && !isSame ? [{ op: 'drop-snoop', snoop: id }] : [];
      const makeSnoop: SwitchOperation[] = isSame ? [] : [{ op: 'make-snoop', snoop: id, on, speaksTo }];
      const isIn = isSame && there?.participants.includes(id) === true;
      const place: SwitchOperation[] = isIn
        ? []
        : [{ op: 'place', participant: id, bridge: bridge.id, keys: 'absorbed' }];
      return [...drop, ...makeSnoop, ...place];
    });
  return [...make, ...snoops];
};

/** Steps taken so far, and the layout after them. */
const createPlan = (is: Layout, shall: Layout) => {
  const steps: SwitchOperation[] = [];
  let now = is;
  const step = (...operations: readonly SwitchOperation[]): void => {
    for (const operation of operations) {
      now = applied(now, operation);
      steps.push(operation);
    }
  };
  return {
    steps: (): readonly SwitchOperation[] => steps,
    now: (): Layout => now,
    step,
    takeOut: (participant: string): void => {
      const bridge = bridgeHolding(now, participant);
      if (bridge) step({ op: 'take-out', participant, bridge: bridge.id });
    },
    seat: (participant: Handle): void => {
      const bridge = bridgeHolding(shall, participant);
      if (!bridge) return;
      const keys = shall.absorbed.includes(participant) ? 'absorbed' : 'passed';
      step(...preparing(now, shall, bridge), { op: 'place', participant, bridge: bridge.id, keys });
    },
  };
};

/** Who has to move, and what moving means for others. */
const moversBetween = (is: Layout, shall: Layout) => {
  const isSupervising = (leg: Handle): boolean =>
    is.absorbed.includes(leg) ||
    shall.absorbed.includes(leg) ||
    isPrivate(is, bridgeHolding(is, leg)) ||
    isPrivate(shall, bridgeHolding(shall, leg));
  const movers = [...new Set([...legsOf(is), ...legsOf(shall)])].filter(
    (leg) => !sitsAsWanted(is, shall, leg),
  );
  return {
    supervisors: movers.filter(isSupervising),
    parties: movers.filter((leg) => !isSupervising(leg)),
    loses: (leg: Handle): boolean => !listenersOf(is, leg).isSubsetOf(listenersOf(shall, leg)),
    gains: (leg: Handle): boolean => !listenersOf(shall, leg).isSubsetOf(listenersOf(is, leg)),
    /** Sits in the conversation and shall not: whoever joins it would hear this leg. */
    wouldBeHeard: (leg: Handle): boolean => {
      const bridge = bridgeHolding(is, leg);
      return bridge !== undefined && !isPrivate(is, bridge);
    },
    /** Whoever has a snoop on this leg would hear, through it, the private bridge that it comes from or goes to. */
    isListenedThrough: (leg: Handle): boolean => [...is.snoops, ...shall.snoops].some(({ on }) => on === leg),
  };
};

/**
 * Ordered steps from what is on the switch to what shall be. After every step, whoever hears somebody did so before or
 * shall do so in the end. Voices of supervisors that shall be heard no longer go first, new ones come last, seated muted; a supervisor
 * moves with one `place` into a bridge that is prepared whole, and is taken out first only when one voice must end before
 * another begins, or others listen through that leg. Legs that stay in the main bridge are never touched.
 * `is` may be what an interrupted change left behind.
 */
export const stepsFrom = (is: Layout, shall: Layout): readonly SwitchOperation[] => {
  const { steps, now, step, takeOut, seat } = createPlan(is, shall);
  const { supervisors, parties, loses, gains, wouldBeHeard, isListenedThrough } = moversBetween(is, shall);

  // 1. Voices of supervisors that shall no longer be heard.
  for (const leg of shall.muted) if (!is.muted.includes(leg)) step({ op: 'mute', leg });
  for (const leg of supervisors.filter((leg) => loses(leg) || wouldBeHeard(leg))) {
    if (gains(leg) || isListenedThrough(leg) || !bridgeHolding(shall, leg)) takeOut(leg);
    else seat(leg);
  }
  // 2. Whoever leaves.
  for (const leg of [...supervisors, ...parties])
    if (isListenedThrough(leg) || !bridgeHolding(shall, leg)) takeOut(leg);
  // 3. Whoever joins the conversation, then whoever listens to it unheard.
  for (const leg of parties) seat(leg);
  const unseated = supervisors.filter((leg) => !sitsAsWanted(now(), shall, leg));
  for (const leg of unseated.filter((leg) => !gains(leg))) seat(leg);
  // 4. New voices of supervisors.
  for (const leg of unseated.filter(gains)) {
    if (!now().muted.includes(leg)) step({ op: 'mute', leg });
    seat(leg);
  }
  const seated = new Set(legsOf(now()));
  for (const leg of now().muted)
    if (seated.has(leg) && !shall.muted.includes(leg)) step({ op: 'unmute', leg });
  // 5. What is no longer needed, which nobody hears through any more.
  for (const { id } of now().snoops) if (!snoopCalled(shall, id)) step({ op: 'drop-snoop', snoop: id });
  for (const { id } of now().bridges)
    if (!shall.bridges.some((bridge) => bridge.id === id)) step({ op: 'drop-bridge', bridge: id });
  return steps();
};

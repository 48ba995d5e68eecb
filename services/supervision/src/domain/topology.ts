import type { HearingPair, SupervisionMode, Topology } from '@earshot/contracts';

/** What the topology needs to know of a running supervision. */
export interface Supervising {
  readonly legId: string;
  readonly supervisedLegId: string;
  readonly mode: SupervisionMode;
}

/**
 * Who hears whom (docs/product.md 1). The connected parties hear each other; a supervisor hears all of them.
 * A spying supervisor is heard by nobody; a whispering one by the supervised leg and by nobody else, so other
 * supervisors do not hear it either; a barging one is on the call like a party, so everybody hears it, other supervisors too.
 * While no parties are connected nobody hears anybody.
 */
export const topologyOf = (parties: readonly string[], supervisions: readonly Supervising[]): Topology => {
  const between = parties.flatMap((listener) => heardBy(listener, parties.filter((speaker) => speaker !== listener)));
  const bySupervisors = supervisions.flatMap(({ legId }) => heardBy(legId, parties));
  const ofSupervisors = supervisions.flatMap((supervision) =>
    listenersOf(supervision, parties, supervisions).map((listener) => ({ listener, speaker: supervision.legId })));
  return parties.length === 0 ? [] : [...between, ...bySupervisors, ...ofSupervisors];
};

const heardBy = (listener: string, speakers: readonly string[]): readonly HearingPair[] =>
  speakers.map((speaker) => ({ listener, speaker }));

const listenersOf = (supervision: Supervising, parties: readonly string[], supervisions: readonly Supervising[]): readonly string[] => {
  switch (supervision.mode) {
    case 'spy':
      return [];
    case 'whisper':
      return parties.filter((party) => party === supervision.supervisedLegId);
    case 'barge':
      return [...parties, ...supervisions.map(({ legId }) => legId).filter((legId) => legId !== supervision.legId)];
  }
};

import {
  companyOf,
  conversationOf,
  type HearEachOther,
  type HearingPair,
  type Parties,
  type SupervisionMode,
  type Topology,
} from '@earshot/contracts';

/** What the topology needs to know of a running supervision. */
export interface Supervising {
  readonly legId: string;
  readonly supervisedLegId: string;
  readonly mode: SupervisionMode;
}

/**
 * Who hears whom (docs/product.md 1), out of who takes part in the conversation and who supervises in which mode.
 * A supervisor hears the supervised leg and whoever that leg talks with. A spying supervisor is heard by
 * nobody; a whispering one by the supervised leg and by nobody else, so other supervisors do not hear it
 * either; a barging one by all whom it hears, and by their supervisors. A held leg hears no party; while the
 * supervised leg is held, it is all that the supervisor hears, and all that hears the supervisor.
 * When supervisors hear nobody of each other (docs/product.md 1.7), whoever barges first is alone with the conversation:
 * the others hear nobody and are heard by nobody until then.
 * @param supervisions in the order in which they took their modes
 */
export const topologyOf = (
  parties: Parties,
  supervisions: readonly Supervising[],
  hearEachOther: HearEachOther,
): Topology =>
  topologyAmong(
    parties,
    hearEachOther === 'nobody'
      ? supervisions.filter((one) => (bargesOn(one.supervisedLegId, parties, supervisions) ?? one) === one)
      : supervisions,
  );

/** Whoever is first to barge on the conversation of a leg. */
export const bargesOn = <S extends Supervising>(
  supervisedLegId: string,
  parties: Parties,
  supervisions: readonly S[],
): S | undefined => {
  const audience = audienceOf(supervisedLegId, parties);
  return supervisions.find((other) => other.mode === 'barge' && audience.includes(other.supervisedLegId));
};

const topologyAmong = (parties: Parties, supervisions: readonly Supervising[]): Topology => [
  ...conversationOf(parties),
  ...supervisions.flatMap(({ legId, supervisedLegId }) =>
    audienceOf(supervisedLegId, parties).map((speaker) => ({ listener: legId, speaker })),
  ),
  ...supervisions.flatMap((supervision): HearingPair[] =>
    listenersOf(supervision, parties, supervisions).map((listener) => ({
      listener,
      speaker: supervision.legId,
    })),
  ),
];

/**
 * Whom a supervisor hears: the company of the supervised leg; of a held leg, which has none, that leg alone.
 */
const audienceOf = (supervisedLegId: string, parties: Parties): readonly string[] => {
  const isHeld = parties.some(({ legId, as }) => legId === supervisedLegId && as === 'held');
  return isHeld ? [supervisedLegId] : companyOf(supervisedLegId, parties);
};

const listenersOf = (
  supervision: Supervising,
  parties: Parties,
  supervisions: readonly Supervising[],
): readonly string[] => {
  const audience = audienceOf(supervision.supervisedLegId, parties);
  switch (supervision.mode) {
    case 'spy':
      return [];
    case 'whisper':
      return audience.filter((legId) => legId === supervision.supervisedLegId);
    case 'barge':
      return [
        ...audience,
        ...supervisions
          .filter((other) => other !== supervision && audience.includes(other.supervisedLegId))
          .map(({ legId }) => legId),
      ];
  }
};

import type { CallEvent, Part, Parties, SupervisionMode } from '@earshot/contracts';

/** One party as the picture shows it. */
interface Face {
  readonly name: string;
  readonly state: 'ringing' | 'there' | Part | 'supervising' | 'gone';
  readonly mode: SupervisionMode | null;
  readonly isSupervisor: boolean;
}

/** What the timeline knows of a call: its cast and what is going on, folded from the events alone. */
export interface CallPicture {
  readonly startedAt: number | null;
  readonly faces: ReadonlyMap<string, Face>;
  readonly supervisions: ReadonlyMap<string, string>;
  readonly recording: boolean;
}

export const emptyPicture: CallPicture = {
  startedAt: null,
  faces: new Map(),
  supervisions: new Map(),
  recording: false,
};

const withFace = (picture: CallPicture, legId: string, change: Partial<Face>): CallPicture => {
  const face = picture.faces.get(legId);
  return face ? { ...picture, faces: new Map(picture.faces).set(legId, { ...face, ...change }) } : picture;
};

/** Name of a party: an extension's person, or "customer". */
export const nameOf = (picture: CallPicture, legId: string): string =>
  picture.faces.get(legId)?.name ?? 'somebody';

/**
 * Whoever takes part is shown with the part; whoever no longer does is still there, unless the leg is gone.
 */
const converse = (picture: CallPicture, parties: Parties): CallPicture => {
  const faces = new Map(
    [...picture.faces].map(([legId, face]) => {
      const part = parties.find((party) => party.legId === legId)?.as;
      const wasIn = face.state === 'talking' || face.state === 'held' || face.state === 'consulting';
      return [legId, { ...face, state: part ?? (wasIn ? 'there' : face.state) }];
    }),
  );
  return { ...picture, faces };
};

/** Takes in one event. */
export const draw = (
  before: CallPicture,
  event: CallEvent,
  people: Readonly<Record<string, string>>,
): CallPicture => {
  const picture = before.startedAt === null ? { ...before, startedAt: Date.parse(event.occurredAt) } : before;
  switch (event.type) {
    case 'LegArrived':
    case 'LegOffered': {
      const { legId, agent, party } = event.data;
      const face: Face = {
        name: agent ? (people[agent.extension] ?? agent.extension) : 'customer',
        state: event.type === 'LegArrived' ? 'there' : 'ringing',
        mode: null,
        isSupervisor: party === 'supervisor',
      };
      return { ...picture, faces: new Map(picture.faces).set(legId, face) };
    }
    case 'ConversationChanged':
      return converse(picture, event.data.parties);
    case 'LegEnded':
      return withFace(picture, event.data.legId, { state: 'gone', mode: null });
    case 'SupervisionStarted':
      return {
        ...withFace(picture, event.data.legId, { state: 'supervising', mode: event.data.mode }),
        supervisions: new Map(picture.supervisions).set(event.data.supervisionId, event.data.legId),
      };
    case 'SupervisionModeChanged':
      return withFace(picture, picture.supervisions.get(event.data.supervisionId) ?? '', {
        mode: event.data.mode,
      });
    case 'SupervisionEnded':
      return withFace(picture, event.data.legId, { state: 'there', mode: null });
    case 'RecorderStarted':
      return { ...picture, recording: true };
    case 'RecorderStopped':
      return { ...picture, recording: false };
    default:
      return picture;
  }
};

const arrows: Readonly<Record<SupervisionMode, string>> = { spy: '──▷', whisper: '◁─▷', barge: '◀━▶' };

/**
 * Who hears whom in one line: `customer ◀━▶ Olivia ──▷ Benjamin`. A thick arrow joins parties who hear each
 * other; a thin one leads to a supervisor: heard by nobody (──▷), by the agent only (◁─▷), by all (◀━▶). Who
 * waits on hold stands in brackets: `Olivia ◀━▶ Noah (customer)`.
 */
export const pictureLine = (picture: CallPicture): string => {
  const faces = [...picture.faces.values()];
  const named = (state: Face['state']): string[] =>
    faces.filter((face) => face.state === state).map((face) => face.name);
  const supervisors = faces.filter((face) => face.state === 'supervising' && face.mode !== null);
  const companies = [named('talking'), named('consulting')].filter((company) => company.length > 1);
  const held = named('held');
  if (companies.length === 0) return '';
  const heard = companies.map((company) => company.join(' ◀━▶ ')).join(' | ');
  const supervised = supervisors.reduce(
    (line, face) => `${line} ${arrows[face.mode ?? 'spy']} ${face.name}`,
    heard,
  );
  return held.length === 0 ? supervised : `${supervised} (${held.join(', ')})`;
};

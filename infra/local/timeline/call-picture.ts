import type { CallEvent, SupervisionMode } from '@earshot/contracts';

/** One party as the picture shows it. */
interface Face {
  readonly name: string;
  readonly state: 'ringing' | 'there' | 'talking' | 'supervising' | 'gone';
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

export const emptyPicture: CallPicture = { startedAt: null, faces: new Map(), supervisions: new Map(), recording: false };

const withFace = (picture: CallPicture, legId: string, change: Partial<Face>): CallPicture => {
  const face = picture.faces.get(legId);
  return face ? { ...picture, faces: new Map(picture.faces).set(legId, { ...face, ...change }) } : picture;
};

/** Name of a party: an extension's person, or "customer". */
export const nameOf = (picture: CallPicture, legId: string): string => picture.faces.get(legId)?.name ?? 'somebody';

/** Takes in one event. */
export const draw = (before: CallPicture, event: CallEvent, people: Readonly<Record<string, string>>): CallPicture => {
  const picture = before.startedAt === null ? { ...before, startedAt: Date.parse(event.occurredAt) } : before;
  switch (event.type) {
    case 'LegArrived':
    case 'LegOffered': {
      const { legId, agent, party } = event.data;
      const face: Face = {
        name: agent ? (people[agent.extension] ?? agent.extension) : 'customer',
        state: event.type === 'LegArrived' ? 'there' : 'ringing', mode: null, isSupervisor: party === 'supervisor',
      };
      return { ...picture, faces: new Map(picture.faces).set(legId, face) };
    }
    case 'PartiesConnected':
      return event.data.legIds.reduce((drawn, legId) => withFace(drawn, legId, { state: 'talking' }), picture);
    case 'LegEnded':
      return withFace(picture, event.data.legId, { state: 'gone', mode: null });
    case 'SupervisionStarted':
      return {
        ...withFace(picture, event.data.legId, { state: 'supervising', mode: event.data.mode }),
        supervisions: new Map(picture.supervisions).set(event.data.supervisionId, event.data.legId),
      };
    case 'SupervisionModeChanged':
      return withFace(picture, picture.supervisions.get(event.data.supervisionId) ?? '', { mode: event.data.mode });
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
 * Who hears whom in one line: `customer ◀━▶ Olivia ──▷ Benjamin`. A thick arrow joins parties who hear each other; a thin
 * one leads to a supervisor: heard by nobody (──▷), by the agent only (◁─▷), by all (◀━▶).
 */
export const pictureLine = (picture: CallPicture): string => {
  const faces = [...picture.faces.values()];
  const talking = faces.filter((face) => face.state === 'talking').map((face) => face.name);
  const supervisors = faces.filter((face) => face.state === 'supervising' && face.mode !== null);
  if (talking.length < 2) return '';
  return supervisors.reduce((line, face) => `${line} ${arrows[face.mode ?? 'spy']} ${face.name}`, talking.join(' ◀━▶ '));
};

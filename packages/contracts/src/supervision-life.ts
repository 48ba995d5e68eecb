import { Type, type Static } from 'typebox';
import { Instant } from './envelope.ts';
import type { CallEvent } from './events/event.ts';
import { SupervisionEndReason } from './events/supervision.ts';
import { CallId } from './ids.ts';
import { SupervisionMode, SupervisionRefusal } from './words.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });

/** A time in one mode. */
const ModeStretch = Type.Object({
  mode: SupervisionMode,
  from: Instant,
  to: nullable(Instant, 'Null: it is still so'),
});

/**
 * One supervision from the request to its end, by whichever door it came, as the log tells it: the record of who listened to whom,
 * why not, and for how long. Times are those of the decisions, which the switch follows within a fraction of a second, so that
 * no listening is left out; `hearingSince` is when the switch first carried it.
 */
export const SupervisionLife = Type.Object({
  legId: Type.String({
    description: "Leg of the supervisor's phone; of what was refused by API no phone was rung",
  }),
  supervisionId: nullable(Type.String(), 'Null: a dialled code that was refused, or not answered yet'),
  callId: CallId,
  door: Type.Union([Type.Literal('code'), Type.Literal('api')]),
  commandId: nullable(Type.String(), "The caller's id of the command that asked for it, by API"),
  supervisor: Type.String({ description: 'Extension that supervises' }),
  phone: Type.String({ description: 'Extension whose phone it is' }),
  agent: Type.String({ description: 'Extension that was to be supervised' }),
  state: Type.Union([
    Type.Literal('requested'),
    Type.Literal('ringing'),
    Type.Literal('joined'),
    Type.Literal('refused'),
    Type.Literal('ended'),
  ]),
  mode: nullable(SupervisionMode, 'The mode that is on or was on last; null: the request named none'),
  reason: nullable(Type.Union([SupervisionRefusal, SupervisionEndReason]), 'Why it was refused, or ended'),
  requestedAt: Instant,
  joinedAt: nullable(Instant, 'Null: it never began'),
  hearingSince: nullable(Instant, 'When the switch first carried it; null: not yet, or never'),
  endedAt: nullable(Instant, 'When it ended or was refused'),
  modes: Type.Array(ModeStretch),
});
export type SupervisionLife = Static<typeof SupervisionLife>;

const changed = (
  lives: readonly SupervisionLife[],
  fits: (life: SupervisionLife) => boolean,
  change: (life: SupervisionLife) => SupervisionLife,
): readonly SupervisionLife[] =>
  lives.some(fits) ? lives.map((life) => (fits(life) ? change(life) : life)) : lives;

const closed = ({ modes }: SupervisionLife, to: Instant): SupervisionLife['modes'] =>
  modes.map((stretch) => (stretch.to === null ? { ...stretch, to } : stretch));

const isOver = ({ state }: SupervisionLife): boolean => state === 'refused' || state === 'ended';

const over = (
  life: SupervisionLife,
  state: 'refused' | 'ended',
  reason: SupervisionLife['reason'],
  at: Instant,
): SupervisionLife =>
  isOver(life) ? life : { ...life, state, reason, endedAt: at, modes: closed(life, at) };

const asked = (event: CallEvent<'SupervisionRequested' | 'SupervisionRequestedByApi'>): SupervisionLife => {
  const { legId, supervisor, target, mode } = event.data;
  const byApi = event.type === 'SupervisionRequestedByApi' ? event.data : undefined;
  return {
    legId,
    supervisionId: byApi?.supervisionId ?? null,
    callId: event.callId,
    door: byApi ? 'api' : 'code',
    commandId: byApi?.commandId ?? null,
    supervisor: supervisor.extension,
    phone: (byApi?.phone ?? supervisor).extension,
    agent: target,
    state: 'requested',
    mode,
    reason: null,
    requestedAt: event.occurredAt,
    joinedAt: null,
    hearingSince: null,
    endedAt: null,
    modes: [],
  };
};

/** A mode that begins where it goes on already is the same stretch. */
const inMode = (life: SupervisionLife, mode: SupervisionMode, from: Instant): SupervisionLife =>
  life.modes.at(-1)?.to === null && life.modes.at(-1)?.mode === mode
    ? life
    : { ...life, mode, modes: [...closed(life, from), { mode, from, to: null }] };

/** The lives of a call's supervisions after one more of its events, in the order in which they were asked for. */
export const evolveLives = (
  lives: readonly SupervisionLife[],
  event: CallEvent,
): readonly SupervisionLife[] => {
  const at = event.occurredAt;
  const ofLeg = (legId: string) => (life: SupervisionLife) => life.legId === legId;
  const ofId = (id: string) => (life: SupervisionLife) => life.supervisionId === id;
  switch (event.type) {
    case 'SupervisionRequested':
    case 'SupervisionRequestedByApi':
      return lives.some(ofLeg(event.data.legId)) ? lives : [...lives, asked(event)];
    case 'LegOffered':
      return changed(lives, ofLeg(event.data.legId), (life) =>
        life.state === 'requested' ? { ...life, state: 'ringing' } : life,
      );
    case 'SupervisionRefused': {
      const { legId, reason } = event.data;
      return changed(lives, ofLeg(legId), (life) => over(life, 'refused', reason, at));
    }
    case 'SupervisionStarted': {
      const { supervisionId, legId, mode } = event.data;
      return changed(lives, ofLeg(legId), (life) =>
        inMode({ ...life, supervisionId, state: 'joined', joinedAt: at }, mode, at),
      );
    }
    case 'SupervisionModeChanged': {
      const { supervisionId, mode } = event.data;
      return changed(lives, ofId(supervisionId), (life) =>
        life.state === 'joined' ? inMode(life, mode, at) : { ...life, mode },
      );
    }
    case 'SupervisionEnded': {
      const { supervisionId, reason } = event.data;
      return changed(lives, ofId(supervisionId), (life) => over(life, 'ended', reason, at));
    }
    case 'LegEnded':
      // Who hung up before anything was decided. All else ends by the decision on it, which tells why.
      return changed(
        lives,
        (life) => life.legId === event.data.legId && life.supervisionId === null,
        (life) => over(life, 'ended', 'supervisor_left', at),
      );
    case 'TopologyApplied': {
      const hearing = new Set(event.data.pairs?.map(({ listener }) => listener));
      return changed(
        lives,
        (life) => life.hearingSince === null && life.state === 'joined' && hearing.has(life.legId),
        (life) => ({ ...life, hearingSince: at }),
      );
    }
    default:
      return lives;
  }
};

/** How long somebody listened in each mode until a moment, in ms. */
export const listenedMs = (
  { modes }: Pick<SupervisionLife, 'modes'>,
  until: Instant,
): Readonly<Record<SupervisionMode, number>> => {
  const sums = { spy: 0, whisper: 0, barge: 0 };
  for (const { mode, from, to } of modes)
    sums[mode] += Math.max(0, Date.parse(to ?? until) - Date.parse(from));
  return sums;
};

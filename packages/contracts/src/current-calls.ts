import { Type, type Static, type TSchema } from 'typebox';
import { CallId } from './ids.ts';
import { Personal } from './personal.ts';
import { Topology } from './topology.ts';
import { ConsentChoice, RecordingSetting, SupervisionMode } from './words.ts';

/*
 * The calls that run now (docs/product.md 1.5), as `GET /calls` and the stream of supervision show them. Times are those
 * of the switch.
 */

const nullable = <T extends TSchema>(schema: T, description?: string) =>
  Type.Union([schema, Type.Null()], description === undefined ? {} : { description });
const moment = (description: string) => Type.String({ description: `${description}; ISO 8601, UTC` });
const legId = Type.String({ description: 'Leg of this call' });
const name = nullable(Personal('Who sits at the extension, as the settings say now'));
const named = Type.Object({ id: Type.String(), name: Type.String() });

/** What a call is doing. Transferring and wrap-up come with the events that tell them. */
export const CurrentCallState = Type.Union(
  [
    Type.Literal('connecting', { description: 'nothing plays, rings or waits, and nobody talks' }),
    Type.Literal('greeting', { description: 'the caller hears a greeting' }),
    Type.Literal('menu', { description: 'the caller is in a menu' }),
    Type.Literal('queue', { description: 'the caller waits, and no phone rings' }),
    Type.Literal('ringing', { description: 'a phone rings' }),
    Type.Literal('talking', { description: 'at least two parties talk' }),
    Type.Literal('held', { description: 'somebody is held, and no two parties talk' }),
  ],
  { description: 'What the call is doing' },
);
export type CurrentCallState = Static<typeof CurrentCallState>;

/** Somebody on the call who does not supervise it. */
export const CurrentParty = Type.Object({
  legId,
  party: Type.Union([Type.Literal('customer'), Type.Literal('agent')]),
  extension: nullable(Type.String()),
  name,
  number: nullable(Personal('Number of an outside party')),
  state: Type.Union(
    [
      Type.Literal('ringing'),
      Type.Literal('waiting', { description: 'on the call, but in no conversation' }),
      Type.Literal('talking'),
      Type.Literal('held'),
      Type.Literal('consulting'),
    ],
    { description: 'How it takes part' },
  ),
  since: moment('Since when it takes part so'),
});
export type CurrentParty = Static<typeof CurrentParty>;

/** Somebody who supervises the call. */
export const CurrentSupervisor = Type.Object({
  supervisionId: Type.String(),
  legId,
  extension: nullable(Type.String()),
  name,
  mode: SupervisionMode,
  supervisedLegId: Type.String({ description: 'Leg of the colleague' }),
  since: moment('When the supervision began'),
});
export type CurrentSupervisor = Static<typeof CurrentSupervisor>;

/** Whether the call is recorded now, and why. */
export const CurrentRecording = Type.Object({
  state: Type.Union(
    [
      Type.Literal('off'),
      Type.Literal('starting', { description: 'allowed, and not told to run yet' }),
      Type.Literal('running'),
      Type.Literal('stopping', { description: 'no longer allowed, and not told to have stopped yet' }),
      Type.Literal('unknown', { description: 'nobody knows whether a recorder runs: count it as running' }),
      Type.Literal('refused', { description: 'allowed, but the switch refused to record' }),
    ],
    { description: 'What the recorder does, as the switch told it' },
  ),
  reason: nullable(
    Type.String(),
    'Ground of the decision, or why it was withdrawn, in the words of RecordingAllowed, RecordingForbidden and RecordingWithdrawn; of a refusal the words of the switch. null: nothing was decided',
  ),
  recordingId: nullable(Type.String()),
  since: nullable(moment('Since when it is so')),
});
export type CurrentRecording = Static<typeof CurrentRecording>;

/** What is known of the caller's consent. */
export const CurrentConsent = Type.Object({
  setting: nullable(RecordingSetting, 'Setting of the line for this call'),
  asked: Type.Boolean({ description: 'The key of the caller counted at some time' }),
  choice: nullable(ConsentChoice),
  chosenAt: nullable(moment('When the caller chose')),
});
export type CurrentConsent = Static<typeof CurrentConsent>;

/** One call as it stands now. */
export const CurrentCall = Type.Object({
  id: CallId,
  direction: Type.Union([Type.Literal('inbound'), Type.Literal('outbound'), Type.Literal('internal')]),
  line: nullable(Type.Object({ id: Type.String(), name: Type.String(), number: Type.String() })),
  from: Personal('Number or extension that calls'),
  to: Personal('Number or extension that was dialled'),
  since: moment('When the call began'),
  state: CurrentCallState,
  stateSince: moment('Since when it is in this state'),
  group: nullable(named, 'Ring group that it waits for, or waited for last'),
  parties: Type.Array(CurrentParty),
  supervisors: Type.Array(CurrentSupervisor),
  hears: nullable(Topology, 'Who hears whom on the switch, by leg; null: the switch did not say'),
  recording: CurrentRecording,
  consent: CurrentConsent,
  doubtful: Type.Boolean({
    description: 'A message of this call cannot be read, so that something of it may be otherwise',
  }),
});
export type CurrentCall = Static<typeof CurrentCall>;

/** Where a client stands in the list, for `Last-Event-ID`: opaque, and the same in every process. */
export const CurrentCallsId = Type.String({
  description: 'Opaque: where the list stands, for Last-Event-ID or after of GET /calls/stream',
});

/** Answer of `GET /calls`. */
export const CurrentCallsPage = Type.Object({
  id: CurrentCallsId,
  asOf: moment('Everything that the log had stored by then is in the list'),
  calls: Type.Array(CurrentCall),
  next: nullable(CallId, 'Ask for what follows with after=<next>; null: that was all'),
});
export type CurrentCallsPage = Static<typeof CurrentCallsPage>;

/** Data of the events of `GET /calls/stream`, by name of the event. */
export const currentCallsEvents = {
  snapshot: Type.Object(
    { asOf: moment('Everything that the log had stored by then is in it'), calls: Type.Array(CurrentCall) },
    { description: 'The whole list; what was known before is void' },
  ),
  changes: Type.Object(
    {
      calls: Type.Array(CurrentCall, {
        description: 'As they stand now: new ones, and in the place of those known',
      }),
      removed: Type.Array(CallId, {
        description: 'Ended, or none of those any more that the viewer may see',
      }),
    },
    { description: 'What is otherwise since the event before, in one step' },
  ),
  behind: Type.Object(
    { asOf: nullable(moment('The list stands as of then')), reason: Type.String() },
    { description: 'From now on the list is not known to be current' },
  ),
  current: Type.Object(
    { asOf: moment('Everything that the log had stored by then was told') },
    { description: 'The list is current again' },
  ),
} as const;

import { CallId, SupervisionLife, SupervisionMode, listenedMs, type Instant } from '@earshot/contracts';
import { ProblemDetails, problemType } from '@earshot/service-kit';
import { Type, type Static } from 'typebox';

const problem = (description: string) => ({
  description,
  content: { [problemType]: { schema: ProblemDetails } },
});

const milliseconds = Type.Integer({ minimum: 0 });

/** A supervision as it is answered: its life so far. */
export const Supervision = Type.Object({
  ...SupervisionLife.properties,
  listenedMs: Type.Object(
    { spy: milliseconds, whisper: milliseconds, barge: milliseconds },
    { description: 'How long they listened in each mode until now, in ms' },
  ),
});

/** The life with what it comes to until now. */
export const shown = (life: SupervisionLife, now: Instant): Static<typeof Supervision> => ({
  ...life,
  modes: [...life.modes],
  listenedMs: listenedMs(life, now),
});

const commandId = Type.String({
  pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
  description:
    'A UUID that you make for this command. The same command with the same id again does nothing and is answered with what became of it; another command with it is refused',
});
const extension = '^[0-9]{2,8}$';

/** What somebody asks for at `POST /calls/{callId}/supervisions`. */
export const Join = Type.Object(
  {
    commandId,
    agent: Type.String({ pattern: extension, description: 'Extension to be supervised on this call' }),
    mode: SupervisionMode,
    phone: Type.Optional(
      Type.String({
        pattern: extension,
        description:
          'Extension whose phone rings; left out: your own. It must be free, and not the one to be supervised',
      }),
    ),
  },
  { additionalProperties: false },
);
export type Join = Static<typeof Join>;

/** What somebody asks for at `PATCH /supervisions/{supervisionId}`. */
export const Change = Type.Object({ commandId, mode: SupervisionMode }, { additionalProperties: false });
export type Change = Static<typeof Change>;

export const OfCall = Type.Object({ callId: CallId });
export const OfSupervision = Type.Object({
  supervisionId: Type.String({
    pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}-v[1-9][0-9]{0,5}$',
  }),
});
export const Wait = Type.Object({
  wait: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 20,
      description: 'Longest time in seconds to wait for the answer while the phone rings',
    }),
  ),
});

/** What can be wrong with any of them. */
export const refusals = {
  400: problem('A field is malformed; `errors` names it'),
  403: problem('Not yours to do; `errors` names the reason where the settings refuse it'),
  404: problem('There is no such call, supervision or extension'),
  409: problem('Not now, or the command id was used for something else; `errors` names the reason'),
  422: problem('A field is not right; `errors` names it'),
  503: problem('Whether it was done is not known: repeat it with the same command id'),
};

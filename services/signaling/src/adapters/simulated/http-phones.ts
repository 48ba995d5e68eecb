import { CallId } from '@earshot/contracts';
import { HttpProblem, ProblemDetails, type HttpServer } from '@earshot/service-kit';
import { Type, type Static } from 'typebox';
import type { SimulatedPhone } from './phones.ts';
import type { SimulatedSwitch } from './simulated-switch.ts';

const PhoneNumber = Type.Object({
  number: Type.String({ pattern: '^\\+?[0-9]{2,15}$', description: 'Extension, or number in E.164' }),
});

const Script = Type.Union(
  [
    Type.Object({ does: Type.Literal('wait') }),
    Type.Object({ does: Type.Literal('answer'), afterMs: Type.Integer({ minimum: 0, maximum: 600_000 }) }),
    Type.Object({ does: Type.Literal('decline') }),
  ],
  { description: 'What the phone does when it rings' },
);

const PhoneView = Type.Object({
  number: Type.String(),
  kind: Type.Union([Type.Literal('extension'), Type.Literal('outside')]),
  state: Type.Union([
    Type.Literal('idle'),
    Type.Literal('calling'),
    Type.Literal('ringing'),
    Type.Literal('talking'),
  ]),
  lastGone: Type.Union([Type.String(), Type.Null()], { description: 'How its last call ended for it' }),
  hearsMusic: Type.Boolean(),
  hearsRingBack: Type.Boolean(),
  prompts: Type.Array(Type.String(), { description: 'Prompts playing to it now' }),
  keysHeard: Type.Array(Type.String(), { description: 'Keys of others that reached it' }),
  script: Script,
});

const HearingView = Type.Object({
  simulated: Type.Literal(true),
  pairs: Type.Array(Type.Object({ listener: Type.String(), speaker: Type.String() }), {
    description: 'Who hears whom now, by numbers',
  }),
});

const viewOf = ({
  number,
  kind,
  state,
  lastGone,
  hearsMusic,
  hearsRingBack,
  prompts,
  keysHeard,
  script,
}: SimulatedPhone): Static<typeof PhoneView> => ({
  number,
  kind,
  state,
  lastGone: lastGone ?? null,
  hearsMusic,
  hearsRingBack,
  prompts: [...prompts],
  keysHeard: [...keysHeard],
  script,
});

/** What a phone cannot do now is told as a conflict. */
const attempt = <T>(run: () => T): T => {
  try {
    return run();
  } catch (error) {
    throw new HttpProblem(409, `${error instanceof Error ? error.message : String(error)}.`);
  }
};

const tags = ['simulated phones'];
const config = { right: 'simulated-phones:use' } as const;
const problems = { 404: ProblemDetails, 409: ProblemDetails };

/** Phones that are told to by number. */
const byNumber = ({ phones }: SimulatedSwitch) => ({
  phoneOf: (number: string): SimulatedPhone => {
    const phone = phones.find(number);
    if (!phone) throw new HttpProblem(404, 'There is no simulated phone with this number; PUT makes one.');
    return phone;
  },
  phoneMade: (number: string): SimulatedPhone =>
    number.startsWith('+') ? phones.outside(number) : phones.extension(number),
});

const addPhones = (server: HttpServer, simulated: SimulatedSwitch): void => {
  const { phoneMade } = byNumber(simulated);
  server.get(
    '/simulated/phones',
    {
      config,
      schema: {
        tags,
        summary: 'All simulated phones',
        response: { 200: Type.Object({ phones: Type.Array(PhoneView) }) },
      },
    },
    () => ({ phones: simulated.phones.list().map(viewOf) }),
  );

  server.put(
    '/simulated/phones/:number',
    {
      config,
      schema: {
        tags,
        summary: 'Makes a phone, or tells it what to do when it rings',
        params: PhoneNumber,
        body: Type.Object({ script: Script }),
        response: { 200: PhoneView },
      },
    },
    ({ params, body }) => {
      const phone = phoneMade(params.number);
      phone.script = body.script;
      return viewOf(phone);
    },
  );
};

const addCalling = (server: HttpServer, simulated: SimulatedSwitch): void => {
  const { phoneOf, phoneMade } = byNumber(simulated);
  server.post(
    '/simulated/phones/:number/dial',
    {
      config,
      schema: {
        tags,
        summary: 'Dials; makes the phone when there is none',
        params: PhoneNumber,
        body: Type.Object({
          to: Type.String({ pattern: '^[+*#0-9]{1,32}$', description: 'Number, extension or service code' }),
        }),
        response: { 201: Type.Object({ callId: CallId, handle: Type.String() }), ...problems },
      },
    },
    ({ params, body }, reply) => {
      const dialled = attempt(() => phoneMade(params.number).dial(body.to));
      reply.code(201);
      return dialled;
    },
  );

  const acts = {
    answer: { summary: 'Takes the call that rings', run: (phone: SimulatedPhone) => phone.answer() },
    decline: { summary: 'Declines the call that rings', run: (phone: SimulatedPhone) => phone.decline() },
    'hang-up': { summary: 'Ends its call', run: (phone: SimulatedPhone) => phone.hangUp() },
  } as const;
  for (const [act, { summary, run }] of Object.entries(acts)) {
    server.post(
      `/simulated/phones/:number/${act}`,
      { config, schema: { tags, summary, params: PhoneNumber, response: { 200: PhoneView, ...problems } } },
      ({ params }) => {
        const phone = phoneOf(params.number);
        attempt(() => run(phone));
        return viewOf(phone);
      },
    );
  }

  server.post(
    '/simulated/phones/:number/press',
    {
      config,
      schema: {
        tags,
        summary: 'Presses a key; the switch learns of it when it is let go',
        params: PhoneNumber,
        body: Type.Object({ key: Type.String({ pattern: '^[0-9*#A-D]$' }) }),
        response: { 200: PhoneView, ...problems },
      },
    },
    ({ params, body }) => {
      const phone = phoneOf(params.number);
      attempt(() => phone.press(body.key));
      return viewOf(phone);
    },
  );
};

const addHearing = (server: HttpServer, simulated: SimulatedSwitch): void => {
  server.get(
    '/simulated/hearing/:callId',
    {
      config,
      schema: {
        tags,
        summary: 'Who hears whom on a call at this moment',
        params: Type.Object({ callId: CallId }),
        response: { 200: HearingView },
      },
    },
    ({ params }) => ({
      simulated: true as const,
      pairs: simulated.pairsHeard(params.callId).map(({ listener, speaker }) => ({
        listener: simulated.numberOf(listener) ?? listener,
        speaker: simulated.numberOf(speaker) ?? speaker,
      })),
    }),
  );
};

/**
 * Routes that put the simulated phones into somebody's hands: a person trying the demo, or a test in another process.
 * To be mounted only when the switch is simulated. The answers hold numbers, which are personal data on a real switch.
 */
export const simulatedPhoneRoutes = (server: HttpServer, simulated: SimulatedSwitch): void => {
  addPhones(server, simulated);
  addCalling(server, simulated);
  addHearing(server, simulated);
};

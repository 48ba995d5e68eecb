import {
  callIdOf,
  evolveLives,
  type CallEvent,
  type CallId,
  type Facts,
  type Instant,
  type NewEvent,
  type Principal,
  type SupervisionLife,
  type SupervisionRefusal,
} from '@earshot/contracts';
import {
  ConflictError,
  LogUnavailableError,
  isUnreadable,
  type Decision,
  type EventLog,
  type SettingsView,
  type Timing,
} from '@earshot/event-log';
import { HttpProblem, principalOf, requireStill, tryAgainLater, type HttpServer } from '@earshot/service-kit';
import type { Input } from '../domain/input.ts';
import { whyNotPermitted, type Permissions } from '../domain/permission.ts';
import type { Supervising } from '../supervise-calls.ts';
import { sharedLooks } from './shared-looks.ts';
import {
  Change,
  Join,
  OfCall,
  OfSupervision,
  Supervision,
  Wait,
  refusals,
  shown,
} from './supervision-schemas.ts';

export interface SupervisionRoutesOptions {
  readonly log: EventLog;
  readonly view: SettingsView;
  /** Undefined while the calls of the log are being read. */
  readonly supervising: () => Supervising | undefined;
  readonly now: () => Instant;
  readonly timing: Timing;
}

/** How a refusal is answered, beside its word, which is that of a dialled code. */
const refused: Readonly<Record<SupervisionRefusal, readonly [status: number, detail: string]>> = {
  supervision_off: [403, 'Supervision is switched off.'],
  not_authorised: [403, 'You are not marked as supervisor in a ring group that both of you are in.'],
  self: [403, 'Nobody supervises themselves.'],
  no_such_extension: [404, 'Nobody has the extension that you want to supervise.'],
  not_on_a_call: [409, 'The agent takes no part in this call now.'],
  not_supervisable: [403, 'This agent may not be supervised.'],
  mode_not_permitted: [403, 'You may not supervise this agent in this mode.'],
  too_many_supervisors: [409, 'This call has as many supervisors as it may have.'],
  another_barges: [409, 'Another supervisor barges on this call, and supervisors hear nobody of each other.'],
};

const notKnown = (): HttpProblem =>
  tryAgainLater(
    'The log does not answer, so whether it was done is not known. Repeat the command with the same id.',
  );
const conflict = (field: string, reason: string, detail: string): HttpProblem =>
  new HttpProblem(409, detail, { errors: [{ field, reason }] });
const noSuchSupervision = (): HttpProblem => new HttpProblem(404, 'There is no such supervision.');

/** @throws HttpProblem 503 when the log does not answer */
const answered = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ConflictError || error instanceof LogUnavailableError) throw notKnown();
    throw error;
  }
};

/** What signaling and supervision said of a call, as the log stands. */
const eventsOf = async (log: EventLog, callId: CallId): Promise<readonly CallEvent[]> => {
  const messages = await answered(log.read(callId, ['signaling', 'supervision']));
  return messages.flatMap((message) => (isUnreadable(message) ? [] : message.events));
};

type LivesOf = (callId: CallId) => Promise<readonly SupervisionLife[]>;

const livesIn =
  (log: EventLog): LivesOf =>
  async (callId) =>
    (await eventsOf(log, callId)).reduce(evolveLives, []);

/** One that the principal may see and change: their own, or any for an administrator. @throws HttpProblem 403, 404 */
const ownLife = async (
  livesOf: LivesOf,
  id: string,
  { extension, roles }: Principal,
): Promise<SupervisionLife> => {
  const callId = callIdOf(id);
  const lives = callId === undefined ? [] : await livesOf(callId);
  const life = lives.find(({ supervisionId }) => supervisionId === id);
  if (!life) throw noSuchSupervision();
  if (life.supervisor !== extension && !roles.includes('admin'))
    throw new HttpProblem(403, 'It is the supervision of somebody else.');
  return life;
};

/** Decides on a command, however often it comes. @throws HttpProblem when nothing follows from it */
const deciding =
  ({ supervising }: SupervisionRoutesOptions) =>
  async (callId: CallId, id: string, input: Input): Promise<Extract<Decision, { outcome: 'accepted' }>> => {
    const decision = await answered(
      supervising()?.decide(callId, input, { source: 'API', id }) ?? Promise.reject(notKnown()),
    );
    if (decision.outcome === 'accepted') return decision;
    switch (decision.because) {
      case 'no_such_call':
        throw new HttpProblem(404, 'There is no such call.');
      case 'not_supervising':
        throw conflict('', 'is over', 'The supervision is over.');
      case 'mode_not_permitted':
      case 'another_barges': {
        const [status, detail] = refused[decision.because];
        throw new HttpProblem(status, detail, { errors: [{ field: 'mode', reason: decision.because }] });
      }
      case 'older_than_last_wish':
        throw conflict('mode', 'was chosen by key meanwhile', 'A key was pressed meanwhile, which counts.');
      default:
        throw notKnown();
    }
  };

/** Who may supervise whom now. @throws HttpProblem 503 while the calls of the log are being read */
const permissionsOf = ({ supervising }: SupervisionRoutesOptions): Permissions => {
  const permissions = supervising()?.permissions;
  if (!permissions) throw notKnown();
  return permissions;
};

const usedOtherwise = (): HttpProblem =>
  conflict(
    'commandId',
    'was used for another command',
    'This command id was used for another command on this call.',
  );

/** Whether these fields have these values. */
const isSame = (data: object, wanted: object): boolean =>
  Object.entries(wanted).every(
    ([field, value]) => JSON.stringify(data[field as keyof typeof data]) === JSON.stringify(value),
  );

const tags = ['supervisions'];
const config = { right: 'calls:supervise' } as const;

/**
 * The door by HTTP: to join a call, to change the mode, to leave, and to learn what became of it. Any process takes a command,
 * whoever owns the call, and the same command again does nothing.
 */
export const supervisionRoutes = (server: HttpServer, options: SupervisionRoutesOptions): void => {
  joinRoute(server, options);
  lookRoute(server, options);
  changeRoute(server, options);
  leaveRoute(server, options);
};

type Agent = Facts['SupervisionRequestedByApi']['phone'];

/** Who supervises, and at which phone. @throws HttpProblem 403, 422 */
const peopleOf = (
  view: SettingsView,
  { extension }: Principal,
  { agent, phone = extension ?? '' }: Join,
): { readonly supervisor: Agent; readonly phone: Agent } => {
  if (extension === null)
    throw new HttpProblem(403, 'Only an extension supervises, and whoever you signed in as has none.');
  const known = (of: string): Agent | undefined => {
    const setting = view.get('extensions', of);
    return setting && { extension: of, exportId: setting.exportId };
  };
  const [supervisor, at] = [known(extension), known(phone)];
  if (!supervisor)
    throw new HttpProblem(403, 'Only an extension supervises, and yours is none of this tenant.');
  const wrong = (reason: string): HttpProblem =>
    new HttpProblem(422, 'The phone does not fit.', { errors: [{ field: 'phone', reason }] });
  if (!at) throw wrong('is no extension of this tenant');
  // Who supervises themselves is refused as by code.
  if (phone === agent && phone !== extension) throw wrong('is that of the agent who is to be supervised');
  return { supervisor, phone: at };
};

type Asked = Facts['SupervisionRequestedByApi'];

/** A request by API, and why it was refused. */
interface AskedAndAnswered {
  /** Undefined: the command id was used for another kind of command. */
  readonly asked: Asked | undefined;
  readonly reason: SupervisionRefusal | undefined;
}

const answerIn = (
  events: readonly Pick<CallEvent | NewEvent, 'type' | 'data'>[],
  commandId: string,
): AskedAndAnswered | undefined => {
  let asked: Asked | undefined;
  let reason: SupervisionRefusal | undefined;
  for (const { type, data } of events as readonly CallEvent[]) {
    if (type === 'SupervisionRequestedByApi' && data.commandId === commandId) asked = data;
    if (type === 'SupervisionRefused' && data.legId === asked?.legId) reason = data.reason;
  }
  return asked && { asked, reason };
};

const isAskedFor = (
  { supervisor, phone, mode, target }: Asked,
  { extension }: Principal,
  body: Join,
): boolean =>
  supervisor.extension === extension &&
  phone.extension === (body.phone ?? extension) &&
  mode === body.mode &&
  target === body.agent;

/** Decides on a request that is new. */
const asking = (options: SupervisionRoutesOptions) => {
  const { view, now } = options;
  const decide = deciding(options);
  return async (
    callId: CallId,
    commandId: string,
    principal: Principal,
    body: Join,
  ): Promise<AskedAndAnswered> => {
    const people = peopleOf(view, principal, body);
    const permissions = permissionsOf(options);
    const { agent: target, mode } = body;
    const { events } = await decide(callId, commandId, {
      type: 'supervision-commanded',
      at: now(),
      rules: permissions.rules(),
      command: { commandId, ...people, mode, target, user: principal.name },
      notPermitted: whyNotPermitted(permissions, people.supervisor.extension, target, mode),
    });
    return answerIn(events, commandId) ?? { asked: undefined, reason: undefined };
  };
};

const joinRoute = (server: HttpServer, options: SupervisionRoutesOptions): void => {
  const { log, now } = options;
  const ask = asking(options);
  const description =
    'Your phone rings, and you hear the call from when you answer it. The answer comes at once; what becomes of it is told by GET.';
  server.post<{ Params: { callId: CallId }; Body: Join }>(
    '/calls/:callId/supervisions',
    {
      config,
      schema: {
        ...{ tags, summary: 'Joins a call as supervisor', description, params: OfCall, body: Join },
        response: { 201: Supervision, ...refusals },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const { callId } = request.params;
      const commandId = request.body.commandId.toLowerCase();
      // What was asked before is answered though the settings have changed since.
      const { asked, reason } =
        answerIn(await eventsOf(log, callId), commandId) ??
        (await ask(callId, commandId, principal, request.body));
      if (!asked || !isAskedFor(asked, principal, request.body)) throw usedOtherwise();
      const { supervisionId } = asked;
      const location = `/supervisions/${supervisionId}`;
      if (reason !== undefined) {
        const [status, detail] = refused[reason];
        const errors = [{ field: 'agent', reason }];
        throw new HttpProblem(status, detail, { errors, headers: { location } });
      }
      const life = await ownLife(livesIn(log), supervisionId, principal);
      return reply.code(201).header('location', location).send(shown(life, now()));
    },
  );
};

interface OfOne {
  Params: { supervisionId: string };
}

/** How often it is looked whether a phone was answered, for whoever waits, in ms. */
const lookEveryMs = 200;

const lookRoute = (server: HttpServer, { log, now, timing }: SupervisionRoutesOptions): void => {
  // Whoever waits looks again and again: all who look at a call share what it costs to read it.
  const livesOf = sharedLooks(livesIn(log));
  server.get<OfOne & { Querystring: { wait?: number } }>(
    '/supervisions/:supervisionId',
    {
      config,
      schema: {
        ...{ tags, summary: 'One supervision: what became of it', params: OfSupervision, querystring: Wait },
        response: { 200: Supervision, ...refusals },
      },
    },
    async (request, reply) => {
      const { supervisionId } = request.params;
      const look = (): Promise<SupervisionLife> => ownLife(livesOf, supervisionId, principalOf(request));
      let life = await look();
      const isUndecided = (): boolean => life.state === 'requested' || life.state === 'ringing';
      for (let left = (request.query.wait ?? 0) * 1000; left > 0 && isUndecided(); left -= lookEveryMs) {
        await timing.pause(lookEveryMs);
        await requireStill(request);
        life = await look();
      }
      return reply.send(shown(life, now()));
    },
  );
};

const changeRoute = (server: HttpServer, options: SupervisionRoutesOptions): void => {
  const { log, now } = options;
  const decide = deciding(options);
  server.patch<OfOne & { Body: Change }>(
    '/supervisions/:supervisionId',
    {
      config,
      schema: {
        ...{ tags, summary: 'Changes the mode, as by key', params: OfSupervision, body: Change },
        response: { 200: Supervision, ...refusals },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const { supervisionId } = request.params;
      const { callId, supervisor, agent } = await ownLife(livesIn(log), supervisionId, principal);
      const { mode } = request.body;
      const wanted = { supervisionId, mode };
      const permissions = permissionsOf(options);
      const why = whyNotPermitted(permissions, supervisor, agent, mode);
      const { events } = await decide(callId, request.body.commandId.toLowerCase(), {
        type: 'change-commanded',
        at: now(),
        rules: permissions.rules(),
        command: { ...wanted, user: principal.name },
        isModeForbidden: why === 'mode_not_permitted',
      });
      if (events[0].type !== 'SupervisionModeChanged' || !isSame(events[0].data, wanted))
        throw usedOtherwise();
      return reply.send(shown(await ownLife(livesIn(log), supervisionId, principal), now()));
    },
  );
};

const leaveRoute = (server: HttpServer, options: SupervisionRoutesOptions): void => {
  const { log, now } = options;
  const decide = deciding(options);
  const description = 'As if the supervisor hung up. One that is over already is answered as it is.';
  server.delete<OfOne>(
    '/supervisions/:supervisionId',
    {
      config,
      schema: {
        ...{ tags, summary: 'Ends a supervision', description, params: OfSupervision },
        response: { 200: Supervision, ...refusals },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const { supervisionId } = request.params;
      const life = await ownLife(livesIn(log), supervisionId, principal);
      if (life.state === 'refused' || life.state === 'ended') return reply.send(shown(life, now()));
      // It ends once, so that its id names the command.
      await decide(life.callId, `leave:${supervisionId}`, {
        type: 'change-commanded',
        at: now(),
        rules: permissionsOf(options).rules(),
        command: { user: principal.name, supervisionId, mode: null },
        isModeForbidden: false,
      }).catch((error: unknown) => {
        if (!(error instanceof HttpProblem) || error.status !== 409) throw error;
      });
      return reply.send(shown(await ownLife(livesIn(log), supervisionId, principal), now()));
    },
  );
};

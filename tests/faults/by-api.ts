import type { CallEvent, CallId, SupervisionMode } from '@earshot/contracts';
import type { Input } from '../../services/supervision/src/domain/input.ts';
import { whyNotPermitted } from '../../services/supervision/src/domain/permission.ts';
import { castOf } from './cast.ts';
import type { FaultyProcess } from './faulty-process.ts';
import type { FaultyWorld } from './faulty-world.ts';
import { lastOf, ofType } from './log-reader.ts';

/** When the phone that rings for a supervision is answered, in ms after the command: some of them find it not ringing yet. */
const answeredAfterMs = [400, 1_500, 4_000];

const agentAt = (extension: string) => ({ extension, exportId: Number(extension) });

/** After how long a client that waits for its answer gives the command again, to another process, in ms. */
const askedAgainMs = 300;

/** One process after the other gets the command, twice, as from a client that asks whoever answers, again and again. */
const tell = (
  world: FaultyWorld,
  callId: CallId,
  id: string,
  inputAt: (process: FaultyProcess) => Input,
): void => {
  world
    .processesOf('supervision')
    .toReversed()
    .forEach((process, place) => {
      const ask = (): void => {
        for (const _ of ['once', 'again'])
          void process.command(callId, inputAt(process), id)?.catch(() => undefined);
      };
      if (place === 0) ask();
      else world.clock.after(place * askedAgainMs, ask);
    });
};

const now = (world: FaultyWorld): string => new Date(world.clock.now()).toISOString();

/** Somebody asks by API to supervise whoever has this extension on a call, and picks the phone up when it rings. */
export const joinByApi = (
  world: FaultyWorld,
  supervisor: string,
  target: string,
  mode: SupervisionMode,
): void => {
  const callId = world.log.calls().find(
    (id) =>
      !lastOf(world.log.of(id), 'CallEnded') &&
      castOf(world.log.of(id)).some(({ party, extension, isOver }) => {
        return party === 'agent' && extension === target && !isOver;
      }),
  );
  if (callId === undefined) return;
  const phone = world.theSwitch.phones.extension(supervisor);
  const commandId = `join-${world.clock.now()}`;
  const [at, who] = [now(world), agentAt(supervisor)];
  tell(world, callId, commandId, () => ({
    type: 'supervision-commanded',
    at,
    rules: world.permissions.rules(),
    command: { user: supervisor, commandId, supervisor: who, phone: who, mode, target },
    notPermitted: whyNotPermitted(world.permissions, supervisor, target, mode),
  }));
  const answer = (): void => {
    if (phone.state === 'ringing' && phone.leg?.includes('-v') === true) phone.answer();
  };
  for (const ms of answeredAfterMs) world.clock.after(ms, answer);
};

const isForbidden = (
  { permissions }: FaultyWorld,
  supervisor: string,
  target: string,
  mode: SupervisionMode | null,
): boolean =>
  mode !== null && whyNotPermitted(permissions, supervisor, target, mode) === 'mode_not_permitted';

/** Somebody asks by API for another mode of their newest supervision; null: to leave it. */
export const changeByApi = (world: FaultyWorld, supervisor: string, mode: SupervisionMode | null): void => {
  const asked = ofType(world.log.all(), 'SupervisionRequestedByApi', 'SupervisionRequested').findLast(
    ({ data }) => data.supervisor.extension === supervisor,
  );
  const started = ofType(world.log.all(), 'SupervisionStarted').find(
    ({ data }) => data.legId === asked?.data.legId,
  );
  const id =
    started?.data.supervisionId ?? (asked?.type === 'SupervisionRequestedByApi' && asked.data.supervisionId);
  if (!asked || !id) return;
  const at = now(world);
  tell(world, asked.callId, `change-${world.clock.now()}`, () => ({
    type: 'change-commanded',
    at,
    rules: world.permissions.rules(),
    command: { user: supervisor, supervisionId: id, mode },
    isModeForbidden: isForbidden(world, supervisor, asked.data.target, mode),
  }));
};

/** Whether a change by API, of which the log knows, is newer than a key of a leg, or was made knowing it: then the key says nothing. */
export const isOvertakenByApi = (events: readonly CallEvent[], legId: string, keyAt: number): boolean => {
  const supervision = ofType(events, 'SupervisionStarted').find(({ data }) => data.legId === legId)?.data;
  const key = ofType(events, 'KeyPressed').find(
    ({ data, occurredAt }) => data.legId === legId && Date.parse(occurredAt) === keyAt,
  );
  return ofType(events, 'SupervisionModeChanged').some(
    ({ actor, data, occurredAt }) =>
      actor.kind === 'api' &&
      data.supervisionId === supervision?.supervisionId &&
      (Date.parse(occurredAt) >= keyAt || (key !== undefined && (data.keysUpTo ?? 0) >= key.sequence)),
  );
};

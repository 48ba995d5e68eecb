import { callIdOf, conversationOf, isHeardByFewer, modeKeys, type CallEvent } from '@earshot/contracts';
import { isOvertakenByApi } from './by-api.ts';
import { castOf, type CastLeg } from './cast.ts';
import type { FaultyWorld } from './faulty-world.ts';
import { lastOf, ofType } from './log-reader.ts';
import { whyNotPermitted } from '../../services/supervision/src/domain/permission.ts';
import { supervisionDecider } from '../../services/supervision/src/domain/supervision.ts';
import { isTopologyOutdated } from '../../services/supervision/src/domain/topology-changed.ts';
import { decisionStands } from './recorder-watch.ts';
import { isKeyRefused, modeOf } from './voice-watch.ts';

type Check = (world: FaultyWorld) => readonly string[];

const isInConversation = (events: readonly CallEvent[], legId: string): boolean =>
  ofType(events, 'ConversationChanged').some(({ data }) =>
    data.parties.some((party) => party.legId === legId),
  );

const livingLegs = (events: readonly CallEvent[]): readonly CastLeg[] =>
  castOf(events).filter(({ isOver }) => !isOver);

/** Who shall hear whom by the log: supervision's newest topology when it is of the newest conversation, else the parties alone. */
const decidedPairs = (events: readonly CallEvent[]): readonly string[] => {
  const conversation = lastOf(events, 'ConversationChanged');
  if (!conversation || lastOf(events, 'CallEnded')) return [];
  const topology = lastOf(events, 'TopologyChanged');
  const pairs =
    topology?.data.revision === conversation.data.revision
      ? topology.data.pairs
      : conversationOf(conversation.data.parties);
  const handles = new Map(livingLegs(events).map(({ legId, handle }) => [legId, handle]));
  return pairs
    .filter(({ listener, speaker }) => handles.has(listener) && handles.has(speaker))
    .map(({ listener, speaker }) => `${handles.get(listener)} hears ${handles.get(speaker)}`)
    .toSorted();
};

/** A customer hears a supervisor who barges, and no other, whatever topology was decided. */
const onlyWhoBargesIsHeard: Check = ({ log, theSwitch }) =>
  log.calls().flatMap((callId) => {
    const events = log.of(callId);
    const cast = castOf(events);
    const legOf = (handle: string): CastLeg | undefined => cast.find((leg) => leg.handle === handle);
    return theSwitch.pairsHeard(callId).flatMap(({ listener, speaker }) => {
      const [hears, speaks] = [legOf(listener), legOf(speaker)];
      if (hears?.party !== 'customer' || speaks?.party !== 'supervisor') return [];
      const mode = modeOf(events, speaks.legId);
      return mode === 'barge' ? [] : [`a customer hears ${speaker}, whose mode is ${mode}`];
    });
  });

/** What supervision decided last is what it would decide now: of who takes part, of the modes, and of the rules of the tenant. */
const topologiesAreCurrent: Check = ({ log, permissions }) =>
  log.calls().flatMap((callId) => {
    const state = log.of(callId).reduce(supervisionDecider.evolve, supervisionDecider.initialState());
    const isOutdated = state.supervisions.length > 0 && isTopologyOutdated(state, permissions.rules());
    return isOutdated ? [`at rest ${callId} has a topology that would be decided otherwise now`] : [];
  });

const whoHearsWhom: Check = ({ log, theSwitch }) =>
  log.calls().flatMap((callId) => {
    const shall = decidedPairs(log.of(callId)).join(', ');
    const is = theSwitch
      .pairsHeard(callId)
      .map(({ listener, speaker }) => `${listener} hears ${speaker}`)
      .toSorted()
      .join(', ');
    return shall === is ? [] : [`at rest it shall be that "${shall}", and it is that "${is}"`];
  });

/** One barges, and supervisors shall hear nobody of each other: the others hear nothing until then (docs/adr/0016). */
const isSetAside = ({ log, permissions }: FaultyWorld, leg: string | undefined): boolean =>
  permissions.rules().hearEachOther === 'nobody' &&
  log.calls().some((callId) => {
    const cast = castOf(log.of(callId)).filter(({ party }) => party === 'supervisor');
    const barges = ({ handle, legId }: CastLeg): boolean =>
      handle !== leg && modeOf(log.of(callId), legId) === 'barge';
    return cast.some(({ handle }) => handle === leg) && cast.some(barges);
  });

const nobodyWaitsInSilence: Check = (world) =>
  world.theSwitch.phones.list().flatMap((phone) => {
    const { theSwitch } = world;
    const hears = theSwitch.pairsHeard().some(({ listener }) => listener === phone.leg);
    if (isSetAside(world, phone.leg)) return [];
    if (phone.state === 'idle' || hears || phone.hearsMusic || phone.state === 'ringing') return [];
    // An outside phone that is being rung by an agent rings for a minute.
    if (phone.state === 'calling' && phone.kind === 'extension') return [];
    return [`${phone.number} (${phone.state}) hears nothing, and nothing will come`];
  });

const agentsAreFree: Check = ({ theSwitch, processesOf }) => {
  const term = processesOf('signaling')
    .map((process) => process.term())
    .find((found) => found);
  if (!term) return ['nobody is the master of the switch'];
  const able = term.whyNotAble();
  return [
    ...(able === undefined ? [] : [`the master is not able: ${able}`]),
    ...theSwitch.phones
      .list()
      .filter(
        ({ kind, state, number }) =>
          kind === 'extension' && state === 'idle' && !term.directory.isFree(number),
      )
      .map(({ number }) => `${number} is idle and counts as busy`),
  ];
};

const nobodyWaitsForWhoIsFree: Check = ({ log, theSwitch, processesOf }) => {
  const term = processesOf('signaling')
    .map((process) => process.term())
    .find((found) => found);
  return log.calls().flatMap((callId) => {
    const events = log.of(callId);
    const queue = lastOf(events, 'QueueEntered')?.data;
    if (!queue || lastOf(events, 'ConversationChanged', 'CallEnded')) return [];
    const wanted = queue.group
      ? (term?.directory.freeAgentsOf(queue.group.id).map(({ extension }) => extension) ?? [])
      : [queue.extension ?? ''];
    return wanted
      .filter((extension) => {
        const phone = theSwitch.phones.find(extension);
        return phone?.state === 'idle' && phone.script.does === 'answer';
      })
      .map((extension) => `${callId} waits although ${extension} is free`);
  });
};

const nothingIsLeft: Check = ({ log, theSwitch }) => {
  const isOver = (id: string): boolean => lastOf(log.of(callIdOf(id) ?? ''), 'CallEnded') !== undefined;
  const running = theSwitch
    .recordings()
    .filter(({ durationMs }) => durationMs === null)
    .map(({ recordingId }) => recordingId);
  return running
    .filter((id) => !decisionStands(log.of(callIdOf(id) ?? ''), id))
    .map((id) => `${id} runs without a decision`)
    .concat(running.filter(isOver).map((id) => `${id} runs after its call`));
};

const supervisorsStay: Check = ({ log, phones, theSwitch }) =>
  log.calls().flatMap((callId) => {
    const events = log.of(callId);
    return castOf(events)
      .filter(({ party }) => party === 'supervisor')
      .flatMap(({ legId, handle }) => {
        const end = ofType(events, 'SupervisionEnded').find(({ data }) => data.legId === legId);
        const ended = end?.data.reason;
        const hasBegun = ofType(events, 'SupervisionStarted').some(({ data }) => data.legId === legId);
        const isThrownOut = hasBegun && ended === 'supervisor_left' && end?.actor.kind !== 'api';
        if (isThrownOut && !phones.endedByPhone.has(handle))
          return [`${handle} was thrown out of a supervision`];
        const isThere = theSwitch.numberOf(handle) !== undefined;
        const hasReason =
          ended ??
          lastOf(events, 'CallEnded') ??
          ofType(events, 'SupervisionRefused').find(({ data }) => data.legId === legId);
        return isThere || hasReason || phones.endedByPhone.has(handle)
          ? []
          : [`${handle} supervised, and is gone for no reason`];
      });
  });

/**
 * The last mode key of a leg that was heard while it supervised is its mode; but for an older one that a process which had been
 * away wrote down behind it: that may have taken the voice away (docs/adr/0012), and unless that
 * mode was refused.
 */
const lastKeyCounts: Check = ({ log, phones }) =>
  log.calls().flatMap((callId) => {
    const events = log.of(callId);
    return livingLegs(events)
      .filter(({ party }) => party === 'supervisor')
      .flatMap(({ legId, handle }) => {
        const mode = modeOf(events, legId);
        const started = ofType(events, 'SupervisionStarted').find(({ data }) => data.legId === legId);
        const counted = ofType(events, 'KeyPressed').filter(
          ({ data }) => data.legId === legId && data.awaitedBy === 'supervision',
        );
        const last = phones.presses.findLast((press) => press.handle === handle && modeKeys[press.key]);
        if (!mode || !started || !last?.wasHeard || counted.length === 0) return [];
        const place = counted.findIndex(({ occurredAt }) => Date.parse(occurredAt) === last.at);
        const wanted = modeKeys[last.key] ?? mode;
        const wasTakenAway =
          isHeardByFewer(mode, wanted) &&
          counted.slice(place + 1).some(({ data }) => modeKeys[data.key ?? ''] === mode);
        const isRefused = isKeyRefused(events, legId, new Date(last.at).toISOString());
        return place >= 0 &&
          wanted !== mode &&
          !wasTakenAway &&
          !isRefused &&
          !isOvertakenByApi(events, legId, last.at)
          ? [`${handle} pressed ${last.key} last and is in ${mode}`]
          : [];
      });
  });

/** A key that took a voice away, as the switch was told, and that was the leg's last, counts though whoever heard it died. */
const rememberedKeyCounts: Check = ({ log, phones, theSwitch }) =>
  theSwitch.rememberedKeys().flatMap(({ handle, key, at }) => {
    const last = phones.presses.findLast((press) => press.handle === handle && modeKeys[press.key]);
    if (last?.at !== Date.parse(at)) return [];
    const mode = log.calls().flatMap((callId) => {
      const events = log.of(callId);
      const leg = livingLegs(events).find((living) => living.handle === handle);
      if (!leg || isKeyRefused(events, leg.legId, at) || isOvertakenByApi(events, leg.legId, Date.parse(at)))
        return [];
      return modeOf(events, leg.legId) ?? [];
    })[0];
    return mode && mode !== modeKeys[key]
      ? [`${handle} pressed ${key} last, which the switch remembers, and is in ${mode}`]
      : [];
  });

/** A permission that was taken away ends what it permitted. */
const whoSupervisesMay: Check = ({ log, permissions }) =>
  log.calls().flatMap((callId) => {
    const events = log.of(callId);
    const goOn = ofType(events, 'SupervisionStarted').filter(
      ({ data }) =>
        !lastOf(events, 'CallEnded') &&
        !ofType(events, 'SupervisionEnded').some((ended) => ended.data.supervisionId === data.supervisionId),
    );
    return goOn.flatMap(({ data: { legId } }) => {
      const asked = ofType(events, 'SupervisionRequested', 'SupervisionRequestedByApi').find(
        ({ data }) => data.legId === legId,
      )?.data;
      const why = asked
        ? whyNotPermitted(
            permissions,
            asked.supervisor.extension,
            asked.target,
            modeOf(events, legId) ?? 'spy',
          )
        : 'never asked';
      return why === null ? [] : [`${legId} supervises and may not: ${why}`];
    });
  });

/** A party that talked was taken off its call although nobody of that call hung up. */
const nobodyIsCutOff: Check = ({ log, phones, theSwitch }) =>
  log.calls().flatMap((callId) => {
    const events = log.of(callId);
    const parties = castOf(events).filter(
      ({ party, legId }) => party !== 'supervisor' && isInConversation(events, legId),
    );
    if (parties.some(({ handle }) => phones.endedByPhone.has(handle))) return [];
    return parties
      .filter(({ handle }) => theSwitch.numberOf(handle) === undefined)
      .map(({ handle }) => `${handle} was cut off while it talked`);
  });

/** What holds when all is calm and people still talk. */
export const promisesAtRest: Check = (world) =>
  [
    onlyWhoBargesIsHeard,
    topologiesAreCurrent,
    whoHearsWhom,
    nobodyWaitsInSilence,
    agentsAreFree,
    nobodyWaitsForWhoIsFree,
    nothingIsLeft,
    supervisorsStay,
    whoSupervisesMay,
    lastKeyCounts,
    rememberedKeyCounts,
    nobodyIsCutOff,
  ].flatMap((check) => check(world));

/** What holds when everybody has hung up. */
export const promisesInTheEnd = async (world: FaultyWorld): Promise<readonly string[]> => {
  const { log, theSwitch } = world;
  const { legs, bridges, snoops, recorders, prompts } = await theSwitch.snapshot({
    recorders: [],
    prompts: [],
    keysOf: [],
  });
  const left = [
    ...legs.map(({ handle }) => handle),
    ...bridges.map(({ bridge }) => bridge),
    ...snoops.map(({ snoop }) => snoop),
    ...recorders.map(({ recordingId }) => recordingId),
    ...prompts,
  ];
  return [
    ...left.map((id) => `${id} is left on the switch`),
    ...agentsAreFree(world),
    ...log.calls().flatMap((callId) => {
      const events = log.of(callId);
      const open = livingLegs(events).map(({ handle }) => `${handle} is gone, and the log has it`);
      const isCall = lastOf(events, 'CallStarted') !== undefined;
      return isCall && !lastOf(events, 'CallEnded') ? [...open, `${callId} has not ended`] : open;
    }),
  ];
};

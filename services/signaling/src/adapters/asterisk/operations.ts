import type { Destination, Handle, Outcome, SwitchOperation } from '../../domain/switch.ts';
import { ariPath, type AriAnswer, type AriClient } from './ari-client.ts';
import type { AriBridge, AriChannel, AriLiveRecording, AriPlayback } from './ari-types.ts';
import type { Book } from './book.ts';
import { isRungByUs, snoopedBy } from './legs-on-asterisk.ts';

type Of<Op extends SwitchOperation['op']> = Extract<SwitchOperation, { op: Op }>;

export interface Surroundings {
  /** Its requests belong to the operation. */
  readonly ari: AriClient;
  readonly book: Book;
  readonly app: string;
  /** `host:port` that outside numbers are called through; empty: they cannot be called. */
  readonly trunk: string;
  /** Folder, as Asterisk sees it, with each greeting as `<content hash>.wav`. */
  readonly greetingsFolder: string;
  /** Tells that a leg that was to ring could not be reached. */
  readonly unreachable: (leg: Handle) => void;
}

const done: Outcome = { outcome: 'done' };
const refused = (reason: string): Outcome => ({ outcome: 'refused', reason });

/** A snoop enters the application some ms after it is made, and can be placed only then. */
const snoopLimitMs = 1_500;

/** What an answer means, where a certain refusal (by HTTP status) means that it is so already. */
const outcomeOf = (answer: AriAnswer, ...alreadySo: readonly number[]): Outcome => {
  if (answer.outcome === 'refused') return alreadySo.includes(answer.status) ? done : refused(answer.reason);
  return answer.outcome === 'unknown' ? answer : done;
};

/** The channel variable in which Asterisk remembers a key: when it was let go, and which. */
export const keyVariable = 'EARSHOT_KEY';

/** Undefined when the leg is there and answered. */
const unlessAnswered = async ({ ari, book }: Surroundings, leg: Handle): Promise<Outcome | undefined> => {
  if (book.legs.get(leg)?.answered) return undefined;
  const channel = await ari.get<AriChannel>(ariPath('channels', leg));
  if (channel.outcome !== 'done') return channel.outcome === 'refused' ? refused('no such leg') : channel;
  return channel.body.state === 'Up' ? undefined : refused('the leg is not answered');
};

const answer = async ({ ari, book }: Surroundings, leg: Handle): Promise<Outcome> => {
  if (isRungByUs(leg))
    return book.legs.get(leg)?.answered ? done : refused('the leg is rung by us; only its phone can answer');
  return outcomeOf(await ari.post(ariPath('channels', leg, 'answer')));
};

const endpointOf = (to: Destination, trunk: string): string | undefined => {
  if (to.kind === 'extension') return `PJSIP/${to.extension}`;
  return trunk === '' ? undefined : `PJSIP/outside/sip:${to.number}@${trunk}`;
};

const ring = async (
  { ari, book, app, trunk, unreachable }: Surroundings,
  { leg, to, callerNumber, ringForMs }: Of<'ring'>,
): Promise<Outcome> => {
  if (book.over.has(leg)) return refused('the leg was there and is gone');
  const endpoint = endpointOf(to, trunk);
  if (endpoint === undefined) return refused('there is no trunk for outside numbers');
  const rung = await ari.post<AriChannel>('/channels', {
    endpoint,
    app,
    appArgs: 'leg',
    channelId: leg,
    callerId: callerNumber,
    timeout: Math.max(1, Math.ceil(ringForMs / 1000)),
  });
  if (rung.outcome === 'done') {
    if (!book.legs.has(leg) && !book.over.has(leg)) book.isThere(leg, { answered: false });
    return done;
  }
  const known = await ari.get(ariPath('channels', leg));
  if (known.outcome === 'done') return done;
  if (rung.outcome === 'unknown' || known.outcome === 'unknown')
    return { outcome: 'unknown', reason: rung.reason };
  // Asterisk says 409 both of an id in use and of a phone that is not there; no channel has the id.
  unreachable(leg);
  return done;
};

const hangUp = async ({ ari, book }: Surroundings, leg: Handle): Promise<Outcome> => {
  book.ended.add(leg);
  const answered = await ari.delete(ariPath('channels', leg));
  if (answered.outcome === 'refused' && answered.status === 404)
    return book.over.has(leg) ? done : refused('no such leg');
  return outcomeOf(answered);
};

const play = async (around: Surroundings, { promptId, leg, contentHash }: Of<'play'>): Promise<Outcome> => {
  const { ari, book, greetingsFolder } = around;
  if (book.over.has(promptId) || book.prompts.has(promptId)) return done;
  const missing = await unlessAnswered(around, leg);
  if (missing) return missing;
  if (book.seats.has(leg)) return refused('the leg is in a bridge');
  // The same id twice would play twice.
  const known = await ari.get<AriPlayback>(ariPath('playbacks', promptId));
  if (known.outcome !== 'refused') return outcomeOf(known);
  book.prompts.set(promptId, leg);
  const played = await ari.post(ariPath('channels', leg, 'play', promptId), {
    media: `sound:${greetingsFolder}/${contentHash}`,
  });
  if (played.outcome !== 'done') book.prompts.delete(promptId);
  return outcomeOf(played);
};

const stopPrompt = async ({ ari, book }: Surroundings, promptId: string): Promise<Outcome> => {
  book.ended.add(promptId);
  const stopped = await ari.delete(ariPath('playbacks', promptId));
  if (stopped.outcome === 'refused' && stopped.status === 404)
    return book.over.has(promptId) ? done : refused('no such prompt');
  return outcomeOf(stopped);
};

const makeBridge = async ({ ari, app, book }: Surroundings, bridge: string): Promise<Outcome> => {
  if (book.over.has(bridge)) return refused('a bridge of that id was there and is over');
  // The type of a video conference is the only one that mixes from the start. A bridge of two that turns into a mixing one when
  // a third comes, a supervisor or a recorder, costs both parties a frame (measured, infra/asterisk/README.md).
  const made = outcomeOf(
    await ari.post(ariPath('bridges', bridge), { type: 'mixing,video_sfu', name: bridge }),
    409,
  );
  if (made.outcome !== 'done') return made;
  // Else a bridge that we left tells us nothing, not even that its recorder ended.
  return outcomeOf(
    await ari.post(ariPath('applications', app, 'subscription'), { eventSource: `bridge:${bridge}` }),
  );
};

const dropBridge = async ({ ari, book }: Surroundings, bridge: string): Promise<Outcome> => {
  book.over.add(bridge);
  // 409: it is on its way out, still listed, and no longer the application's.
  const dropped = outcomeOf(await ari.delete(ariPath('bridges', bridge)), 404, 409);
  if (dropped.outcome === 'done') {
    for (const [participant, seat] of book.seats) if (seat.bridge === bridge) book.seats.delete(participant);
  }
  return dropped;
};

const place = async (around: Surroundings, { participant, bridge, keys }: Of<'place'>): Promise<Outcome> => {
  const { ari, book } = around;
  // Adding a channel where it is already takes it out and puts it back, which everybody there would hear.
  const there = await ari.get<AriBridge>(ariPath('bridges', bridge));
  if (there.outcome !== 'done') return there.outcome === 'refused' ? refused('no such bridge') : there;
  if (!there.body.channels.includes(participant)) {
    if (book.legs.has(participant) && !book.seats.has(participant)) await quieten(around, participant);
    // Always absorbed: a key that passes through a bridge is cut out of its recording. Those to be heard are sent on by `passKey`.
    const added = await ari.post(ariPath('bridges', bridge, 'addChannel'), {
      channel: participant,
      absorbDTMF: true,
    });
    if (added.outcome !== 'done') return added.outcome === 'refused' ? refused(added.reason) : added;
  }
  book.seats.set(participant, { bridge, keys });
  return done;
};

/** Whoever talks to somebody from now on hears no prompt and no music. */
const quieten = async ({ ari, book }: Surroundings, leg: Handle): Promise<void> => {
  const prompts = [...book.prompts].filter(([, to]) => to === leg).map(([promptId]) => promptId);
  for (const promptId of prompts) book.ended.add(promptId);
  await Promise.all([
    ...prompts.map((promptId) => ari.delete(ariPath('playbacks', promptId))),
    ari.delete(ariPath('channels', leg, 'moh')),
  ]);
};

const takeOut = async (
  { ari, book }: Surroundings,
  { participant, bridge }: Of<'take-out'>,
): Promise<Outcome> => {
  const out = await ari.post(ariPath('bridges', bridge, 'removeChannel'), { channel: participant });
  // 404 no such bridge, 400 no such channel, 409 and 422 not in this bridge or not ours any more: not there, as asked.
  const outcome = outcomeOf(out, 400, 404, 409, 422);
  if (outcome.outcome === 'done' && book.seats.get(participant)?.bridge === bridge)
    book.seats.delete(participant);
  return outcome;
};

const makeSnoop = async (
  around: Surroundings,
  { snoop, on, speaksTo }: Of<'make-snoop'>,
): Promise<Outcome> => {
  const { ari, book, app } = around;
  if (book.over.has(snoop)) return refused('a snoop of that id was there and is over');
  const missing = await unlessAnswered(around, on);
  if (missing) return missing;
  const entered = book.entered(snoop, snoopLimitMs);
  const made = await ari.post<AriChannel>(ariPath('channels', on, 'snoop', snoop), {
    spy: 'both',
    whisper: speaksTo === 'leg' ? 'out' : 'none',
    app,
    appArgs: `snoop,${speaksTo}`,
  });
  if (made.outcome === 'done' && (await entered)) return done;
  book.hasEntered(snoop);
  const known = await ari.get<AriChannel>(ariPath('channels', snoop));
  if (known.outcome === 'done') {
    const isAsAsked = snoopedBy(known.body) === on && speaksToOf(known.body) === speaksTo;
    return isAsAsked ? done : refused('a snoop of that name does something else');
  }
  return known.outcome === 'unknown' ? known : outcomeOf(made);
};

/** What a snoop was made for, from the arguments it entered our application with. */
export const speaksToOf = (snoop: AriChannel): 'nobody' | 'leg' =>
  snoop.dialplan.app_data.split(',')[2] === 'leg' ? 'leg' : 'nobody';

const startRecorder = async (
  { ari, book }: Surroundings,
  { recordingId, bridge }: Of<'start-recorder'>,
): Promise<Outcome> => {
  if (book.over.has(recordingId)) return refused('a recorder of that id is over');
  const started = await ari.post(ariPath('bridges', bridge, 'record'), {
    name: recordingId,
    format: 'wav',
    ifExists: 'fail',
  });
  if (started.outcome !== 'refused' || started.status !== 409) return outcomeOf(started);
  if (book.recorders.has(recordingId)) return done;
  const known = await ari.get<AriLiveRecording>(ariPath('recordings', 'live', recordingId));
  if (known.outcome === 'refused') return refused('this recording exists already');
  return outcomeOf(known);
};

const stopRecorder = async ({ ari }: Surroundings, recordingId: string): Promise<Outcome> => {
  const stopped = await ari.post(ariPath('recordings', 'live', recordingId, 'stop'));
  if (stopped.outcome !== 'refused' || stopped.status !== 404) return outcomeOf(stopped);
  const stored = await ari.get(ariPath('recordings', 'stored', recordingId));
  return stored.outcome === 'refused' ? refused('no such recording') : outcomeOf(stored);
};

const discardRecording = async ({ ari }: Surroundings, recordingId: string): Promise<Outcome> => {
  const live = await ari.get(ariPath('recordings', 'live', recordingId));
  if (live.outcome !== 'refused') return live.outcome === 'done' ? refused('the recorder runs') : live;
  return outcomeOf(await ari.delete(ariPath('recordings', 'stored', recordingId)), 404);
};

/** Does one operation. What cannot be asked of ARI twice is read back first. */
export const carryOut = async (around: Surroundings, operation: SwitchOperation): Promise<Outcome> => {
  const { ari, book } = around;
  switch (operation.op) {
    case 'answer':
      return answer(around, operation.leg);
    case 'ring-back':
      return outcomeOf(await ari.post(ariPath('channels', operation.leg, 'ring')));
    case 'ring':
      return ring(around, operation);
    case 'hang-up':
      return hangUp(around, operation.leg);
    case 'play':
      return play(around, operation);
    case 'stop-prompt':
      return stopPrompt(around, operation.promptId);
    case 'start-waiting-music':
      return (
        (await unlessAnswered(around, operation.leg)) ??
        outcomeOf(await ari.post(ariPath('channels', operation.leg, 'moh')))
      );
    case 'stop-waiting-music':
      return outcomeOf(await ari.delete(ariPath('channels', operation.leg, 'moh')), 404, 409, 412);
    case 'make-bridge':
      return makeBridge(around, operation.bridge);
    case 'place':
      return place(around, operation);
    case 'take-out':
      return takeOut(around, operation);
    // What the phone says is dropped where it comes in, before bridge and snoops get it; what it hears goes on.
    case 'mute':
      return outcomeOf(await ari.post(ariPath('channels', operation.leg, 'mute'), { direction: 'in' }));
    case 'unmute':
      return outcomeOf(await ari.delete(ariPath('channels', operation.leg, 'mute'), { direction: 'in' }));
    case 'remember-key':
      return outcomeOf(
        await ari.post(ariPath('channels', operation.leg, 'variable'), {
          variable: keyVariable,
          value: `${operation.at} ${operation.key}`,
        }),
      );
    case 'make-snoop':
      return makeSnoop(around, operation);
    case 'drop-snoop':
      book.over.add(operation.snoop);
      book.seats.delete(operation.snoop);
      return outcomeOf(await ari.delete(ariPath('channels', operation.snoop)), 404);
    case 'drop-bridge':
      return dropBridge(around, operation.bridge);
    case 'start-recorder':
      return startRecorder(around, operation);
    case 'stop-recorder':
      return stopRecorder(around, operation.recordingId);
    case 'discard-recording':
      return discardRecording(around, operation.recordingId);
  }
};

/** Sends a key on to the others in a bridge, when the leg that pressed it is placed so that it is heard. */
export const passKey = async (
  { ari, book }: Surroundings,
  from: Handle,
  key: string,
  durationMs: number,
): Promise<void> => {
  const seat = book.seats.get(from);
  if (seat?.keys !== 'passed') return;
  const others = [...book.seats].filter(
    ([other, { bridge }]) => other !== from && bridge === seat.bridge && book.legs.has(other),
  );
  await Promise.all(
    others.map(([other]) =>
      ari.post(ariPath('channels', other, 'dtmf'), { dtmf: key, duration: durationMs }),
    ),
  );
};

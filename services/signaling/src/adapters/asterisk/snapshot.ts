import { callIdOf } from '@earshot/contracts';
import type { Asked, Handle, RememberedKey, SwitchSnapshot } from '../../domain/switch.ts';
import { ariPath, type AriAnswer, type AriClient } from './ari-client.ts';
import type { AriBridge, AriChannel, AriLiveRecording, AriPlayback } from './ari-types.ts';
import type { Book } from './book.ts';
import { arrivalOf, isRungByUs, snoopedBy, type Door } from './legs-on-asterisk.ts';
import { keyVariable, speaksToOf } from './operations.ts';

const must = <Body>(answer: AriAnswer<Body>): Body => {
  if (answer.outcome === 'done') return answer.body;
  throw new Error(`The switch did not tell what is true: ${answer.reason}`);
};

/** The thing itself, or undefined when the switch says that there is none. */
const orNothing = <Body>(answer: AriAnswer<Body>): Body | undefined =>
  answer.outcome === 'refused' && answer.status === 404 ? undefined : must(answer);

/** What Asterisk has, with what is not part of the port's snapshot but belongs into the book. */
export interface AsteriskSnapshot extends SwitchSnapshot {
  readonly channels: readonly AriChannel[];
  readonly legOfPrompt: ReadonlyMap<string, string>;
}

const legsOf = (channels: readonly AriChannel[], door: Door): SwitchSnapshot['legs'] =>
  channels
    .filter((channel) => snoopedBy(channel) === undefined)
    .flatMap((channel): SwitchSnapshot['legs'] => {
      const arrival = arrivalOf(channel, door) ?? null;
      if (!arrival && !isRungByUs(channel.id)) return [];
      const state = channel.state === 'Up' ? 'answered' : arrival ? 'arrived' : 'ringing';
      return [{ handle: channel.id, state, arrival }];
    });

const snoopsOf = (channels: readonly AriChannel[]): SwitchSnapshot['snoops'] =>
  channels.flatMap((channel) => {
    const on = snoopedBy(channel);
    return on === undefined || callIdOf(channel.id) === undefined
      ? []
      : [{ snoop: channel.id, on, speaksTo: speaksToOf(channel) }];
  });

/** Undefined: the channel has none, or is gone or on its way out. */
const keyOn = async (ari: AriClient, handle: Handle): Promise<RememberedKey | undefined> => {
  const answer = await ari.get<{ readonly value: string }>(ariPath('channels', handle, 'variable'), {
    variable: keyVariable,
  });
  if (answer.outcome === 'refused') return undefined;
  const [at, key] = must(answer).value.split(' ');
  return at && key ? { handle, key, at } : undefined;
};

/**
 * Asks Asterisk for everything of our application: two lists, and one request per recorder, prompt and key asked after,
 * because it lists none of them.
 * @throws Error when it does not answer
 */
export const takeSnapshot = async (ari: AriClient, door: Door, asked: Asked): Promise<AsteriskSnapshot> => {
  const [channels, allBridges, recordings, playbacks, keys] = await Promise.all([
    ari.get<readonly AriChannel[]>('/channels').then(must),
    ari.get<readonly AriBridge[]>('/bridges').then(must),
    Promise.all(
      asked.recorders.map(async (id) =>
        orNothing(await ari.get<AriLiveRecording>(ariPath('recordings', 'live', id))),
      ),
    ),
    Promise.all(
      asked.prompts.map(async (id) => orNothing(await ari.get<AriPlayback>(ariPath('playbacks', id)))),
    ),
    Promise.all(asked.keysOf.map((handle) => keyOn(ari, handle))),
  ]);
  const running = recordings
    .filter((recording) => recording !== undefined)
    .filter(({ state }) => ['queued', 'recording', 'paused'].includes(state));
  const playing = playbacks
    .filter((playback) => playback !== undefined)
    .filter(({ state }) => !['done', 'failed'].includes(state));
  return {
    channels,
    legs: legsOf(channels, door),
    snoops: snoopsOf(channels),
    bridges: allBridges
      .filter(({ id }) => callIdOf(id) !== undefined)
      .map(({ id, channels: participants }) => ({ bridge: id, participants })),
    recorders: running.map(({ name, target_uri }) => ({
      recordingId: name,
      bridge: target_uri.replace(/^bridge:/, ''),
    })),
    prompts: playing.map(({ id }) => id),
    keys: keys.flatMap((key) => key ?? []),
    legOfPrompt: new Map(playing.map(({ id, target_uri }) => [id, target_uri.replace(/^channel:/, '')])),
  };
};

/** Notes recorders and prompts that another process began: this one was asked after them, so they are ours. */
export const noteFound = (book: Book, { recorders, legOfPrompt }: AsteriskSnapshot): void => {
  for (const { recordingId, bridge } of recorders) {
    if (!book.recorders.has(recordingId) && !book.over.has(recordingId))
      book.recorders.set(recordingId, { bridge, startedAt: undefined });
  }
  for (const [promptId, leg] of legOfPrompt) if (!book.over.has(promptId)) book.prompts.set(promptId, leg);
};

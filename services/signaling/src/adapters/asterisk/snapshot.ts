import { callIdOf } from '@earshot/contracts';
import type { SwitchSnapshot } from '../../domain/switch.ts';
import { ariPath, type AriAnswer, type AriClient } from './ari-client.ts';
import type { AriBridge, AriChannel, AriLiveRecording, AriPlayback } from './ari-types.ts';
import { arrivalOf, isRungByUs, snoopedBy } from './legs-on-asterisk.ts';
import { promptsVariable, speaksToOf } from './operations.ts';

const must = <Body>(answer: AriAnswer<Body>): Body => {
  if (answer.outcome === 'done') return answer.body;
  throw new Error(`The switch did not tell what is true: ${answer.reason}`);
};

/** The thing itself, or undefined when the switch says that there is none. */
const orNothing = <Body>(answer: AriAnswer<Body>): Body | undefined =>
  (answer.outcome === 'refused' && answer.status === 404 ? undefined : must(answer));

const isRunning = (recording: AriLiveRecording): boolean => ['queued', 'recording', 'paused'].includes(recording.state);

/** ARI lists no running recordings: of the stored ones, those of calls that have a bridge are asked for one by one. */
const recordersOf = async (ari: AriClient, bridges: readonly AriBridge[]): Promise<SwitchSnapshot['recorders']> => {
  const calls = new Set(bridges.map(({ id }) => callIdOf(id)));
  if (calls.size === 0) return [];
  const stored = must(await ari.get<readonly { name: string }[]>('/recordings/stored'));
  const candidates = stored.filter(({ name }) => callIdOf(name) !== undefined && calls.has(callIdOf(name)));
  const live = await Promise.all(candidates.map(async ({ name }) => orNothing(await ari.get<AriLiveRecording>(ariPath('recordings', 'live', name)))));
  return live.filter((recording) => recording !== undefined).filter(isRunning)
    .map(({ name, target_uri }) => ({ recordingId: name, bridge: target_uri.replace(/^bridge:/, '') }));
};

/** The prompts under way to a leg, by the note that is kept with it. */
const promptsOf = async (ari: AriClient, leg: string): Promise<readonly (readonly [promptId: string, leg: string])[]> => {
  const noted = orNothing(await ari.get<{ value: string }>(ariPath('channels', leg, 'variable'), { variable: promptsVariable }))?.value ?? '';
  const ids = noted.split(',').filter((id) => id !== '');
  const playing = await Promise.all(ids.map(async (id) => orNothing(await ari.get<AriPlayback>(ariPath('playbacks', id)))));
  return playing.flatMap((playback) => (playback && !['done', 'failed'].includes(playback.state) ? [[playback.id, leg] as const] : []));
};

export interface AsteriskSnapshot extends SwitchSnapshot {
  readonly promptsByLeg: readonly (readonly [promptId: string, leg: string])[];
}

/**
 * Asks Asterisk for everything of our application.
 * @throws Error when it does not answer
 */
export const takeSnapshot = async (ari: AriClient, app: string): Promise<AsteriskSnapshot> => {
  const [channels, allBridges] = await Promise.all([
    ari.get<readonly AriChannel[]>('/channels').then(must), ari.get<readonly AriBridge[]>('/bridges').then(must),
  ]);
  const bridges = allBridges.filter(({ id }) => callIdOf(id) !== undefined);
  const snoops = channels.flatMap((channel) => {
    const on = snoopedBy(channel);
    return on === undefined || callIdOf(channel.id) === undefined ? [] : [{ snoop: channel.id, on, speaksTo: speaksToOf(channel) }];
  });
  const legs = channels.filter((channel) => snoopedBy(channel) === undefined).flatMap((channel): SwitchSnapshot['legs'] => {
    const arrival = arrivalOf(channel, app) ?? null;
    if (!arrival && !isRungByUs(channel.id)) return [];
    const state = channel.state === 'Up' ? 'answered' : arrival ? 'arrived' : 'ringing';
    return [{ handle: channel.id, state, arrival }];
  });
  const seated = new Set(bridges.flatMap((bridge) => bridge.channels));
  const listening = legs.filter(({ handle, state }) => state === 'answered' && !seated.has(handle));
  const promptsByLeg = (await Promise.all(listening.map(({ handle }) => promptsOf(ari, handle)))).flat();
  return {
    legs, snoops, promptsByLeg,
    bridges: bridges.map(({ id, channels: participants }) => ({ bridge: id, participants })),
    recorders: await recordersOf(ari, bridges),
    prompts: promptsByLeg.map(([promptId]) => promptId),
  };
};

import { callIdOf, type Instant } from '@earshot/contracts';
import type { Handle, SwitchReport } from '../../domain/switch.ts';
import { callIdOfArrival } from '../call-id-of-arrival.ts';
import type { AriChannel } from './ari-types.ts';

type Arrival = Extract<SwitchReport, { type: 'leg-arrived' }>;

export const instantOf = (timestamp: string): Instant => new Date(timestamp).toISOString() as Instant;

/** Endpoints of the switch's configuration whose callers are outside; every other endpoint is an extension. */
const outsideEndpoints = new Set(['anonymous', 'outside']);

const snoopName = /^Snoop\/(.+)-[0-9a-f]{8}$/;

/** The channel that a snoop listens to; undefined for every other channel. */
export const snoopedBy = (channel: AriChannel): Handle | undefined => snoopName.exec(channel.name)?.[1];

/** A leg that we rang carries our own id. */
export const isRungByUs = (handle: Handle): boolean => callIdOf(handle) !== undefined;

/**
 * A phone that dialled in and was handed to our application, seen from its channel: the same at its arrival and in a
 * snapshot later, so that it is the same arrival both times.
 */
export const arrivalOf = (channel: AriChannel, app: string, switchNumber = 0): Arrival | undefined => {
  const isOurs = channel.dialplan.app_name === 'Stasis' && channel.dialplan.app_data.split(',')[0] === app;
  if (!isOurs || isRungByUs(channel.id) || snoopedBy(channel) !== undefined) return undefined;
  const endpoint = /^PJSIP\/(.+)-[0-9a-f]{8}$/.exec(channel.name)?.[1] ?? '';
  const bornAt = Date.parse(channel.creationtime);
  return {
    type: 'leg-arrived',
    at: instantOf(channel.creationtime),
    handle: channel.id,
    callId: callIdOfArrival(channel.id, bornAt, switchNumber),
    dialled: channel.dialplan.app_data.split(',')[1] ?? channel.dialplan.exten,
    from: outsideEndpoints.has(endpoint) ? { kind: 'outside', number: channel.caller.number } : { kind: 'extension', extension: endpoint },
  };
};

import { callIdOf, type Instant } from '@earshot/contracts';
import type { Handle, SwitchReport } from '../../domain/switch.ts';
import { guesserOf } from '@earshot/service-kit';
import { callIdOfArrival } from '../call-id-of-arrival.ts';
import type { AriChannel } from './ari-types.ts';

export type Arrival = Extract<SwitchReport, { type: 'leg-arrived' }>;

/** How arrivals are told from everything else on the switch, and those inside from those outside. */
export interface Door {
  /** Name of our application. */
  readonly app: string;
  /** Whether the directory knows an endpoint as an extension. The switch's word for it, or its name, is not enough. */
  readonly isExtension: (endpoint: string) => boolean;
  /** Of the switch among all of the log, 0 to 4095. */
  readonly switchNumber: number;
}

export const instantOf = (timestamp: string): Instant => new Date(timestamp).toISOString();

const snoopName = /^Snoop\/(.+)-[0-9a-f]{8}$/;
const endpointName = /^PJSIP\/(.+)-[0-9a-f]{8}$/;

/** The channel that a snoop listens to; undefined for every other channel. */
export const snoopedBy = (channel: AriChannel): Handle | undefined => snoopName.exec(channel.name)?.[1];

/** A leg that we rang carries our own id. */
export const isRungByUs = (handle: Handle): boolean => callIdOf(handle) !== undefined;

/** The arguments with which the dialplan handed a channel to an application: its name, what was dialled, the caller's address. */
const handedOver = ({ dialplan }: AriChannel): readonly string[] => dialplan.app_data.split(',');

/** A number in E.164 as it is written; what an outside caller calls itself otherwise, an extension's number for example, is not shown. */
const outsideNumber = /^\+[1-9][0-9]{6,14}$/;
export const numberShown = (claimed: string): string => (outsideNumber.test(claimed) ? claimed : 'anonymous');

/**
 * A phone that dialled in and was handed to our application, seen from its channel: the same at its arrival and in a
 * snapshot later, so that it is the same arrival both times. Who is no extension of the directory is outside.
 */
export const arrivalOf = (
  channel: AriChannel,
  { app, isExtension, switchNumber }: Door,
): Arrival | undefined => {
  const [givenTo, dialled = channel.dialplan.exten] = handedOver(channel);
  const isOurs = channel.dialplan.app_name === 'Stasis' && givenTo === app;
  if (!isOurs || isRungByUs(channel.id) || snoopedBy(channel) !== undefined) return undefined;
  const endpoint = endpointName.exec(channel.name)?.[1];
  return {
    type: 'leg-arrived',
    at: instantOf(channel.creationtime),
    handle: channel.id,
    callId: callIdOfArrival(channel.id, Date.parse(channel.creationtime), switchNumber),
    dialled,
    from:
      endpoint !== undefined && isExtension(endpoint)
        ? { kind: 'extension', extension: endpoint }
        : { kind: 'outside', number: numberShown(channel.caller.number) },
  };
};

/** Host, or of IPv6 the network, of an address with or without a port. */
const hostOf = (address: string): string =>
  guesserOf(address.replace(/^\[(.*)\](:[0-9]+)?$/, '$1').replace(/^([^:]*):[0-9]+$/, '$1'));

/**
 * Who is calling, for counting calls: the number that the caller claims, at where the call comes from, so that nobody who claims
 * another's number uses up what that one may have. Where from is the address that the dialplan told last, else the endpoint that
 * the switch took it for. Undefined for extensions.
 */
export const callerCounted = (channel: AriChannel, { from }: Arrival): string | undefined => {
  if (from.kind === 'extension') return undefined;
  const address = handedOver(channel).slice(2).at(-1);
  return `${from.number} at ${address ? hostOf(address) : (endpointName.exec(channel.name)?.[1] ?? 'an unknown place')}`;
};

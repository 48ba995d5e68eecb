import {
  callsStream, checkpointsBucket, leasesBucket, deadLettersStream, deadLetterSubject, settingsOwners, settingsStream, writerFilter,
} from '@earshot/contracts';
import type { Writer } from '@earshot/contracts';

/** The services that have a user of their own. Reporting writes no call events. */
export type NatsService = Writer | 'reporting';

/** Every service that has a user of its own. */
export const natsServices: readonly NatsService[] = ['signaling', 'supervision', 'recording-consent', 'reporting'];

const writerOf: Readonly<Record<NatsService, Writer | undefined>> = {
  signaling: 'signaling',
  supervision: 'supervision',
  'recording-consent': 'recording-consent',
  reporting: undefined,
};

/** What a user may publish to and subscribe to, in the server's words. */
export type Permissions = {
  readonly publish: { readonly allow: readonly string[] };
  readonly subscribe: { readonly allow: readonly string[] };
};

const streams = [callsStream.name, settingsStream.name, deadLettersStream.name, `KV_${leasesBucket}`, `KV_${checkpointsBucket}`];

/**
 * Only its writer may publish call events to a subject, only its owner a setting; no service may delete or purge anything.
 * Everybody may read every stream: a direct get by payload cannot be restricted by subject.
 */
export function permissionsFor(service: NatsService): Permissions {
  const writer = writerOf[service];
  const ownSettings = Object.entries(settingsOwners).filter(([, owner]) => owner === service);
  return {
    publish: {
      allow: [
        ...(writer === undefined ? [] : [writerFilter(writer)]),
        ...ownSettings.map(([kind]) => `${settingsStream.subjects[0].replace('>', kind)}.*`),
        deadLetterSubject(service),
        `$KV.${leasesBucket}.>`,
        `$KV.${checkpointsBucket}.>`,
        ...streams.flatMap(reading),
        '$JS.API.INFO',
        '$JS.API.STREAM.NAMES',
        '$JS.API.STREAM.LIST',
        '$JS.ACK.>',
        '$JS.FC.>',
      ],
    },
    subscribe: { allow: ['_INBOX.>'] },
  };
}

function reading(stream: string): string[] {
  return [
    `$JS.API.STREAM.INFO.${stream}`,
    // The first service to start makes the streams; creating one that exists with the same configuration changes nothing.
    `$JS.API.STREAM.CREATE.${stream}`,
    `$JS.API.STREAM.MSG.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}.>`,
    `$JS.API.CONSUMER.*.${stream}`,
    `$JS.API.CONSUMER.*.${stream}.>`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.>`,
  ];
}

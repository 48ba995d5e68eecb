import {
  allCalls,
  bucketStream,
  callsStream,
  checkpointsBucket,
  confinedApi,
  deadLetterSubject,
  deadLettersStream,
  feedOf,
  keySubject,
  leasesBucket,
  serviceNames,
  settingsOwners,
  settingsStream,
  settingsSubject,
  writerFilter,
  writers,
} from '@earshot/contracts';
import type { ServiceName, SettingsKind } from '@earshot/contracts';

/** Each has an account of its own. */
export type NatsService = ServiceName;
export const natsServices: readonly NatsService[] = serviceNames;

/** The password of every user of a server that asks for one. */
export type Passwords = Readonly<Record<NatsService | 'admin', string>>;

/** Account in which the streams are. Nobody but the administrator is in it. */
const logAccount = 'LOG';
const accountOf = (service: NatsService): string => service.toUpperCase().replaceAll('-', '_');

/** What a service may send to the log: its own events, settings, dead letters, leases and checkpoints, and nothing else. */
export const sendsOf = (service: NatsService): readonly string[] => [
  ...writers.filter((writer) => writer === service).map(writerFilter),
  ...(Object.entries(settingsOwners) as [SettingsKind, string][])
    .filter(([, owner]) => owner === service)
    .map(([kind]) => settingsSubject(kind, '*')),
  deadLetterSubject(service),
  keySubject(leasesBucket, `${service}.>`),
  keySubject(checkpointsBucket, `${service}.>`),
];

/** What every service may ask JetStream, without the prefix: to read. Nothing here makes, changes or deletes anything. */
const questions: readonly string[] = [
  ...[
    callsStream.name,
    settingsStream.name,
    deadLettersStream.name,
    bucketStream(leasesBucket),
    bucketStream(checkpointsBucket),
  ].map((stream) => `STREAM.INFO.${stream}`),
  ...[callsStream.name, settingsStream.name, bucketStream(leasesBucket)].map(
    (stream) => `DIRECT.GET.${stream}`,
  ),
  ...[bucketStream(leasesBucket), bucketStream(checkpointsBucket)].map(
    (stream) => `STREAM.MSG.GET.${stream}`,
  ),
];

/** What every service hears: each message as it is stored. */
const feeds: readonly string[] = [allCalls, ...settingsStream.subjects].map((filter) =>
  feedOf(filter.replace(/\..*$/, '.>')),
);

/**
 * The accounts of the server. A service is in an account of its own and reaches the log by what is listed here only: an
 * answer goes to a subject of the asker's account, wherever it asked to have it sent, and can be neither an event nor a command.
 */
export const accountsOf = (passwords: Passwords): object => {
  const all = natsServices.map(accountOf);
  const log = {
    jetstream: 'enabled',
    users: [{ user: 'admin', password: passwords.admin }],
    exports: [
      ...questions.map((question) => ({
        service: `$JS.API.${question}`,
        response_type: 'Stream',
        accounts: all,
      })),
      ...natsServices.flatMap((service) =>
        sendsOf(service).map((subject) => ({ service: subject, accounts: [accountOf(service)] })),
      ),
      ...feeds.map((stream) => ({ stream, accounts: all })),
    ],
  };
  const service = (name: NatsService) =>
    [
      accountOf(name),
      {
        users: [{ user: name, password: passwords[name] }],
        imports: [
          ...questions.map((question) => ({
            service: { account: logAccount, subject: `$JS.API.${question}` },
            to: `${confinedApi}.${question}`,
          })),
          ...sendsOf(name).map((subject) => ({ service: { account: logAccount, subject } })),
          ...feeds.map((subject) => ({ stream: { account: logAccount, subject } })),
        ],
      },
    ] as const;
  return Object.fromEntries([[logAccount, log], ...natsServices.map(service)]);
};

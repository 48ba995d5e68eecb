export { NATS_IMAGE, dockerWorks } from './docker.ts';
export { checkServer } from './external.ts';
export { cacheFolder, findNats, findOwnNats } from './find-server.ts';
export type { NatsSource } from './find-server.ts';
export { natsServices, sendsOf } from './accounts.ts';
export type { NatsService } from './accounts.ts';
export { startNats } from './start-nats.ts';
export type { NatsInstance, NatsOptions } from './start-nats.ts';
export { MINIMUM_VERSION, isNewEnough } from './version.ts';

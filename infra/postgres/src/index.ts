export { POSTGRES_IMAGE } from './docker.ts';
export { startPostgres } from './start-postgres.ts';
export type { PostgresInstance, PostgresOptions } from './start-postgres.ts';

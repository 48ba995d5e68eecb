import { Migrator, type Migration } from 'kysely/migration';
import type { Database } from './database.ts';
import { callsAndLegs } from './migrations/0001-calls-and-legs.ts';
import { oneLogAndAPlaceToRebuild } from './migrations/0002-one-log-and-a-place-to-rebuild.ts';
import { supervisions } from './migrations/0003-supervisions.ts';

const migrations: Record<string, Migration> = {
  '0001-calls-and-legs': callsAndLegs,
  '0002-one-log-and-a-place-to-rebuild': oneLogAndAPlaceToRebuild,
  '0003-supervisions': supervisions,
};

/** Brings the tables up to date. Processes that start together take turns (kysely holds an advisory lock). @throws when a migration fails. */
export const migrate = async (db: Database): Promise<void> => {
  const { error } = await new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
  }).migrateToLatest();
  if (error !== undefined) throw error;
};

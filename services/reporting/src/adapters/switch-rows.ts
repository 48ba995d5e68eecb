import { sql, type RawBuilder } from 'kysely';
import { callColumns, legColumns, supervisionColumns } from '../domain/rows.ts';
import { tableIn, type Database } from './database.ts';

/** How many rows readers got anew, and how many are gone. */
export interface SwitchedRows {
  readonly changed: number;
  readonly removed: number;
}

/** When and where in the log the rows that differ count as changed. */
interface Stamp {
  readonly updatedAt: string;
  readonly sequence: number;
}

interface Kind {
  readonly table: 'calls' | 'legs' | 'supervisions';
  readonly key: string;
  readonly columns: readonly string[];
  readonly hidden: readonly string[];
}

const kinds: readonly Kind[] = [
  { table: 'calls', key: 'call_id', columns: callColumns, hidden: ['state'] },
  { table: 'legs', key: 'id', columns: legColumns, hidden: [] },
  { table: 'supervisions', key: 'id', columns: supervisionColumns, hidden: [] },
];
const stamps = ['updated_at', 'changed_sequence'];

const list = (prefix: string, columns: readonly string[]): RawBuilder<unknown> =>
  sql.join(columns.map((column) => sql.ref(`${prefix}.${column}`)));

/**
 * Rows of `built` that are not the same in `live` get the stamp; the others keep theirs, so no reader
 * reads them again.
 */
const takeOver = async (
  db: Database,
  { table, key, columns, hidden }: Kind,
  stamp: Stamp,
): Promise<SwitchedRows> => {
  const live = tableIn('public', table);
  const built = tableIn('rebuild', table);
  const same = sql`live.${sql.ref(key)} = built.${sql.ref(key)}`;
  // An id that moved to another row would be there twice for a moment.
  const gone = await sql`delete from ${live} live where not exists
    (select from ${built} built where ${same} and built.id is not distinct from live.id)`.execute(db);
  const content = columns.filter((column) => column !== key && !stamps.includes(column));
  const all = [...columns, ...hidden];
  const names = sql.join(all.map((column) => sql.ref(column)));
  const values = sql.join(
    all.map((column) => {
      if (column === 'updated_at') return sql`${stamp.updatedAt}::timestamptz`;
      return column === 'changed_sequence' ? sql`${stamp.sequence}::bigint` : sql.ref(`built.${column}`);
    }),
  );
  const changes = sql.join(
    all
      .filter((column) => column !== key)
      .map((column) => sql`${sql.ref(column)} = ${sql.ref(`excluded.${column}`)}`),
  );
  const changed = await sql`
    insert into ${live} (${names}) select ${values} from ${built} built left join ${live} live on ${same}
    where live.${sql.ref(key)} is null or row(${list('live', content)}) is distinct from row(${list('built', content)})
    on conflict (${sql.ref(key)}) do update set ${changes}`.execute(db);
  for (const column of hidden.map((name) => sql.ref(name))) {
    await sql`update ${live} live set ${column} = built.${column} from ${built} built
      where ${same} and live.${column}::text is distinct from built.${column}::text`.execute(db);
  }
  return { changed: Number(changed.numAffectedRows ?? 0n), removed: Number(gone.numAffectedRows ?? 0n) };
};

const later = (watermark: string, now: string): string => {
  const after = watermark === '' ? now : new Date(Date.parse(watermark) + 1).toISOString();
  return after > now ? after : now;
};

/**
 * Makes the rows that were built beside those that readers get, in one transaction: a reader sees all of the
 * old ones or all of the new ones. What differs counts as changed now (ISO 8601), behind every row there is,
 * so that whoever reads incrementally gets it.
 */
export const switchRows = async (db: Database, now: string): Promise<SwitchedRows> =>
  db.transaction().execute(async (transaction) => {
    const live = await transaction
      .withSchema('public')
      .selectFrom('checkpoint')
      .selectAll()
      .executeTakeFirstOrThrow();
    const built = await transaction
      .withSchema('rebuild')
      .selectFrom('checkpoint')
      .selectAll()
      .executeTakeFirstOrThrow();
    const stamp: Stamp = { updatedAt: later(live.watermark, now), sequence: built.sequence };
    const sums = { changed: 0, removed: 0 };
    for (const kind of kinds) {
      const { changed, removed } = await takeOver(transaction, kind, stamp);
      sums.changed += changed;
      sums.removed += removed;
    }
    await sql`delete from public.unreadable_messages`.execute(transaction);
    await sql`insert into public.unreadable_messages select * from rebuild.unreadable_messages`.execute(
      transaction,
    );
    await transaction
      .withSchema('public')
      .updateTable('checkpoint')
      .set({
        log: built.log,
        sequence: built.sequence,
        watermark: sums.changed > 0 ? stamp.updatedAt : live.watermark,
      })
      .execute();
    return sums;
  });

/** Empties the tables beside, for rows of this log from its start. */
export const clearRebuild = async (db: Database, log: string): Promise<void> =>
  db.transaction().execute(async (transaction) => {
    await sql`truncate rebuild.calls, rebuild.legs, rebuild.supervisions, rebuild.unreadable_messages, rebuild.checkpoint`.execute(
      transaction,
    );
    await transaction
      .withSchema('rebuild')
      .insertInto('checkpoint')
      .values({ singleton: true, log, sequence: 0, watermark: '' })
      .execute();
  });

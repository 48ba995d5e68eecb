import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const READ_BYTES = 16 * 1024;

/** The last `count` lines of a file, indented for a message; empty when there is no such file or nothing in it. */
export const lastLines = (file: string, count: number): string => {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch {
    return '';
  }
  try {
    const size = fstatSync(fd).size;
    const buffer = Buffer.alloc(Math.min(size, READ_BYTES));
    readSync(fd, buffer, 0, buffer.length, size - buffer.length);
    const lines = buffer
      .toString('utf8')
      .split('\n')
      .filter((line) => line.trim() !== '');
    return lines
      .slice(-count)
      .map((line) => `  | ${line}`)
      .join('\n');
  } finally {
    closeSync(fd);
  }
};

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the project. */
export const root = fileURLToPath(new URL('../..', import.meta.url));
const ignored = new Set(['node_modules', '.git', '.cache', '.data', 'coverage']);

/** One file of the project; `path` is relative to its root, with slashes. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

const walk = (folder: string): string[] => {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !ignored.has(entry.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      const here = relative(root, path).split(sep).join('/');
      return entry.isDirectory() ? [here, ...walk(path)] : [here];
    });
};

const filesNamed = (name: RegExp): readonly Source[] => {
  return walk(root)
    .filter((path) => name.test(path) && statSync(join(root, path)).isFile())
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
};

/** Every folder of the project, without what is installed or made. */
export const folders: readonly string[] = walk(root).filter((path) =>
  statSync(join(root, path)).isDirectory(),
);

/** Every file of the project, without what is installed or made. */
export const filePaths: readonly string[] = walk(root).filter((path) => statSync(join(root, path)).isFile());

/** Every TypeScript and JavaScript file. */
export const sources: readonly Source[] = filesNamed(/\.(ts|mjs|js)$/);

/** Every page of documentation. */
export const pages: readonly Source[] = filesNamed(/\.md$/);

/** A test, or what only tests and measurements use. */
export const isForTests = ({ path }: Source): boolean => {
  return (
    /\.(test|contract)\.|-under-test\.|\/random-|\/(testing|fixtures|benchmarks)\//.test(path) ||
    path.startsWith('tests/')
  );
};

/** What a file imports, static and dynamic. */
export const importsOf = ({ text }: Source): string[] => {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
};

/** The text without comments: a word in an explanation is no dependency. */
export const codeOf = ({ text }: Source): string => {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '$1');
};

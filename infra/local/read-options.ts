import { parseArgs, type ParseArgsConfig } from 'node:util';

/**
 * Reads what stands behind a command.
 * @throws what is wrong and, below it, the help of the command
 */
export const readOptions = <T extends ParseArgsConfig>(
  config: T,
  help: string,
): ReturnType<typeof parseArgs<T>> => {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${help}`, { cause: error });
  }
};

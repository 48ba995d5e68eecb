const FRAMES = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const SIGN_OF_LIFE_MS = 15_000;

/** Shows what is going on, step by step: a spinner on a terminal, plain lines elsewhere, each step with its duration. */
export interface Steps {
  /** Runs one step; `detail` says what it is doing right now, `work` gives what to show behind the name when done. */
  readonly step: <T>(
    name: string,
    work: (detail: (text: string) => void) => Promise<T>,
    shown?: (result: T) => string,
  ) => Promise<T>;
  /** Seconds since the first step, for the last line. */
  readonly seconds: () => string;
}

/** @param output where to write; a terminal gets colours and a spinner */
export const showSteps = (output: NodeJS.WriteStream): Steps => {
  const began = performance.now();
  return {
    seconds: () => secondsSince(began),
    step: async (name, work, shown = () => '') => {
      const started = performance.now();
      const line = output.isTTY ? spinner(output, name, started) : plain(output, name, started);
      try {
        const result = await work(line.detail);
        const more = shown(result);
        line.end(
          `${green('✔', output)} ${name}${more === '' ? '' : ` ${dim(more, output)}`} ${dim(`(${secondsSince(started)})`, output)}`,
        );
        return result;
      } catch (error) {
        line.end(`${red('✖', output)} ${name} ${dim(`(${secondsSince(started)})`, output)}`);
        throw error;
      }
    },
  };
};

const spinner = (output: NodeJS.WriteStream, name: string, started: number) => {
  let detail = '';
  let turn = 0;
  const timer = setInterval(() => {
    const text = `${FRAMES[turn++ % FRAMES.length]} ${name}${detail === '' ? '' : `: ${detail}`} (${secondsSince(started)})`;
    output.write(`\r\u001B[K${text.slice(0, (output.columns || 80) - 1)}`);
  }, 80);
  return {
    detail: (text: string) => void (detail = text),
    end: (text: string) => {
      clearInterval(timer);
      output.write(`\r\u001B[K${text}\n`);
    },
  };
};

const plain = (output: NodeJS.WriteStream, name: string, started: number) => {
  const timer = setInterval(() => output.write(`  ${name} … ${secondsSince(started)}\n`), SIGN_OF_LIFE_MS);
  return {
    detail: (text: string) => void output.write(`  ${name}: ${text}\n`),
    end: (text: string) => {
      clearInterval(timer);
      output.write(`${text}\n`);
    },
  };
};

const secondsSince = (started: number): string => {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
};

const paint = (code: number) => (text: string, output: NodeJS.WriteStream) =>
  output.isTTY ? `\u001B[${code}m${text}\u001B[0m` : text;
const green = paint(32);
const red = paint(31);
const dim = paint(2);

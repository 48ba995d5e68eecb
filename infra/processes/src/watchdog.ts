// Ends a process when the process that started both has died: its end closes the pipe that is our standard input.
const pid = Number(process.argv[2]);
const signal = process.argv[3] as NodeJS.Signals;

process.stdin.resume();
process.stdin.on('close', () => {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already, which is what was wanted.
  }
  process.exit(0);
});

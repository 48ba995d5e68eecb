/** Whether tests get their servers from Docker by testcontainers, instead of from this machine's own programs. */
export function inContainers(): boolean {
  return process.env['EARSHOT_TEST_CONTAINERS'] === 'docker';
}

/** Whether tests get their servers from Docker by testcontainers, instead of from this machine's own programs. */
export const inContainers = (): boolean => {
  return process.env['EARSHOT_TEST_CONTAINERS'] === 'docker';
};

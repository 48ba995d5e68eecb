import type { Directory } from '../../services/signaling/src/domain/directory.ts';

/** Settings that hold nothing: a supervisor's keys need none. */
export const noDirectory: Directory = {
  line: () => undefined,
  lineById: () => undefined,
  agent: () => undefined,
  group: () => undefined,
  menu: () => undefined,
  greeting: () => undefined,
  greetingById: () => undefined,
  serviceCodes: () => [],
  freeAgentsOf: () => [],
  isFree: () => true,
};

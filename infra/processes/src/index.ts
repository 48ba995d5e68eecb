export { describeEnd, spawnChild } from './child-process.ts';
export type { Child, ChildOptions, ProcessEnd } from './child-process.ts';
export { lastLines } from './log-tail.ts';
export { dieWithParent } from './parent-death.ts';
export type { RunAs } from './parent-death.ts';
export { freePort, portIsFree } from './ports.ts';
export { startRestartable, whenReady } from './restartable.ts';
export type { Restartable } from './restartable.ts';
export { until } from './until.ts';

export * from './a-call.ts';
export type { ScriptedCommit } from './told.ts';
export * from './demo-lines.ts';
export * from './play.ts';
export * from './any-call.ts';
export * from './tell.ts';

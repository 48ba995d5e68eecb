export * from './a-call.ts';
export * from './demo-lines.ts';
export * from './play.ts';
export * from './any-call.ts';
export * from './tell.ts';

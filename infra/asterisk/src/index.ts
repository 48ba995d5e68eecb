export { canRunAsterisk, type Runnable } from './can-run.ts';
export { asteriskCacheFolder } from './cache-folder.ts';
export { ensureRootFileSystem, type RootFileSystem, type RootFileSystemOptions } from './root-file-system.ts';
export { killInside, spawnInside, runInside, type InsideOptions } from './inside.ts';
export { type AsteriskTenant, type Extension } from './tenant.ts';
export { startAsterisk, type AsteriskInstance, type AsteriskOptions } from './instance.ts';
export { makeGreeting, type GreetingAudio, type GreetingOptions } from './greeting.ts';
export { samplesOf, sampleRate, wavOf } from './wav.ts';
export { makeInstanceFolder } from './instance-folder.ts';

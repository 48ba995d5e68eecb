export { startPhone, type Phone, type PhoneEvent, type PhoneOptions } from './phone.ts';
export {
  analyse,
  heardAbove,
  silentBelow,
  toneReport,
  toneSamples,
  windowMs,
  type Heard,
  type ToneReport,
  type ToneWindow,
} from './tones.ts';
export { voiceTraces } from './voice-traces.ts';
export { rawCallers, type RawCallers, type RawCallersOptions } from './raw-callers.ts';

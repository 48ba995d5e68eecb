import type { Switch } from '../../domain/switch.ts';

/** A phone in the hands of a test, simulated or real; a real one says a tone of its own all the time. */
export interface TestPhone {
  /** Extension, or number in E.164. */
  readonly number: string;
  dial(number: string): Promise<void>;
  /** Takes the call that rings. */
  answer(): Promise<void>;
  decline(): Promise<void>;
  press(key: string): Promise<void>;
  /** Ends what it has, if anything. */
  hangUp(): Promise<void>;
  /** Whether the voice of the other phone reaches this one now. */
  hears(other: TestPhone): Promise<boolean>;
  hearsMusic(): Promise<boolean>;
  /** Keys of others that reached this phone since its call began. */
  keysHeard(): Promise<readonly string[]>;
}

export interface PhoneDriver {
  /** A registered phone of the demo tenant that rings until it is told to answer. */
  registered(extension: string): Promise<TestPhone>;
  outside(number: string): Promise<TestPhone>;
}

export interface OpenSwitch {
  readonly switch: Switch;
  readonly phones: PhoneDriver;
  /** Another process takes the switch, as a second signaling process would. */
  takenByAnother(): Promise<void>;
  close(): Promise<void>;
}

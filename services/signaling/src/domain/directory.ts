import type { Static } from 'typebox';
import type {
  AgentSnapshot,
  CallId,
  GreetingSnapshot,
  GroupSnapshot,
  LineSnapshot,
  Route,
  SettingsValue,
} from '@earshot/contracts';

export type Line = Static<typeof LineSnapshot>;
export type Group = Static<typeof GroupSnapshot>;
export type Agent = Static<typeof AgentSnapshot>;
export type Greeting = Static<typeof GreetingSnapshot>;
export type GreetingKind = SettingsValue<'greetings'>['kind'];

/** A menu as it stands: what it says, and where each key leads. */
export interface Menu {
  readonly id: string;
  readonly greetingId: string;
  readonly routes: Readonly<Record<string, Route>>;
}

/**
 * The settings as they stand at the moment of an input, for looking up; it arrives with the input, so that a decision
 * stays a function of its arguments.
 */
export interface Directory {
  line(number: string): { readonly line: Line; readonly route: Route } | undefined;
  lineById(id: string): Line | undefined;
  agent(extension: string): (Agent & { readonly outboundLineId: string | null }) | undefined;
  group(id: string): Group | undefined;
  menu(id: string): Menu | undefined;
  greeting(kind: GreetingKind): Greeting | undefined;
  greetingById(id: string): Greeting | undefined;
  serviceCodes(): readonly SettingsValue<'service-codes'>[];
  /** Agents of a group who are in no call and are not being rung. */
  freeAgentsOf(groupId: string): readonly Agent[];
  /** In no call and rung for none; `besides` one. */
  isFree(extension: string, besides?: CallId): boolean;
}

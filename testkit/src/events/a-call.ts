import type {
  CallEvent,
  CallId,
  EventType,
  Facts,
  LegEndReason,
  Part,
  PromptKind,
  SupervisionMode,
  Writer,
} from '@earshot/contracts';
import type { DemoLine } from './demo-lines.ts';
import { beforeAnswer, beginnings } from './until-answered.ts';
import { inConversation } from './in-conversation.ts';
import { closing, fact, personCalled, readBack, tellMore, type ScriptedCommit, type Told } from './told.ts';

/**
 * A call told in sentences, each of which is one commit of signaling. It never changes: every sentence gives
 * a new one. People are named by extension, the outside party by `customer`.
 */
export interface CallScript {
  readonly callId: CallId;
  readonly commits: readonly ScriptedCommit[];
  /** The events as a reader of the log gets them: commit n (from 1) has sequence n. */
  readonly events: readonly CallEvent[];
  /** Id of the newest leg of somebody who is on this call. @throws when nobody of that name is */
  legOf(who: string): string;
  inbound(line: DemoLine): CallScript;
  outbound(line: DemoLine, extension: string): CallScript;
  internal(from: string, to: string): CallScript;
  /**
   * A prompt begins at the caller's leg and plays to its end; `begun: false` leaves it requested only. From
   * the start of the consent greeting the consent key counts, until its audio fails.
   */
  hearsPrompt(
    kind: PromptKind,
    options?: { readonly begun?: boolean; readonly outcome?: Facts['PromptEnded']['outcome'] },
  ): CallScript;
  entersMenu(menuId: string): CallScript;
  chooses(key: string, action: string): CallScript;
  /** The caller waits; after a menu the consent key counts from here. */
  queued(groupId?: string): CallScript;
  rings(extension: string): CallScript;
  /**
   * The leg answers, after being rung where it was not, and talks with the caller and whoever talks already.
   */
  answeredBy(who: string): CallScript;
  /**
   * From now on these take part, in this way, those of them who are on the call; whoever is not named has
   * left the conversation.
   */
  converse(parts: Readonly<Record<string, Part>>): CallScript;
  /** The open key window closes, if there is one. */
  windowCloses(reason: Facts['KeyWindowClosed']['reason']): CallScript;
  /** A key of this kind falls into the open window of that kind, if there is one. */
  presses(who: string, key: string | null, awaitedBy: 'menu' | 'consent' | 'supervision' | null): CallScript;
  /** An extension dials a service code; the target's leg is looked up on this call. */
  dialsCode(supervisor: string, mode: SupervisionMode, target: string): CallScript;
  leaves(who: string, reason?: LegEndReason): CallScript;
  ends(completion?: Facts['CallEnded']['completion']): CallScript;
  /** Any other commit, of any writer. */
  commit(
    writer: Writer,
    ...events: readonly { [K in EventType]: { readonly type: K; readonly data: Facts[K] } }[EventType][]
  ): CallScript;
}

export interface CallScriptOptions {
  readonly callId?: CallId;
  /** When the call starts; every sentence takes one second. */
  readonly startsAt?: string;
}

/** The id all scripts have that name none. */
export const scriptedCallId: CallId = '0199a1b2-0000-7000-8000-000000000001';

/** Begins to tell a call. */
export const aCall = ({
  callId = scriptedCallId,
  startsAt = '2026-11-21T09:00:00.000Z',
}: CallScriptOptions = {}): CallScript =>
  script({
    callId,
    startsAt,
    commits: [],
    people: [],
    revision: 0,
    parties: [],
    windows: 0,
    window: null,
    menuId: '',
    prompts: 0,
  });

const script = (told: Told): CallScript => ({
  callId: told.callId,
  commits: told.commits,
  events: readBack(told),
  legOf: (who) => personCalled(told, who).legId,
  ...beginnings(told, script),
  ...beforeAnswer(told, script),
  ...inConversation(told, script),
  windowCloses: (reason) => script(tellMore(told, [closing(told, reason)])),
  presses: (who, key, awaitedBy) => {
    const windowId = told.window !== null && told.window.awaits === awaitedBy ? told.window.windowId : null;
    return script(
      tellMore(told, [
        fact({
          type: 'KeyPressed',
          data: { legId: personCalled(told, who).legId, key, awaitedBy, windowId },
        }),
      ]),
    );
  },
  ends: (completion = 'completed') =>
    script(
      tellMore(told, [
        { change: { parties: [], window: null }, facts: [{ type: 'CallEnded', data: { completion } }] },
      ]),
    ),
  commit: (writer, ...facts) => script(tellMore(told, [{ change: {}, facts }], writer)),
});

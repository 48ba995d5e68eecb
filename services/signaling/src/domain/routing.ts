import type { Instant, PromptKind, Route, SupervisionRefusal, NewEvent } from '@earshot/contracts';
import type { CallState } from './call-state.ts';
import type { Directory, Greeting, GreetingKind, Group } from './directory.ts';
import { openKeyWindow } from './key-windows.ts';
import { bySignaling } from './offers.ts';
import type { Fact } from './decided.ts';

/** Asks the switch to play a greeting to a leg; ids count up within the call. */
export const requestPrompt = (
  state: CallState,
  legId: string,
  kind: PromptKind,
  greeting: Greeting,
  at: Instant,
  ahead = 0,
): NewEvent<'PromptRequested'> => ({
  type: 'PromptRequested',
  occurredAt: at,
  actor: bySignaling,
  data: { promptId: `${state.callId}-p${state.prompts.length + 1 + ahead}`, legId, kind, greeting },
});

const end = (completion: 'not_answered' | 'failed', at: Instant): NewEvent<'CallEnded'> => ({
  type: 'CallEnded',
  occurredAt: at,
  actor: bySignaling,
  data: { completion },
});

/**
 * The caller waits from now on. Who came through a menu heard what its greeting says of the recording, and can choose
 * from here; who did not could choose since the consent greeting.
 */
export const enterQueue = (
  state: CallState,
  target: { group: Group | null; extension: string | null },
  from: 'line' | 'menu',
  legId: string,
  at: Instant,
): [Fact, ...Fact[]] => {
  const entered: Fact = {
    type: 'QueueEntered',
    occurredAt: at,
    actor: bySignaling,
    data: { legId, ...target },
  };
  const asksByMenu = from === 'menu' && typeof state.policy === 'object' && state.policy.keyCounts;
  return asksByMenu ? [entered, openKeyWindow(state, legId, 'consent', at)] : [entered];
};

/**
 * Leads the caller where a line or a menu key points. Into a group from a line: the greeting that agents are available
 * comes first, then the consent greeting; from a menu the caller goes into the queue at once (the menu's own greeting
 * holds the wording). A route that leads nowhere ends the call as failed.
 */
export const follow = (
  route: Route,
  from: 'line' | 'menu',
  state: CallState,
  legId: string,
  at: Instant,
  directory: Directory,
): [Fact, ...Fact[]] => {
  switch (route.to) {
    case 'group': {
      const group = directory.group(route.groupId);
      if (!group) return [end('failed', at)];
      const available = from === 'line' ? directory.greeting('available') : undefined;
      return available
        ? [requestPrompt(state, legId, 'available', available, at)]
        : enterQueue(state, { group, extension: null }, from, legId, at);
    }
    case 'extension':
      return enterQueue(state, { group: null, extension: route.extension }, from, legId, at);
    case 'menu': {
      const menu = directory.menu(route.menuId);
      const greeting = menu && directory.greetingById(menu.greetingId);
      if (!menu || !greeting) return [end('failed', at)];
      return [
        { type: 'MenuEntered', occurredAt: at, actor: bySignaling, data: { menuId: menu.id } },
        openKeyWindow(state, legId, 'menu', at),
        requestPrompt(state, legId, 'menu', greeting, at),
      ];
    }
  }
};

/** The greeting that says why a supervision was refused. */
export const greetingForRefusal = (reason: SupervisionRefusal): GreetingKind =>
  reason === 'self' ? 'refusal_not_authorised' : `refusal_${reason}`;

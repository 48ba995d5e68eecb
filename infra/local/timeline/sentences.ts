import type { CallEvent, Parties, SupervisionMode } from '@earshot/contracts';
import { nameOf, type CallPicture } from './call-picture.ts';

/** What happened, for a person: a sign that the eye finds, and a sentence. */
export interface Sentence {
  readonly sign: string;
  readonly text: string;
}

const heardBy: Readonly<Record<SupervisionMode, string>> = {
  spy: 'hears both, is heard by nobody',
  whisper: 'hears both, is heard by the agent only',
  barge: 'is heard by everybody',
};

const grounds: Readonly<Record<string, string>> = {
  line_always: 'the line records always',
  line_never: 'the line never records',
  caller_opted_in: 'the caller agreed',
  caller_did_not_opt_in: 'the caller did not agree',
  caller_opted_out: 'the caller objected',
  caller_did_not_opt_out: 'the caller did not object',
  caller_was_not_asked: 'the caller was not asked',
  outbound_opt_in: 'outbound on an opt-in line',
  outbound_opt_out: 'outbound on an opt-out line',
  keys_were_not_heard: 'for a while the keys of the caller were not heard',
  no_line: 'no line is involved',
  log_unreadable: 'a part of the log of this call cannot be read',
};

const refusals: Readonly<Record<string, string>> = {
  supervision_off: 'supervision is switched off',
  not_authorised: 'not authorised',
  self: 'nobody supervises themselves',
  no_such_extension: 'no such extension',
  not_on_a_call: 'that extension is not on a call',
  not_supervisable: 'that extension may not be supervised',
  mode_not_permitted: 'not authorised in this mode',
  too_many_supervisors: 'this call has as many supervisors as it may have',
  another_barges: 'another supervisor barges, and they shall not hear each other',
};

const endings: Readonly<Record<string, string>> = {
  completed: 'completed',
  abandoned_in_queue: 'the caller gave up waiting',
  abandoned_in_ivr: 'the caller gave up in the menu',
  not_answered: 'nobody answered',
  failed: 'it failed',
};

/** Only what no other sentence says: that somebody answered or hung up is told anyway. */
const windowEnds: Readonly<Record<string, string>> = {
  time_up: 'the time for a key is up',
  greeting_failed: 'the greeting was not heard, so no key of the caller counts',
  keys_not_heard: 'what the caller presses is not heard',
};

const durationOf = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** Who takes part and how, in words; undefined while nobody talks with anybody. */
const conversation = (parties: Parties, name: (legId: string) => string): Sentence | undefined => {
  const named = (part: Parties[number]['as']): string[] =>
    parties.filter(({ as }) => as === part).map(({ legId }) => name(legId));
  const together = (company: readonly string[], verb: string): string[] =>
    company.length > 1 ? [`${company.join(' and ')} ${verb}`] : [];
  const held = named('held');
  const said = [
    ...together(named('talking'), 'talk'),
    ...together(named('consulting'), 'consult'),
    ...(held.length > 0 ? [`${held.join(' and ')} on hold`] : []),
  ];
  return said.length === 0 ? undefined : { sign: held.length > 0 ? '‖' : '✆', text: said.join(', ') };
};

/** Undefined: it says nothing of this event. */
type Telling = (
  event: CallEvent,
  picture: CallPicture,
  people: Readonly<Record<string, string>>,
) => Sentence | undefined;

/** What becomes of the call and its parties. */
const callSentence: Telling = (event, picture, people) => {
  const name = (legId: string): string => nameOf(picture, legId);
  switch (event.type) {
    case 'CallStarted': {
      const { direction, line, to } = event.data;
      if (direction === 'inbound')
        return { sign: '☎', text: `a customer calls the line ${line?.name ?? to}` };
      return {
        sign: '☎',
        text:
          direction === 'outbound'
            ? `an agent calls a customer through ${line?.name ?? 'no line'}`
            : 'an internal call begins',
      };
    }
    case 'LegOffered':
      return {
        sign: '♪',
        text: `${event.data.agent ? (people[event.data.agent.extension] ?? event.data.agent.extension) : 'the customer'}'s phone rings`,
      };
    case 'QueueEntered':
      return {
        sign: '…',
        text: `${name(event.data.legId)} waits${event.data.group ? ` for ${event.data.group.name}` : ''}`,
      };
    case 'ConversationChanged':
      return conversation(event.data.parties, name);
    case 'TopologyApplied':
      return event.data.outcome === 'done'
        ? undefined
        : { sign: '✗', text: `the switch could not connect the parties as wanted (${event.data.outcome})` };
    case 'CallEnded':
      return {
        sign: '⏏',
        text: `the call is over: ${endings[event.data.completion] ?? event.data.completion}`,
      };
    default:
      return undefined;
  }
};

/** What the caller hears and presses. */
const callerSentence: Telling = (event, picture) => {
  const name = (legId: string): string => nameOf(picture, legId);
  switch (event.type) {
    case 'PromptRequested':
      return { sign: '▸', text: `${name(event.data.legId)} hears: “${event.data.greeting.text}”` };
    case 'MenuChosen':
      return { sign: '#', text: `the caller presses ${event.data.key} in the menu` };
    case 'KeyWindowOpened':
      return {
        sign: '⌨',
        text:
          event.data.awaits === 'consent'
            ? 'from now on key 3 of the caller counts'
            : 'from now on the keys of the menu count',
      };
    case 'KeyWindowClosed': {
      const text = windowEnds[event.data.reason];
      return text === undefined ? undefined : { sign: '⌨', text };
    }
    case 'ConsentChosen':
      return {
        sign: event.data.key,
        text:
          event.data.choice === 'caller_opted_in'
            ? 'the caller agrees to the recording'
            : 'the caller objects to the recording',
      };
    case 'ConsentKeyIgnored':
      return {
        sign: '·',
        text: `a further key press changes nothing (${event.data.reason.replaceAll('_', ' ')})`,
      };
    default:
      return undefined;
  }
};

/** What may be recorded, and what is. */
const recordingSentence: Telling = (event) => {
  switch (event.type) {
    case 'RecordingPolicyApplied':
      return { sign: '§', text: `recording setting of the line: ${event.data.setting}` };
    case 'RecordingAllowed':
      return { sign: '§', text: `recording is allowed: ${grounds[event.data.ground] ?? event.data.ground}` };
    case 'RecordingForbidden':
      return {
        sign: '§',
        text: `recording is not allowed: ${grounds[event.data.ground] ?? event.data.ground}`,
      };
    case 'RecordingWithdrawn':
      return event.data.reason === 'call_ended'
        ? undefined
        : {
            sign: '§',
            text: `recording is not allowed any more${event.data.reason in grounds ? `: ${grounds[event.data.reason]}` : ''}`,
          };
    case 'RecorderStarted':
      return { sign: '▶', text: 'the recorder runs' };
    case 'RecorderStopped':
      return { sign: '■', text: `the recorder stopped after ${durationOf(event.data.durationMs)}` };
    case 'RecordingCollected': {
      const { durationMs, cutMs } = event.data;
      const cut = cutMs > 0 ? ` (${durationOf(cutMs)} were not allowed and are thrown away)` : '';
      return { sign: '◙', text: `${durationOf(durationMs)} of recording can be fetched${cut}` };
    }
    case 'RecorderRefused':
      return { sign: '✗', text: `the recorder did not start (${event.data.reason})` };
    case 'RecorderUnknown':
      return { sign: '?', text: 'the state of the recorder is unknown; it is being stopped' };
    default:
      return undefined;
  }
};

/** Who supervises. */
const supervisionSentence: Telling = (event, picture, people) => {
  const name = (legId: string): string => nameOf(picture, legId);
  switch (event.type) {
    case 'SupervisionRequested':
      return {
        sign: '◉',
        text: `${name(event.data.legId)} asks to supervise extension ${event.data.target}`,
      };
    case 'SupervisionRequestedByApi': {
      const { supervisor, phone, target } = event.data;
      const where = phone.extension === supervisor.extension ? '' : `, at the phone of ${phone.extension}`;
      const who = people[supervisor.extension] ?? supervisor.extension;
      return { sign: '◉', text: `${who} asks by API to supervise extension ${target}${where}` };
    }
    case 'SupervisionStarted':
      return {
        sign: '◉',
        text: `${name(event.data.legId)} supervises: ${event.data.mode} (${heardBy[event.data.mode]})`,
      };
    case 'SupervisionModeChanged':
      return {
        sign: '◉',
        text: `${name(picture.supervisions.get(event.data.supervisionId) ?? '')} changes to ${event.data.mode} (${heardBy[event.data.mode]})`,
      };
    case 'SupervisionModeRefused':
      return {
        sign: '✗',
        text: `${event.data.mode} refused to ${name(picture.supervisions.get(event.data.supervisionId) ?? '')}: ${refusals[event.data.reason]}`,
      };
    case 'SupervisionRefused':
      return {
        sign: '✗',
        text: `refused to ${name(event.data.legId)}: ${refusals[event.data.reason] ?? event.data.reason}`,
      };
    case 'SupervisionEnded':
      return { sign: '◌', text: `the supervision is over (${event.data.reason.replaceAll('_', ' ')})` };
    default:
      return undefined;
  }
};

/** The sentence of an event; undefined for events that would only repeat what another one says. */
export const sentenceOf: Telling = (event, picture, people) =>
  callSentence(event, picture, people) ??
  callerSentence(event, picture, people) ??
  recordingSentence(event, picture, people) ??
  supervisionSentence(event, picture, people);

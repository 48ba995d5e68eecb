import { aCall, play, type CallScript } from '@earshot/testkit/events';
import { inputsOf } from '../input.ts';
import { supervisionDecider } from '../supervision.ts';
import { permissionsFrom, type ToldSettings } from './told-permissions.ts';

export const support = (supervisor: boolean): ToldSettings['groups'][number] => [
  { extension: '1001', supervisor },
  { extension: '1004', supervisor: false },
  { extension: '1005', supervisor },
];
export const permitted: ToldSettings = {
  enabled: true,
  extensions: ['1001', '1004', '1005', '2002'],
  groups: [support(true)],
};

export const played = (call: CallScript, permissions = permitted) =>
  play(
    supervisionDecider,
    'supervision',
    (event, state) => inputsOf(event, permissionsFrom(permissions), state),
    call.events,
  );
/** What the last commit of a call led to. */
export const told = (call: CallScript, permissions = permitted) => {
  const { outcomes } = played(call, permissions);
  const last = outcomes.filter(({ cause }) => cause.sequence === outcomes.at(-1)?.cause.sequence);
  const decided = last.flatMap((outcome) => outcome.decided);
  return decided.length === 0
    ? last.at(-1)?.ignored
    : decided.map(({ type, data }) =>
        'reason' in data ? `${type}: ${data.reason}` : 'mode' in data ? `${type}: ${data.mode}` : type,
      );
};
export const pairsAfter = (call: CallScript) =>
  played(call).state.topology?.pairs.map(
    ({ listener, speaker }) => `${listener.slice(-2)} hears ${speaker.slice(-2)}`,
  );

export const oliviaTalks = aCall().inbound('support').answeredBy('1004');
export const benjaminSpies = oliviaTalks.dialsCode('1001', 'spy', '1004');

/** The leg of whoever dialled a service code last. */
export const legThatAsked = (call: CallScript): string | undefined => {
  const request = call.events.at(-1);
  return request?.type === 'SupervisionRequested' ? request.data.legId : undefined;
};

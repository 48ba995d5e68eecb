import { accept, ignore } from '@earshot/event-log';
import { legIdOf } from '@earshot/contracts';
import { isCall, legByHandle, type CallState } from './call-state.ts';
import type { CallInput } from './call-input.ts';
import { agentRingForMs, bySwitch, bySignaling, outsideRingForMs } from './offers.ts';
import type { Decided, Fact } from './decided.ts';

type Arrival = Extract<CallInput, { type: 'leg-arrived' }>;

const textOf = (caller: Arrival['caller']): string =>
  caller.kind === 'extension' ? caller.extension : caller.number;

const started = (
  { at, caller }: Arrival,
  direction: 'inbound' | 'outbound' | 'internal',
  line: CallState['line'],
  to: string,
): Fact => ({
  type: 'CallStarted',
  occurredAt: at,
  actor: bySwitch,
  data: { direction, line, from: textOf(caller), to },
});

const arrived = ({ at, caller, callId, directory, handle }: Arrival, party: 'customer' | 'agent'): Fact => {
  const agent = caller.kind === 'extension' ? directory.agent(caller.extension) : undefined;
  return {
    type: 'LegArrived',
    occurredAt: at,
    actor: bySwitch,
    data: {
      legId: legIdOf(callId, 1),
      handle,
      party,
      agent: agent ? { extension: agent.extension, exportId: agent.exportId } : null,
      number: caller.kind === 'outside' ? caller.number : null,
    },
  };
};

type Offered = Pick<
  Extract<Fact, { type: 'LegOffered' }>['data'],
  'party' | 'agent' | 'number' | 'ringForMs'
>;

const offered = ({ at, callId }: Arrival, whom: Offered): Fact => ({
  type: 'LegOffered',
  occurredAt: at,
  actor: bySignaling,
  data: { legId: legIdOf(callId, 2), group: null, ...whom },
});

/** A phone dialled: a call begins, unless what it dialled leads nowhere. */
export const onLegArrived = (state: CallState, input: Arrival): Decided => {
  if (isCall(state)) return ignore('call_already_started');
  const { destination, directory } = input;
  switch (destination.to) {
    case 'line': {
      const { line } = destination;
      return accept(started(input, 'inbound', line, line.number), arrived(input, 'customer'));
    }
    case 'outside': {
      const { line, number } = destination;
      return accept(
        started(input, 'outbound', line, number),
        arrived(input, 'agent'),
        offered(input, { party: 'customer', agent: null, number, ringForMs: outsideRingForMs }),
      );
    }
    case 'extension': {
      const callee = directory.agent(destination.extension);
      if (!callee) return ignore('number_leads_nowhere');
      const agent = { extension: callee.extension, exportId: callee.exportId };
      return accept(
        started(input, 'internal', null, destination.extension),
        arrived(input, 'agent'),
        offered(input, { party: 'agent', agent, number: null, ringForMs: agentRingForMs }),
      );
    }
    case 'supervision':
    case 'nothing':
      return ignore('number_leads_nowhere');
  }
};

/** A service code was dialled: the supervisor's leg joins the log of the call it asks for. */
export const onSupervisionDialled = (
  state: CallState,
  input: Extract<CallInput, { type: 'supervision-dialled' }>,
): Decided => {
  if (legByHandle(state, input.handle)) return ignore('leg_already_known');
  const agent = input.directory.agent(input.supervisor);
  const supervisor = { extension: input.supervisor, exportId: agent?.exportId ?? 0 };
  const legId = legIdOf(input.callId, state.legs.length + 1);
  return accept(
    {
      type: 'LegArrived',
      occurredAt: input.at,
      actor: bySwitch,
      data: { legId, handle: input.handle, party: 'supervisor', agent: supervisor, number: null },
    },
    {
      type: 'SupervisionRequested',
      occurredAt: input.at,
      actor: { kind: 'leg', legId },
      data: {
        legId,
        supervisor,
        mode: input.dialled.mode,
        target: input.dialled.target,
        supervisedLegId: input.supervisedLegId,
      },
    },
  );
};

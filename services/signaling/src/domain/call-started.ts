import { accept, ignore } from '@earshot/event-log';
import { legIdOf } from '@earshot/contracts';
import { isCall, legByHandle, type CallState } from './call-state.ts';
import type { CallInput } from './call-input.ts';
import { agentRingForMs, bySwitch, bySignaling, outsideRingForMs } from './offers.ts';
import type { Decided, Fact } from './decided.ts';

type Arrival = Extract<CallInput, { type: 'leg-arrived' }>;

const textOf = (caller: Arrival['caller']): string =>
  caller.kind === 'extension' ? caller.extension : caller.number;

/** A phone dialled: a call begins, unless what it dialled leads nowhere. */
export const onLegArrived = (state: CallState, input: Arrival): Decided => {
  if (isCall(state)) return ignore('call_already_started');
  const { at, caller, destination, directory, handle } = input;
  const callId = input.callId;
  const agent = caller.kind === 'extension' ? directory.agent(caller.extension) : undefined;
  const self = agent ? { extension: agent.extension, exportId: agent.exportId } : null;

  const started = (
    direction: 'inbound' | 'outbound' | 'internal',
    line: CallState['line'],
    to: string,
  ): Fact => ({
    type: 'CallStarted',
    occurredAt: at,
    actor: bySwitch,
    data: { direction, line, from: textOf(caller), to },
  });
  const arrived = (party: 'customer' | 'agent'): Fact => ({
    type: 'LegArrived',
    occurredAt: at,
    actor: bySwitch,
    data: {
      legId: legIdOf(callId, 1),
      handle,
      party,
      agent: self,
      number: caller.kind === 'outside' ? caller.number : null,
    },
  });

  switch (destination.to) {
    case 'line':
      return accept(started('inbound', destination.line, destination.line.number), arrived('customer'));
    case 'outside':
      return accept(started('outbound', destination.line, destination.number), arrived('agent'), {
        type: 'LegOffered',
        occurredAt: at,
        actor: bySignaling,
        data: {
          legId: legIdOf(callId, 2),
          party: 'customer',
          agent: null,
          number: destination.number,
          group: null,
          ringForMs: outsideRingForMs,
        },
      });
    case 'extension': {
      const callee = directory.agent(destination.extension);
      if (!callee) return ignore('number_leads_nowhere');
      return accept(started('internal', null, destination.extension), arrived('agent'), {
        type: 'LegOffered',
        occurredAt: at,
        actor: bySignaling,
        data: {
          legId: legIdOf(callId, 2),
          party: 'agent',
          agent: { extension: callee.extension, exportId: callee.exportId },
          number: null,
          group: null,
          ringForMs: agentRingForMs,
        },
      });
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

import type { CallEvent } from '@earshot/contracts';
import { ofType } from './log-reader.ts';

/** A leg of a call as the log has it, from its beginning to its end. */
export interface CastLeg {
  readonly legId: string;
  readonly handle: string;
  readonly party: 'customer' | 'agent' | 'supervisor';
  readonly extension: string | null;
  readonly origin: 'arrived' | 'offered';
  readonly isOver: boolean;
}

/** Who is who on a call, as the log knows it now. */
export const castOf = (events: readonly CallEvent[]): readonly CastLeg[] => {
  const ended = new Set(ofType(events, 'LegEnded').map(({ data }) => data.legId));
  return ofType(events, 'LegArrived', 'LegOffered').map(({ type, data }) => ({
    legId: data.legId,
    handle: 'handle' in data ? data.handle : data.legId,
    party: data.party,
    extension: data.agent?.extension ?? null,
    origin: type === 'LegArrived' ? 'arrived' : 'offered',
    isOver: ended.has(data.legId),
  }));
};

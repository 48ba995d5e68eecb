import { conversationOf, type CallEvent, type HearingPair } from '@earshot/contracts';

export interface DecidedTopology {
  readonly id: string;
  readonly pairs: readonly HearingPair[];
}

/** Who was decided to hear whom, in the order of the log; a topology of an older revision of the conversation says nothing. */
export const decidedTopologies = (events: readonly CallEvent[]): readonly DecidedTopology[] => {
  let newest = 0;
  return events.flatMap((event) => {
    if (event.type === 'ConversationChanged') {
      newest = event.data.revision;
      return [{ id: `${event.callId}-c${newest}`, pairs: conversationOf(event.data.parties) }];
    }
    return event.type === 'TopologyChanged' && event.data.revision === newest
      ? [{ id: event.data.topologyId, pairs: event.data.pairs }]
      : [];
  });
};

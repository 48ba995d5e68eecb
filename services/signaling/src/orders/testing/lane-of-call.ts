import type { EventType, Facts, SupervisionMode, Writer } from '@earshot/contracts';
import { aCall, type CallScript } from '@earshot/testkit/events';
import { call } from '../../domain/call.ts';
import { newLane, type Lane } from '../lane.ts';

type Told = { [K in EventType]: { readonly type: K; readonly data: Facts[K] } }[EventType];

/** A call that somebody supervises, as its lane has it, and how it goes on in the log. */
export interface LaneUnderTest {
  readonly lane: Lane;
  readonly script: () => CallScript;
  /** The log goes on, and the lane has it. */
  tells(writer: Writer, ...events: readonly Told[]): void;
  goesOn(next: (script: CallScript) => CallScript): void;
}

/** A customer and 1004 talk. */
export const laneOfCall = (): LaneUnderTest => {
  const arrived = aCall().inbound('support');
  const customer = arrived.legOf('customer');
  let script = arrived
    .commit('signaling', { type: 'LegAnswered', data: { legId: customer } })
    .answeredBy('1004');
  const folded = () => script.events.reduce(call.evolve, call.initialState());
  const lane = newLane(folded());
  const goesOn = (next: (before: CallScript) => CallScript): void => {
    script = next(script);
    lane.state = folded();
  };
  return {
    lane,
    script: () => script,
    goesOn,
    tells: (writer, ...events) => goesOn((before) => before.commit(writer, ...events)),
  };
};

/** And 1001 supervises 1004 in this mode. */
export const supervisedLane = (mode: SupervisionMode): LaneUnderTest & { readonly supervisor: string } => {
  const lane = laneOfCall();
  lane.goesOn((script) => script.dialsCode('1001', mode, '1004'));
  const [supervisor, supervised] = ['1001', '1004'].map((who) => lane.script().legOf(who));
  if (!supervisor || !supervised) throw new Error('nobody supervises');
  lane.tells('signaling', { type: 'LegAnswered', data: { legId: supervisor } });
  lane.tells('supervision', {
    type: 'SupervisionStarted',
    data: { supervisionId: 's1', legId: supervisor, supervisedLegId: supervised, mode },
  });
  return { ...lane, supervisor };
};

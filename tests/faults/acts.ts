import type { HearEachOther, RecordingSetting, SupervisionMode } from '@earshot/contracts';
import fc from 'fast-check';
import type { SwitchOperation } from '../../services/signaling/src/domain/switch.ts';
import { serviceNames, type ServiceName } from './faulty-process.ts';
import { supervisors } from './tenant.ts';

export const lines = ['+41445550100', '+41445550200', '+41445550300', '+41445550400'] as const;
/** Lines in the same order, as settings name them. */
export const lineIds = ['support', 'sales', 'orders', 'private-office'] as const;
export const agents = ['1004', '1005', '2001', '888'] as const;
export const customers = ['+41795551001', '+41795551002', '+41795551003', '+41795551004'] as const;

/** Something that a person does, or that goes wrong. Durations in ms. */
export type Act =
  | { readonly act: 'calls'; readonly caller: number; readonly line: number }
  | { readonly act: 'agent-calls'; readonly who: number; readonly caller: number }
  | { readonly act: 'customer-presses'; readonly caller: number; readonly key: string }
  | { readonly act: 'supervises'; readonly who: number; readonly code: string; readonly whom: number }
  | { readonly act: 'supervisor-presses'; readonly who: number; readonly key: string }
  | {
      readonly act: 'joins-by-api';
      readonly who: number;
      readonly whom: number;
      readonly mode: SupervisionMode;
    }
  /** Another mode; null: leaves. */
  | { readonly act: 'changes-by-api'; readonly who: number; readonly mode: SupervisionMode | null }
  | { readonly act: 'hangs-up'; readonly who: string }
  | { readonly act: 'agent-rings'; readonly who: number; readonly does: 'answer' | 'decline' | 'wait' }
  /** An administrator marks these extensions as supervisors, and no other; with modes, everybody may use only those. */
  | {
      readonly act: 'marks-supervisors';
      readonly who: readonly string[];
      readonly modes?: readonly SupervisionMode[];
    }
  | {
      readonly act: 'supervision-is';
      readonly on: boolean;
      readonly maxPerCall?: number;
      readonly hearEachOther?: HearEachOther;
    }
  | { readonly act: 'recording-is'; readonly line: number; readonly setting: RecordingSetting }
  /** The process is killed and started again under its name. */
  | { readonly act: 'dies'; readonly service: ServiceName }
  /** Another process, under a name of its own, takes its place: it was there before, or comes after. */
  | {
      readonly act: 'is-relieved';
      readonly service: ServiceName;
      readonly how: 'killed' | 'ended';
      readonly isAhead: boolean;
    }
  | { readonly act: 'is-joined'; readonly service: ServiceName }
  | {
      readonly act: 'log-is-away';
      readonly from: ServiceName | 'all';
      readonly ms: number;
      readonly cutOff: boolean;
    }
  /** The process stands still for a while, and another may take over; then all that waited comes to it at once. */
  | {
      readonly act: 'freezes';
      readonly service: ServiceName;
      readonly ms: number;
      readonly isRelieved: boolean;
    }
  | { readonly act: 'falls-behind'; readonly service: ServiceName; readonly ms: number }
  | { readonly act: 'switch-is-lost'; readonly ms: number }
  | { readonly act: 'snapshots'; readonly are: 'slow' | 'failing'; readonly ms: number }
  | {
      readonly act: 'operation-fails';
      readonly op: SwitchOperation['op'];
      readonly how: 'refused' | 'late';
      readonly ms: number;
    }
  | { readonly act: 'time-passes'; readonly ms: number };

const index = fc.nat({ max: 3 });
const service = fc.constantFrom(...serviceNames);
const act = <const A extends Act['act']>(name: A): fc.Arbitrary<A> => fc.constant(name);
/** `PROPERTY_OFTEN=<act>` draws it ten times as often. */
const often = (name: Act['act']): number => (process.env['PROPERTY_OFTEN'] === name ? 10 : 1);
const ms = (...values: readonly number[]): fc.Arbitrary<number> => fc.constantFrom(...values);

const people: readonly fc.WeightedArbitrary<Act>[] = [
  { weight: 4, arbitrary: fc.record({ act: act('calls'), caller: index, line: index }) },
  { weight: 1, arbitrary: fc.record({ act: act('agent-calls'), who: index, caller: index }) },
  {
    weight: 4,
    arbitrary: fc.record({
      act: act('customer-presses'),
      caller: index,
      key: fc.constantFrom('3', '3', '1', '2'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      act: act('supervises'),
      who: index,
      code: fc.constantFrom('*90', '*91', '*92'),
      whom: index,
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      act: act('supervisor-presses'),
      who: index,
      key: fc.constantFrom('0', '0', '1', '2', '2', '5'),
    }),
  },
  {
    weight: 2 * often('joins-by-api'),
    arbitrary: fc.record({
      act: act('joins-by-api'),
      who: index,
      whom: index,
      mode: fc.constantFrom('spy', 'whisper', 'barge'),
    }),
  },
  {
    weight: 2 * often('changes-by-api'),
    arbitrary: fc.record({
      act: act('changes-by-api'),
      who: index,
      mode: fc.constantFrom('spy', 'spy', 'whisper', 'barge', 'barge', null),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      act: act('hangs-up'),
      who: fc.constantFrom(...agents, ...supervisors, ...customers),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: act('agent-rings'),
      who: index,
      does: fc.constantFrom('answer', 'decline', 'wait'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: act('marks-supervisors'),
      who: fc.constantFrom<(readonly string[])[]>(supervisors, supervisors, ['1001'], ['2002'], []),
    }),
  },
  {
    weight: often('marks-supervisors'),
    arbitrary: fc.record({
      act: act('marks-supervisors'),
      who: fc.constant<readonly string[]>(supervisors),
      modes: fc.subarray<SupervisionMode>(['spy', 'whisper', 'barge'], { minLength: 1 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: act('supervision-is'), on: fc.constantFrom(true, true, false) }) },
  {
    weight: often('supervision-is'),
    arbitrary: fc.record({
      act: act('supervision-is'),
      on: fc.constant(true),
      maxPerCall: fc.constantFrom(1, 2),
      hearEachOther: fc.constantFrom('nobody', 'nobody', 'barging'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: act('recording-is'),
      line: index,
      setting: fc.constantFrom<RecordingSetting[]>('always', 'opt_in', 'opt_out', 'never'),
    }),
  },
  { weight: 8, arbitrary: fc.record({ act: act('time-passes'), ms: ms(50, 500, 1_500) }) },
];

const faults: readonly fc.WeightedArbitrary<Act>[] = [
  { weight: 2, arbitrary: fc.record({ act: act('dies'), service }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: act('is-relieved'),
      service,
      how: fc.constantFrom('killed', 'ended'),
      isAhead: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: act('is-joined'), service }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: act('log-is-away'),
      from: fc.constantFrom(...serviceNames, 'all' as const),
      ms: ms(200, 1_000, 4_000),
      cutOff: fc.boolean(),
    }),
  },
  {
    weight: 2 * often('freezes'),
    arbitrary: fc.record({
      act: act('freezes'),
      service,
      ms: ms(300, 1_500, 4_500),
      isRelieved: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ act: act('falls-behind'), service, ms: ms(200, 1_000, 3_000) }) },
  { weight: 2, arbitrary: fc.record({ act: act('switch-is-lost'), ms: ms(20, 300, 1_500) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      act: act('snapshots'),
      are: fc.constantFrom('slow', 'failing'),
      ms: ms(300, 1_500),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: act('operation-fails'),
      how: fc.constant<'refused' | 'late'>('refused'),
      ms: ms(0),
      op: fc.constantFrom<SwitchOperation['op'][]>(
        'start-recorder',
        'stop-recorder',
        'unmute',
        'place',
        'make-snoop',
        'make-bridge',
        'play',
        'ring',
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      // It may be carried out after what was asked of the same leg later.
      act: act('operation-fails'),
      how: fc.constant<'refused' | 'late'>('late'),
      ms: ms(100, 700, 2_500),
      op: fc.constantFrom<SwitchOperation['op'][]>(
        'start-recorder',
        'start-recorder',
        'ring',
        'hang-up',
        'place',
        'mute',
      ),
    }),
  },
];

export const actArbitrary: fc.Arbitrary<Act> = fc.oneof(...people, ...faults);

/** How a schedule begins: a call that is supervised, or more callers than agents. */
export type Opening = 'supervised' | 'rush';

/** Most schedules would end before anybody talks: each begins with calls that are on their way to an agent, and a supervisor. */
export const prologue = (opening: Opening, line: number): readonly Act[] => {
  if (opening === 'rush') {
    return [
      { act: 'agent-rings', who: 3, does: 'decline' },
      ...[0, 1, 2, 3].flatMap((caller): Act[] => [
        { act: 'calls', caller, line: 2 },
        { act: 'time-passes', ms: 2_000 },
      ]),
    ];
  }
  const [whom, who] = line === 1 || line === 2 ? [2, 1] : [0, 0];
  return [
    { act: 'calls', caller: 0, line },
    { act: 'time-passes', ms: 300 },
    { act: 'time-passes', ms: 600 },
    { act: 'customer-presses', caller: 0, key: line === 1 ? '1' : '3' },
    { act: 'time-passes', ms: 300 },
    { act: 'time-passes', ms: 1_700 },
    { act: 'supervises', who, code: '*90', whom },
    { act: 'time-passes', ms: 300 },
  ];
};

import { describe, expect, it } from 'vitest';
import { aCall, type CallScript } from '@earshot/testkit/events';
import {
  afterLast,
  asksByApi,
  changesByApi,
  phoneAnswers,
  phoneEnds,
  phoneLeg,
  phonePresses,
  phoneRings,
  summary,
  writtenDown,
} from './testing/told-by-api.ts';
import { supervisionDecider } from './supervision.ts';
import { oliviaTalks, permitted, played, support, told } from './testing/told-supervisions.ts';
import { permissionsFrom } from './testing/told-permissions.ts';
import { withdrawnNow } from './withdrawal.ts';

const stateAfter = (call: CallScript) => played(call).state;
const asking = (call: CallScript, how?: Parameters<typeof asksByApi>[2]) =>
  asksByApi(stateAfter(call), afterLast(call), how);
const asked = writtenDown(oliviaTalks, asking(oliviaTalks));
const ringing = phoneRings(asked);
const listening = phoneAnswers(ringing);
const id = `${oliviaTalks.callId}-v1`;
const changing = (call: CallScript, mode: Parameters<typeof changesByApi>[3], seconds?: number) =>
  changesByApi(stateAfter(call), afterLast(call, seconds), id, mode);
const changed = (call: CallScript, mode: Parameters<typeof changesByApi>[3], seconds?: number) =>
  writtenDown(call, changing(call, mode, seconds));
const modeAfter = (call: CallScript) => stateAfter(call).supervisions[0]?.mode;

describe('somebody asks by API to supervise', () => {
  it('is accepted with the leg that is to be rung, and changes nothing of who hears whom', () => {
    expect(asking(oliviaTalks)).toMatchObject({
      outcome: 'accepted',
      events: [
        {
          type: 'SupervisionRequestedByApi',
          actor: { kind: 'api', user: 'benjamin' },
          data: {
            supervisionId: id,
            legId: `${id}-l1`,
            supervisedLegId: oliviaTalks.legOf('1004'),
            mode: 'spy',
          },
        },
      ],
    });
    expect(played(ringing).decided).toEqual([]);
  });

  it.each([
    {
      why: 'not authorised',
      call: oliviaTalks,
      how: { notPermitted: 'not_authorised' },
      reason: 'not_authorised',
    },
    {
      why: 'the target is on another call',
      call: oliviaTalks,
      how: { target: '1005' },
      reason: 'not_on_a_call',
    },
    {
      why: 'it only rings',
      call: aCall().inbound('support').rings('1004'),
      how: {},
      reason: 'not_on_a_call',
    },
    { why: 'the call is over', call: oliviaTalks.ends(), how: {}, reason: 'not_on_a_call' },
  ] as const)(
    'is refused by the same words as a dialled code, and nothing is rung: $why',
    ({ call, how, reason }) => {
      const decision = asking(call, how);
      expect(summary(decision).at(1)).toBe(`SupervisionRefused: ${reason}`);
      expect(stateAfter(writtenDown(call, decision)).awaited).toEqual([]);
    },
  );

  it('finds no call when none of that id has begun', () => {
    expect(summary(asksByApi(stateAfter(aCall()), afterLast(oliviaTalks)))).toBe('no_such_call');
  });

  it('begins when the phone is answered, in the mode that was wished last', () => {
    expect(told(listening)).toEqual(['SupervisionStarted: spy', 'TopologyChanged']);
    expect(pairsAfter(listening)).toEqual(['l1 hears l2', 'l2 hears l1', 'phone hears l1', 'phone hears l2']);
    const wishesBarge = changed(ringing, 'barge');
    expect(summary(changing(ringing, 'barge'))).toEqual(['SupervisionModeChanged: barge']);
    expect(told(phoneAnswers(wishesBarge))).toEqual(['SupervisionStarted: barge', 'TopologyChanged']);
  });

  it('begins in the mode of a key that the log has before it has the answer', () => {
    const barges = writtenDown(oliviaTalks, asking(oliviaTalks, { mode: 'barge' }));
    const early = phonePresses(phoneRings(barges), '1');
    expect(told(early)).toEqual(['SupervisionModeChanged: whisper']);
    expect(told(phoneAnswers(early))).toEqual(['SupervisionStarted: whisper', 'TopologyChanged']);
  });

  it('ends without having begun when it is answered and no longer permitted', () => {
    expect(told(listening, { ...permitted, groups: [support(false)] })).toEqual([
      'SupervisionEnded: permission_withdrawn',
    ]);
    expect(told(listening, { ...permitted, enabled: false })).toEqual(['SupervisionEnded: supervision_off']);
  });

  it.each([
    ['missed', 'phone_not_answered'],
    ['declined', 'phone_declined'],
    ['unreachable', 'phone_unreachable'],
    ['busy', 'phone_busy'],
    ['lost', 'supervisor_left'],
    ['call_ended', 'call_ended'],
  ] as const)('ends when the phone was rung in vain: %s is %s', (reason, why) => {
    expect(told(phoneEnds(ringing, reason))).toEqual([`SupervisionEnded: ${why}`]);
  });

  const begun = listening.commit('supervision', ...played(listening).decided);
  it.each([
    ['the call is over', begun.ends()],
    ['the agent has left', begun.leaves('1004')],
    ['the phone has hung up', phoneEnds(begun, 'hung_up')],
  ])('takes no other mode once %s, though its end is not written down yet', (_why, call) => {
    const { evolve, initialState } = supervisionDecider;
    const notYetEnded = call.events.reduce(evolve, initialState());
    for (const mode of ['whisper', 'barge', 'spy'] as const)
      expect(summary(changesByApi(notYetEnded, afterLast(call), id, mode))).toBe('not_supervising');
  });

  it('ends while it rings when the agent leaves the conversation, the call is over, or the permission is taken away', () => {
    expect(told(ringing.leaves('1004'))).toContain('SupervisionEnded: agent_left');
    expect(told(ringing.ends())).toEqual(['SupervisionEnded: call_ended']);
    const withdrawn = (call: CallScript, seconds: number, enabled = true) =>
      withdrawnNow(stateAfter(call), permissionsFrom({ ...permitted, enabled }), afterLast(call, seconds));
    expect(withdrawn(ringing, 60)).toEqual([]);
    expect(withdrawn(ringing, 0, false)).toEqual([
      { supervisionId: id, mode: 'spy', reason: 'supervision_off' },
    ]);
    expect(withdrawn(asked, 9)).toEqual([]);
    expect(withdrawn(asked, 11)).toEqual([{ supervisionId: id, mode: 'spy', reason: 'phone_not_rung' }]);
  });

  it('does not begin when its phone is answered after it has ended', () => {
    const gone = changed(ringing, null);
    expect(played(gone).state.awaited).toEqual([]);
    expect(played(phoneAnswers(gone)).decided).toEqual([]);
  });
});

describe('several supervisors by API', () => {
  const oneAtMost = { maxPerCall: 1, hearEachOther: 'barging' } as const;
  const apart = { maxPerCall: 3, hearEachOther: 'nobody' } as const;

  it('are as many as the tenant says, those whose phone rings among them', () => {
    const asks = (call: CallScript) =>
      summary(asksByApi(stateAfter(call), afterLast(call), { rules: oneAtMost }));
    expect(asks(ringing)).toEqual([
      'SupervisionRequestedByApi: spy',
      'SupervisionRefused: too_many_supervisors',
    ]);
    expect(asks(changed(ringing, null))).toEqual(['SupervisionRequestedByApi: spy']);
  });

  it('do not barge beside one who does when they hear nobody of each other', () => {
    const barges = changed(listening, 'barge');
    const asks = (mode: 'spy' | 'barge') =>
      summary(asksByApi(stateAfter(barges), afterLast(barges), { rules: apart, mode })).at(-1);
    expect([asks('barge'), asks('spy')]).toEqual([
      'SupervisionRefused: another_barges',
      'SupervisionRequestedByApi: spy',
    ]);
  });
});

describe('somebody changes a supervision by API', () => {
  it('does not change to a mode that the settings do not permit', () => {
    const at = afterLast(listening);
    expect(summary(changesByApi(stateAfter(listening), at, id, 'barge', true))).toBe('mode_not_permitted');
  });

  it('is heard, heard no more, and leaves', () => {
    const barges = changed(listening, 'barge');
    expect(pairsAfter(barges)).toContain('l1 hears phone');
    expect(summary(changing(barges, 'spy'))).toEqual(['SupervisionModeChanged: spy', 'TopologyChanged']);
    expect(summary(changing(barges, null))).toEqual(['SupervisionEnded: supervisor_left', 'TopologyChanged']);
    expect(summary(changing(changed(barges, null), null))).toBe('not_supervising');
  });

  it('leaves a trace also when the mode is on already, so that the command repeated later changes nothing', () => {
    expect(summary(changing(listening, 'spy'))).toEqual(['SupervisionModeChanged: spy']);
  });

  it('gives no voice to a key from before it that arrives after it, and gives way to one from after it', () => {
    const early = earlier(phonePresses(changed(listening, 'spy'), '2'));
    expect(played(early).outcomes.at(-1)?.ignored).toBe('older_than_last_wish');
    const silent = earlier(phonePresses(changed(listening, 'barge'), '0'));
    expect(modeAfter(silent)).toBe('spy');
    const later = phonePresses(phonePresses(changed(listening, 'spy', 0), '1'), '2');
    expect(modeAfter(later)).toBe('barge');
  });

  it('gives no voice when a newer key is known, and stands against an older key that was known but not decided on', () => {
    const key = phonePresses(listening, '1');
    expect(summary(changesByApi(stateAfter(key), afterLast(key, -1), id, 'barge'))).toBe(
      'older_than_last_wish',
    );
    expect(summary(changesByApi(stateAfter(key), afterLast(key, -1), id, 'spy'))).toContain(
      'SupervisionModeChanged: spy',
    );
    expect(changing(key, 'barge')).toMatchObject({
      events: [{ data: { keysUpTo: key.events.at(-1)?.sequence } }, {}],
    });
  });

  it('compares its own clock with the switch’s by the quickest report', () => {
    const ahead = {
      ...listening,
      events: listening.events.map((event) => ({ ...event, occurredAt: sooner(event.occurredAt) })),
    };
    const now = afterLast(listening);
    expect(changesByApi(stateAfter(ahead), now, id, 'spy')).toMatchObject({
      events: [{ occurredAt: sooner(now) }],
    });
  });
});

/** As a switch's clock shows it that is a minute slow. */
const sooner = (at: string): string => new Date(Date.parse(at) - 60_000).toISOString();

/** The call with its last event as it is told by a process that had been away: it happened two seconds before the one before it. */
const earlier = (call: CallScript): CallScript => ({
  ...call,
  events: call.events.map((event, place) =>
    place === call.events.length - 1
      ? { ...event, occurredAt: afterLast(call, -3), recordedAt: afterLast(call, -3) }
      : event,
  ),
});

const pairsAfter = (call: CallScript) =>
  stateAfter(call).topology?.pairs.map(({ listener, speaker }) => {
    const name = (legId: string): string => (legId === phoneLeg(call) ? 'phone' : legId.slice(-2));
    return `${name(listener)} hears ${name(speaker)}`;
  });

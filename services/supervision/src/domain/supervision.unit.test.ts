import { aCall } from '@earshot/testkit/events';
import { describe, expect, it } from 'vitest';
import { inputsOf } from './input.ts';
import { supervisionDecider } from './supervision.ts';
import { permissionsFrom } from './testing/told-permissions.ts';
import {
  benjaminSpies,
  legThatAsked,
  oliviaTalks,
  pairsAfter,
  permitted,
  played,
  told,
} from './testing/told-supervisions.ts';

describe('a supervisor joins', () => {
  it('starts the supervision and says who hears whom, both at once', () => {
    const { decided } = played(benjaminSpies);
    expect(decided).toMatchObject([
      {
        type: 'SupervisionStarted',
        data: {
          supervisionId: `${benjaminSpies.callId}-v1`,
          legId: benjaminSpies.legOf('1001'),
          supervisedLegId: benjaminSpies.legOf('1004'),
          mode: 'spy',
        },
      },
      { type: 'TopologyChanged', data: { topologyId: `${benjaminSpies.callId}-t1` } },
    ]);
    expect(pairsAfter(benjaminSpies)).toEqual(['l1 hears l2', 'l2 hears l1', 'l3 hears l1', 'l3 hears l2']);
  });

  it('takes the instant from the request, not from a clock', () => {
    const { decided } = played(benjaminSpies);
    expect(new Set(decided.map(({ occurredAt }) => occurredAt))).toEqual(
      new Set([benjaminSpies.events.at(-1)?.occurredAt]),
    );
  });

  it.each([
    {
      why: 'supervision is switched off, even for somebody not authorised',
      call: oliviaTalks.dialsCode('2002', 'spy', '1004'),
      permissions: { ...permitted, enabled: false },
      reason: 'supervision_off',
    },
    {
      why: 'a supervisor asks for the own extension',
      call: oliviaTalks.dialsCode('1001', 'spy', '1001'),
      permissions: permitted,
      reason: 'self',
    },
    {
      why: 'nobody has that extension',
      call: aCall().dialsCode('1001', 'spy', '1099'),
      permissions: permitted,
      reason: 'no_such_extension',
    },
    {
      why: 'the supervisor is not marked in a group of the target',
      call: oliviaTalks.dialsCode('2002', 'spy', '1004'),
      permissions: permitted,
      reason: 'not_authorised',
    },
    {
      why: 'the target is on no call, so that the request has a log of its own',
      call: aCall().dialsCode('1001', 'spy', '1004'),
      permissions: permitted,
      reason: 'not_on_a_call',
    },
    {
      why: 'the target only rings',
      call: aCall().inbound('support').rings('1004').dialsCode('1001', 'spy', '1004'),
      permissions: permitted,
      reason: 'not_on_a_call',
    },
    {
      why: 'the target has left meanwhile',
      call: oliviaTalks.leaves('1004').dialsCode('1001', 'spy', '1004'),
      permissions: permitted,
      reason: 'not_on_a_call',
    },
    {
      why: 'the call is over',
      call: oliviaTalks.ends().dialsCode('1001', 'spy', '1004'),
      permissions: permitted,
      reason: 'not_on_a_call',
    },
  ])('is refused when $why', ({ call, permissions, reason }) => {
    expect(played(call, permissions).decided).toMatchObject([
      { type: 'SupervisionRefused', data: { legId: legThatAsked(call), reason } },
    ]);
  });

  it('is refused when the target leg ended between the request and the decision', () => {
    const request = benjaminSpies.events.at(-1);
    const later = benjaminSpies.leaves('1004');
    const state = later.events.reduce(supervisionDecider.evolve, supervisionDecider.initialState());
    const [input] = request ? inputsOf(request, permissionsFrom(permitted), state) : [];
    expect(input && supervisionDecider.decide(state, input)).toMatchObject({
      outcome: 'accepted',
      events: [{ type: 'SupervisionRefused', data: { reason: 'not_on_a_call' } }],
    });
  });

  it('is ignored when the supervisor hung up before the decision', () => {
    const request = benjaminSpies.events.at(-1);
    const state = benjaminSpies
      .leaves('1001')
      .events.reduce(supervisionDecider.evolve, supervisionDecider.initialState());
    const [input] = request ? inputsOf(request, permissionsFrom(permitted), state) : [];
    expect(input && supervisionDecider.decide(state, input)).toEqual({
      outcome: 'ignored',
      because: 'supervisor_has_left',
    });
  });
});

describe('a supervisor changes the mode by key', () => {
  it('lets Benjamin whisper, barge and listen again, as told in the example', () => {
    const whispers = benjaminSpies.presses('1001', '1', 'supervision');
    expect(told(whispers)).toEqual(['SupervisionModeChanged: whisper', 'TopologyChanged']);
    expect(pairsAfter(whispers)).toContain('l2 hears l3');
    expect(pairsAfter(whispers)).not.toContain('l1 hears l3');
    const barges = whispers.presses('1001', '2', 'supervision');
    expect(pairsAfter(barges)).toContain('l1 hears l3');
    const spies = barges.presses('1001', '0', 'supervision');
    expect(pairsAfter(spies)).toEqual(pairsAfter(benjaminSpies));
    expect(played(spies).decided.at(-1)).toMatchObject({ data: { topologyId: `${spies.callId}-t4` } });
  });

  it.each([
    {
      what: 'the key of the mode that is on',
      call: benjaminSpies.presses('1001', '0', 'supervision'),
      because: 'same_mode',
    },
    {
      what: 'any other key',
      call: benjaminSpies.presses('1001', '7', 'supervision'),
      because: 'key_without_meaning',
    },
    {
      what: 'a masked key',
      call: benjaminSpies.presses('1001', null, 'supervision'),
      because: 'key_without_meaning',
    },
    {
      what: 'a key of somebody who does not supervise',
      call: benjaminSpies.presses('1004', '2', 'supervision'),
      because: 'not_supervising',
    },
  ])('changes nothing on $what', ({ call, because }) => {
    expect(told(call)).toBe(because);
  });

  it('takes a voice away, but gives none, at a key that is older than one that was told before', () => {
    /** What is decided on the second of two keys, which was pressed before the first and is told after it. */
    const toldLate = (first: string, second: string) => {
      const call = benjaminSpies.presses('1001', first, 'supervision').presses('1001', second, 'supervision');
      const early = benjaminSpies.events.at(-1)?.occurredAt ?? '';
      const last = call.events.length - 1;
      const events = call.events.map((event, place) =>
        place === last ? { ...event, occurredAt: early } : event,
      );
      return played({ ...call, events }).outcomes.at(-1);
    };
    expect(toldLate('0', '2')?.ignored).toBe('older_than_last_wish');
    expect(toldLate('1', '2')?.ignored).toBe('older_than_last_wish');
    expect(toldLate('2', '1')?.decided[0]).toMatchObject({ data: { mode: 'whisper' } });
    expect(toldLate('2', '0')?.decided[0]).toMatchObject({ data: { mode: 'spy' } });
  });

  it('does not look at keys that something else waits for', () => {
    expect(played(benjaminSpies.presses('1001', '2', 'consent')).outcomes).toHaveLength(
      played(benjaminSpies).outcomes.length,
    );
  });
});

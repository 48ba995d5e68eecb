import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layoutOf } from './layout-of.ts';
import { layoutSeen } from './layout.ts';
import { pairKey, pairsHeard } from './pairs-heard.ts';
import {
  agent,
  callId,
  colleague,
  customer,
  everyLeg,
  pairsOf,
  seatings,
  supervisors,
  wildSeatings,
} from './random-topologies.ts';

const [benjamin, emma] = supervisors;
if (!benjamin || !emma) throw new Error('no supervisors');
const hears = (listener: { legId: string }, speaker: { legId: string }) => ({
  listener: listener.legId,
  speaker: speaker.legId,
});
const talk = [hears(customer, agent), hears(agent, customer)];

describe("the layout of a call's topology", () => {
  it('carries exactly the wanted pairs, for every call with parties and supervisors in any mode', () => {
    fc.assert(
      fc.property(fc.oneof(seatings, wildSeatings), (seating) => {
        const result = layoutOf(callId, pairsOf(seating), everyLeg);
        expect(result.possible).toBe(true);
        if (!result.possible) return;
        const byHandle = new Map(everyLeg.map(({ handle, legId }) => [handle, legId]));
        const carried = pairsHeard(result.layout).map(({ listener, speaker }) =>
          pairKey({ listener: byHandle.get(listener) ?? '', speaker: byHandle.get(speaker) ?? '' }),
        );
        expect(carried.toSorted()).toEqual(pairsOf(seating).map(pairKey).toSorted());
      }),
      { numRuns: 4000 },
    );
  }, 120_000);

  it('puts a spying supervisor beside a snoop that speaks to nobody, and absorbs the keys', () => {
    const result = layoutOf(callId, [...talk, hears(benjamin, agent), hears(benjamin, customer)], everyLeg);
    expect(result).toEqual({
      possible: true,
      layout: {
        bridges: [
          { id: `${callId}-main`, participants: [customer.handle, agent.handle] },
          {
            id: `${callId}-private-l4-on-l2-speaks-to-nobody`,
            participants: [`${callId}-snoop-l4-on-l2-speaks-to-nobody`, benjamin.handle],
          },
        ],
        snoops: [{ id: `${callId}-snoop-l4-on-l2-speaks-to-nobody`, on: agent.handle, speaksTo: 'nobody' }],
        absorbed: [benjamin.handle],
        muted: [],
      },
    });
  });

  it('puts the whispering snoop on the one leg that hears the supervisor, also of two agents', () => {
    const pairs = [
      hears(colleague, agent),
      hears(agent, colleague),
      hears(benjamin, agent),
      hears(benjamin, colleague),
      hears(colleague, benjamin),
    ];
    const result = layoutOf(callId, pairs, everyLeg);
    expect(result.possible && result.layout.snoops).toEqual([
      { id: `${callId}-snoop-l4-on-l3-speaks-to-leg`, on: colleague.handle, speaksTo: 'leg' },
    ]);
  });

  it('lets a supervisor listen to an agent who is alone on the line', () => {
    const result = layoutOf(callId, [hears(benjamin, agent)], everyLeg);
    expect(result.possible && pairsHeard(result.layout)).toEqual([
      { listener: benjamin.handle, speaker: agent.handle },
    ]);
  });

  it('needs nothing on the switch when nobody hears anybody', () => {
    expect(layoutOf(callId, [], everyLeg)).toEqual({
      possible: true,
      layout: { bridges: [], snoops: [], absorbed: [], muted: [] },
    });
  });

  it.each([
    { what: 'a leg that is not there', pairs: [hears(agent, { legId: 'somebody' })], reason: 'unknown_leg' },
    {
      what: 'two conversations on one call',
      pairs: [...talk, hears(colleague, benjamin), hears(benjamin, colleague)],
      reason: 'no_conversation',
    },
    {
      what: 'a supervisor who hears one party only',
      pairs: [...talk, hears(benjamin, agent)],
      reason: 'party_outside',
    },
    {
      what: 'a supervisor who hears some of the parties',
      reason: 'not_carried',
      pairs: [
        ...talk,
        hears(benjamin, agent),
        hears(colleague, agent),
        hears(agent, colleague),
        hears(customer, colleague),
        hears(colleague, customer),
      ],
    },
    {
      what: 'a whisper that another supervisor hears',
      pairs: [
        ...talk,
        hears(benjamin, agent),
        hears(benjamin, customer),
        hears(agent, benjamin),
        hears(emma, agent),
        hears(emma, customer),
        hears(emma, benjamin),
      ],
      reason: 'not_carried',
    },
  ])('says why it cannot carry $what', ({ pairs, reason }) => {
    expect(layoutOf(callId, pairs, everyLeg)).toEqual({ possible: false, reason });
  });

  it("is recognised on a switch after a restart, among other calls' bridges", () => {
    const result = layoutOf(
      callId,
      [...talk, hears(benjamin, agent), hears(benjamin, customer), hears(agent, benjamin)],
      everyLeg,
    );
    if (!result.possible) throw new Error(result.reason);
    const { bridges, snoops, absorbed } = result.layout;
    const other = { bridge: '019b76da-a800-7af4-bab1-bc67c7cc3364-main', participants: ['somebody'] };
    const seen = layoutSeen(
      callId,
      {
        bridges: [other, ...bridges.map(({ id, participants }) => ({ bridge: id, participants }))],
        snoops: snoops.map(({ id, on, speaksTo }) => ({ snoop: id, on, speaksTo })),
      },
      absorbed,
    );
    expect(seen).toEqual({ ...result.layout, muted: absorbed });
  });
});

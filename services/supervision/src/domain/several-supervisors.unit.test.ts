import { describe, expect, it } from 'vitest';
import { dueBySettings } from './due-by-settings.ts';
import { supervisionDecider } from './supervision.ts';
import { topologyOf } from './topology.ts';
import { permissionsFrom, type ToldSettings } from './testing/told-permissions.ts';
import { oliviaTalks, permitted, played, told } from './testing/told-supervisions.ts';

const extensions = ['1001', '1004', '1005', '2002', '2003'];
const open: ToldSettings = {
  ...permitted,
  extensions,
  groups: [extensions.map((extension) => ({ extension, supervisor: true }))],
};
const atMost = (maxPerCall: number): ToldSettings => ({ ...open, maxPerCall });
const apart: ToldSettings = { ...open, hearEachOther: 'nobody' };

const benjaminBarges = oliviaTalks.dialsCode('1001', 'barge', '1004');
const at = '2026-11-21T10:00:00.000Z';
/** What changed settings lead to on a call that was played under others. */
const changed = (state: ReturnType<typeof played>['state'], to: ToldSettings) => {
  const permissions = permissionsFrom(to);
  const due = dueBySettings(state, permissions, at);
  return due === null
    ? 'nothing'
    : supervisionDecider.decide(state, {
        type: 'settings-changed',
        at,
        rules: permissions.rules(),
        withdrawn: due.withdrawn,
      });
};

describe('how many may supervise one call', () => {
  const two = benjaminBarges.dialsCode('2002', 'spy', '1004');

  it('is three where the tenant has not said', () => {
    const three = two.dialsCode('2003', 'spy', '1004');
    expect(told(three, open)).toEqual(['SupervisionStarted: spy', 'TopologyChanged']);
    expect(told(three.answeredBy('1005').dialsCode('1001', 'spy', '1005'), open)).toEqual([
      'SupervisionRefused: too_many_supervisors',
    ]);
  });

  it('counts the supervisors of every leg of the call', () => {
    const ofAnother = two.answeredBy('1005').dialsCode('2003', 'spy', '1005');
    expect(told(ofAnother, atMost(2))).toEqual(['SupervisionRefused: too_many_supervisors']);
    expect(told(ofAnother, atMost(3))).toEqual(['SupervisionStarted: spy', 'TopologyChanged']);
  });

  it('has room again once one of them has left', () => {
    expect(told(two.leaves('1001').dialsCode('2003', 'spy', '1004'), atMost(2))).toEqual([
      'SupervisionStarted: spy',
      'TopologyChanged',
    ]);
  });

  it('ends nobody who is there when it is lowered', () => {
    expect(changed(played(two, open).state, atMost(1))).toBe('nothing');
  });

  it('is kept when two ask at the same time, for one is decided on after the other', () => {
    const both = [...benjaminBarges.events, ...two.events.slice(benjaminBarges.events.length)];
    expect(both.filter(({ type }) => type === 'SupervisionRequested')).toHaveLength(2);
    const last = both.at(-1)?.sequence;
    const asOne = both.map((event, place) =>
      place < oliviaTalks.events.length ? event : { ...event, sequence: last ?? 0 },
    );
    const { decided } = played({ ...two, events: asOne }, atMost(1));
    expect(decided.map(({ type }) => type)).toEqual([
      'SupervisionStarted',
      'TopologyChanged',
      'SupervisionRefused',
    ]);
  });
});

describe('supervisors who shall hear nobody of each other', () => {
  const emmaToo = benjaminBarges.dialsCode('2002', 'whisper', '1004');
  const heard = (call: typeof emmaToo, settings = apart) =>
    played(call, settings).state.topology?.pairs.map(
      ({ listener, speaker }) => `${listener.slice(-2)} hears ${speaker.slice(-2)}`,
    );

  it('spy and whisper beside each other as ever', () => {
    const call = oliviaTalks.dialsCode('1001', 'spy', '1004').dialsCode('2002', 'whisper', '1004');
    expect(heard(call)).toEqual(heard(call, open));
  });

  it('leave the conversation to whoever barges, and have it back afterwards', () => {
    expect(heard(emmaToo)).toEqual(heard(benjaminBarges));
    expect(heard(emmaToo)).not.toEqual(heard(emmaToo, open));
    const spiesAgain = emmaToo.presses('1001', '0', 'supervision');
    expect(heard(spiesAgain)).toEqual(expect.arrayContaining(['l2 hears l4', 'l4 hears l1', 'l4 hears l2']));
    expect(heard(emmaToo.leaves('1001'))).toContain('l2 hears l4');
  });

  it('do not barge beside each other, by key or by code', () => {
    expect(told(emmaToo.presses('2002', '2', 'supervision'), apart)).toEqual([
      'SupervisionModeRefused: another_barges',
    ]);
    expect(told(benjaminBarges.dialsCode('2002', 'barge', '1004'), apart)).toEqual([
      'SupervisionRefused: another_barges',
    ]);
    const left = emmaToo.presses('1001', '1', 'supervision').presses('2002', '2', 'supervision');
    expect(told(left, apart)).toEqual(['SupervisionModeChanged: barge', 'TopologyChanged']);
  });

  it('do not disturb each other on legs that do not talk with each other', () => {
    const consulting = benjaminBarges
      .answeredBy('1005')
      .converse({ customer: 'talking', 1004: 'talking', 1005: 'held' })
      .dialsCode('2002', 'barge', '1005');
    expect(told(consulting, apart)).toEqual(['SupervisionStarted: barge', 'TopologyChanged']);
  });

  it('are parted on a running call when the setting changes, and the first to barge keeps the conversation', () => {
    const emmaFirst = oliviaTalks
      .dialsCode('1001', 'spy', '1004')
      .dialsCode('2002', 'barge', '1004')
      .presses('1001', '2', 'supervision');
    const { state } = played(emmaFirst, open);
    const emma = state.supervisions.filter(({ legId }) => legId.endsWith('l4'));
    expect(heard(emmaFirst, open)).toContain('l3 hears l4');
    expect(changed(state, apart)).toMatchObject({
      outcome: 'accepted',
      events: [{ type: 'TopologyChanged', data: { pairs: topologyOf(state.parties, emma, 'barging') } }],
    });
  });

  it('hear each other again when the setting changes back', () => {
    const { state } = played(emmaToo, apart);
    expect(changed(state, open)).toMatchObject({ events: [{ type: 'TopologyChanged' }] });
    expect(changed(state, apart)).toBe('nothing');
  });
});

describe('one supervisor alone', () => {
  it('costs a changed setting nothing', () => {
    expect(changed(played(benjaminBarges, open).state, apart)).toBe('nothing');
  });
});

import { expect, it } from 'vitest';
import type { Input } from '../../services/supervision/src/domain/input.ts';
import { whyNotPermitted } from '../../services/supervision/src/domain/permission.ts';
import { ofType } from './log-reader.ts';
import { tellStory } from './stories.ts';

it.each([0, 1])(
  'a command that process %i took and could not answer, and that the other has done meanwhile, makes nobody decide without what came between',
  async (slow) => {
    const story = await tellStory();
    const { world } = story;
    const callId = await story.talks(0, 'support');
    const [benjamin, emma] = [story.phone('1001'), story.phone('2002')];
    emma.script = { does: 'answer', afterMs: 400 };
    benjamin.dial('*921004');
    await world.pass(1_000);
    const processes = await story.joinsSupervision();
    const [first, second] = [processes[slow], processes[1 - slow]];
    const supervisionId = ofType(world.log.of(callId), 'SupervisionStarted')[0]?.data.supervisionId ?? '';
    const about = () => ({
      at: new Date(world.clock.now()).toISOString(),
      rules: world.permissions.rules(),
    });
    const seat = { extension: '2002', exportId: 2002 };
    const joins = (): Input => ({
      type: 'supervision-commanded',
      ...about(),
      command: { user: '2002', commandId: 'x', supervisor: seat, phone: seat, mode: 'spy', target: '1004' },
      notPermitted: whyNotPermitted(world.permissions, '2002', '1004', 'spy'),
    });
    const spies: Input = {
      type: 'change-commanded',
      ...about(),
      command: { user: '1001', supervisionId, mode: 'spy' },
      isModeForbidden: false,
    };

    first?.freeze(false);
    const answer = first?.command(callId, joins(), 'x');
    await world.pass(100);
    void second?.command(callId, spies, 'y');
    await world.pass(200);
    void second?.command(callId, joins(), 'x');
    await world.pass(200);
    void first?.thaw();
    await world.pass(3_000);
    expect([story.hears(story.caller(0), benjamin), story.hears(emma, story.caller(0))]).toEqual([
      false,
      true,
    ]);
    const stored = ofType(world.log.of(callId), 'SupervisionRequestedByApi');
    expect(stored).toHaveLength(1);
    expect(await answer).toMatchObject({
      events: [{ data: { supervisionId: stored[0]?.data.supervisionId } }],
    });
    const topologies = ofType(world.log.of(callId), 'TopologyChanged').map(({ data }) => data.topologyId);
    expect(new Set(topologies).size).toBe(topologies.length);
    expect(await story.broken()).toEqual([]);
  },
);

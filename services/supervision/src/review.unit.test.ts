import { aCall, play, type CallScript } from '@earshot/testkit/events';
import type { CallId } from '@earshot/contracts';
import { describe, expect, it } from 'vitest';
import { inputsOf } from './domain/input.ts';
import type { Permissions } from './domain/permission.ts';
import { supervisionDecider } from './domain/supervision.ts';
import type { DueBySettings } from './domain/due-by-settings.ts';
import { createReview } from './review.ts';

const everything: Permissions = {
  isEnabled: () => true,
  hasExtension: () => true,
  grantsFor: () => [{ modes: ['spy', 'whisper', 'barge'], supervisable: true }],
  rules: () => ({ maxPerCall: 3, hearEachOther: 'barging' }),
};
const stateAfter = (call: CallScript) =>
  play(supervisionDecider, 'supervision', (event, state) => inputsOf(event, everything, state), call.events)
    .state;
const talk = aCall().inbound('support').answeredBy('1004');
const idOf = (n: number): CallId => `0199a1b2-0000-7000-8000-${n.toString().padStart(12, '0')}`;

/** 5,000 calls, on three of which somebody supervises, and a count of what the settings are asked. */
const manyCalls = () => {
  const asked: string[] = [];
  const forbidden = new Set<string>();
  const permissions: Permissions = {
    ...everything,
    grantsFor: (supervisor, target) => {
      asked.push(`${supervisor} ${target}`);
      return forbidden.has(supervisor) ? [] : everything.grantsFor(supervisor, target);
    },
  };
  const ended: (readonly [CallId, DueBySettings])[] = [];
  const done: (() => void)[] = [];
  const review = createReview(
    permissions,
    () => '2026-11-21T09:00:00.000Z',
    (callId, due) => {
      ended.push([callId, due]);
      return new Promise<void>((resolve) => {
        done.push(resolve);
      });
    },
  );
  const quiet = stateAfter(talk);
  for (let n = 0; n < 5000; n += 1) review.update(idOf(n), quiet);
  const supervised = ['1001', '1001', '1005'].map((supervisor) =>
    stateAfter(talk.dialsCode(supervisor, 'spy', '1004')),
  );
  supervised.forEach((state, n) => {
    review.update(idOf(n), state);
  });
  const askedOf = (what: () => void) => {
    asked.length = 0;
    what();
    return asked.toSorted();
  };
  return { review, askedOf, forbidden, ended, done, quiet, supervised };
};

describe('whether those who supervise still may', () => {
  it('costs a call on which nobody supervises no question, whatever happens on it', () => {
    const { review, askedOf, quiet } = manyCalls();
    expect(
      askedOf(() => {
        for (let n = 100; n < 5000; n += 1) review.update(idOf(n), quiet);
      }),
    ).toEqual([]);
  });

  it('is asked once per supervision that a changed setting can concern, and of no other call', () => {
    const { review, askedOf } = manyCalls();
    expect(
      askedOf(() => {
        review.changed(['1005']);
      }),
    ).toEqual(['1005 1004']);
    expect(
      askedOf(() => {
        review.changed(['1001', '1004']);
      }),
    ).toEqual(['1001 1004', '1001 1004', '1005 1004']);
    expect(
      askedOf(() => {
        review.changed(['1099']);
      }),
    ).toEqual([]);
    expect(
      askedOf(() => {
        review.changed('everybody');
      }),
    ).toHaveLength(3);
  });

  it('is asked no more once the supervision is over or the call is forgotten', () => {
    const { review, askedOf, quiet } = manyCalls();
    review.update(idOf(0), quiet);
    review.forget(idOf(1));
    expect(
      askedOf(() => {
        review.changed('everybody');
      }),
    ).toEqual(['1005 1004']);
  });

  it('leads to one decision at a time, however often it is looked', async () => {
    const { review, forbidden, ended, done } = manyCalls();
    forbidden.add('1005');
    for (let times = 0; times < 5; times += 1) review.changed('everybody');
    expect(ended).toEqual([
      [
        idOf(2),
        {
          withdrawn: [{ supervisionId: `${talk.callId}-v1`, mode: 'spy', reason: 'permission_withdrawn' }],
          afterTopology: 1,
        },
      ],
    ]);
    done[0]?.();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    review.changed('everybody');
    expect(ended).toHaveLength(2);
  });
});

import type { CallId } from '@earshot/contracts';
import { patienceMs, type Stage } from './stage.ts';

/** People of the demo tenant, by extension. */
export const benjamin = '1001';
export const olivia = '1004';
export const noah = '1005';
export const mia = '2001';
export const emma = '2002';
export const liam = '888';

/** Numbers of its lines, and of people outside. */
export const lines = {
  support: '+41445550100',
  sales: '+41445550200',
  orders: '+41445550300',
  office: '+41445550400',
  widget: '+41445550500',
} as const;
export const customer = '+41795551001';
export const outsider = '+41795551002';

/** Who hears whom, as `Stage.hearing` tells it; of the conversation in these tests. */
export const pairs = (
  ...ones: readonly (readonly [listener: string, speaker: string])[]
): readonly string[] => ones.map(([listener, speaker]) => `${listener}<${speaker}`).toSorted();
export const both = [
  [customer, olivia],
  [olivia, customer],
] as const;

/** The caller reaches an agent of the Support line; with a key pressed while the consent greeting is heard. */
export const talkOnSupport = async (
  stage: Stage,
  { agent = olivia, key }: { readonly agent?: string; readonly key?: string } = {},
): Promise<CallId> => {
  const callId = await stage.phone(customer).dial(lines.support);
  if (key !== undefined) {
    const asked = await stage.log.until('PromptRequested', {
      callId,
      fits: ({ data }) => data.kind === 'consent',
      limitMs: patienceMs,
    });
    await stage.log.until('PromptStarted', {
      callId,
      fits: ({ data }) => data.promptId === asked.data.promptId,
      limitMs: patienceMs,
    });
    await stage.phone(customer).press(key);
  }
  await stage.phone(agent).is('ringing');
  await stage.phone(agent).answer();
  await connected(stage, callId);
  return callId;
};

/** Resolves when the two parties hear each other. */
export const connected = async (stage: Stage, callId: CallId): Promise<void> => {
  await stage.log.until('TopologyApplied', { callId, limitMs: patienceMs });
};

/** Does something that changes who hears whom, and waits until the switch carries it. */
export const andApplied = async (
  stage: Stage,
  callId: CallId,
  act: () => Promise<unknown>,
): Promise<void> => {
  const since = stage.log.count;
  await act();
  const changed = await stage.log.until('TopologyChanged', { since, callId, limitMs: patienceMs });
  await stage.log.until('TopologyApplied', {
    since,
    callId,
    limitMs: patienceMs,
    fits: ({ data }) => data.topologyId === changed.data.topologyId && data.outcome === 'done',
  });
};

/** Benjamin dials a service code and is in. */
export const supervise = async (
  stage: Stage,
  callId: CallId,
  code = `*90${olivia}`,
  by = benjamin,
): Promise<void> => {
  const since = stage.log.count;
  await andApplied(stage, callId, () => stage.phone(by).dial(code));
  // A topology counts among the legs that have answered; the supervisor's may answer after it stands.
  await stage.log.until('LegAnswered', { since, callId, limitMs: patienceMs });
};

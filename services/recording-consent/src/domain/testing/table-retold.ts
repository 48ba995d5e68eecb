import type { CallEvent } from '@earshot/contracts';
import type { LineSetting } from '../input.ts';

/**
 * The consent windows of the log that were opened before an agent answered, and why each of them closed, if
 * it did.
 */
export const windowsIn = (before: readonly CallEvent[]) => {
  const isAgentBy = (index: number, legId: string) =>
    before
      .slice(0, index)
      .some(
        (event) =>
          (event.type === 'LegArrived' || event.type === 'LegOffered') &&
          event.data.legId === legId &&
          event.data.party === 'agent',
      );
  const answeredAt = before.findIndex(
    (event, index) =>
      (event.type === 'LegAnswered' && isAgentBy(index, event.data.legId)) ||
      event.type === 'RecordingAllowed' ||
      event.type === 'RecordingForbidden',
  );
  return before.slice(0, answeredAt < 0 ? before.length : answeredAt).flatMap((event) => {
    if (event.type !== 'KeyWindowOpened' || event.data.awaits !== 'consent') return [];
    const closed = before.find(
      (other) => other.type === 'KeyWindowClosed' && other.data.windowId === event.data.windowId,
    );
    return [
      {
        windowId: event.data.windowId,
        closed: closed?.type === 'KeyWindowClosed' ? closed.data.reason : null,
      },
    ];
  });
};

/** For a while it is not known what the caller pressed, menus aside. */
export const isDeaf = (before: readonly CallEvent[]) => {
  const menus = before.flatMap((event) =>
    event.type === 'KeyWindowOpened' && event.data.awaits === 'menu' ? [event.data.windowId] : [],
  );
  return before.some(
    (event) =>
      event.type === 'KeyWindowClosed' &&
      event.data.reason === 'keys_not_heard' &&
      !menus.includes(event.data.windowId),
  );
};

/** The table of docs/product.md 2 told a second time, from the events alone and in the plainest way. */
export const tableAllows = (before: readonly CallEvent[], setting: LineSetting): boolean => {
  const started = before.find((event) => event.type === 'CallStarted')?.data;
  const chose = before.find((event) => event.type === 'ConsentChosen')?.data.choice;
  const windows = windowsIn(before);
  if (!started?.line || !setting) return false;
  if (started.direction === 'outbound') return setting.setting === 'always' || setting.setting === 'opt_out';
  switch (setting.setting) {
    case 'always':
      return true;
    case 'never':
      return false;
    case 'opt_in':
      return chose === 'caller_opted_in';
    case 'opt_out':
      return (
        started.line.type === 'phone' &&
        chose !== 'caller_opted_out' &&
        windows.some(({ closed }) => closed !== 'greeting_failed') &&
        !isDeaf(before)
      );
  }
};

/** Whether a customer and an agent talk, told a second time from the events alone. */
export const talkGoesOn = (before: readonly CallEvent[]): boolean => {
  const gone = new Set(before.flatMap((event) => (event.type === 'LegEnded' ? [event.data.legId] : [])));
  const newest = before
    .flatMap((event) => (event.type === 'ConversationChanged' ? [event.data] : []))
    .toSorted((a, b) => b.revision - a.revision)[0];
  const talking = newest
    ? newest.parties.filter(({ legId, as }) => as === 'talking' && !gone.has(legId)).map(({ legId }) => legId)
    : [];
  const partyOf = (legId: string) =>
    before
      .flatMap((event) =>
        (event.type === 'LegArrived' || event.type === 'LegOffered') && event.data.legId === legId
          ? [event.data.party]
          : [],
      )
      .at(-1);
  return (
    talking.some((legId) => partyOf(legId) === 'customer') &&
    talking.some((legId) => partyOf(legId) === 'agent') &&
    !before.some(({ type }) => type === 'CallEnded')
  );
};

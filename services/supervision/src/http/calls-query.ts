import { CallId, CurrentCallState, CurrentCallsId } from '@earshot/contracts';
import type { SettingsView } from '@earshot/event-log';
import { Type, type Static } from 'typebox';
import type { CallNow } from '../domain/current-calls/call-now.ts';

const settingId = (description: string) =>
  Type.Optional(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$', description }));

/** What of the list is asked for. */
export const CallsQuery = Type.Object(
  {
    extension: Type.Optional(
      Type.String({
        pattern: '^[0-9]{2,8}$',
        description: 'Calls in which this extension takes part or supervises',
      }),
    ),
    ring_group: settingId('Calls that wait or waited for this group, or in which a member of it takes part'),
    line: settingId('Calls of this line'),
    state: Type.Optional(CurrentCallState),
    limit: Type.Integer({ minimum: 1, maximum: 1000, default: 200, description: 'Most calls of the answer' }),
    after: Type.Optional(
      Type.Intersect([CallId, Type.String({ description: '`next` of the answer before' })]),
    ),
  },
  { additionalProperties: false },
);
export type CallsQuery = Static<typeof CallsQuery>;

/** Where a stream begins, for clients that cannot set `Last-Event-ID`. */
export const StreamQuery = Type.Object(
  { after: Type.Optional(CurrentCallsId) },
  { additionalProperties: false },
);
export type StreamQuery = Static<typeof StreamQuery>;

/** Whether a call is one of those that are asked for. */
export const isAskedFor = (
  call: CallNow,
  { extension, ring_group: groupId, line, state }: CallsQuery,
  settings: SettingsView,
): boolean => {
  const isOn = (wanted: string): boolean =>
    call.legs.some((leg) => leg.extension === wanted || call.askedByApi[leg.legId] === wanted);
  if (extension !== undefined && !isOn(extension)) return false;
  if (line !== undefined && call.line?.id !== line) return false;
  if (state !== undefined && call.state !== state) return false;
  if (groupId === undefined || call.group?.id === groupId) return true;
  return (
    settings.get('ring-groups', groupId)?.value.members.some((member) => isOn(member.extension)) ?? false
  );
};

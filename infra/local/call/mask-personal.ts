import { eventSchemas, type CallEvent } from '@earshot/contracts';

interface Field {
  readonly personal?: boolean;
  readonly anyOf?: readonly Field[];
  readonly properties?: Readonly<Record<string, Field>>;
}

const isPersonal = (field: Field | undefined): boolean =>
  field?.personal === true || (field?.anyOf ?? []).some((one) => isPersonal(one));

/** The last two characters of a text, which are enough to tell the parties of one call apart. */
export const masked = (text: string): string => `…${text.slice(-2)}`;

/** The event with every text masked that its contract marks as personal, and without who asked through an API. */
export const maskPersonal = (event: CallEvent): CallEvent => {
  const schema = (eventSchemas as Readonly<Record<string, unknown>>)[event.type] as Field | undefined;
  const data = Object.fromEntries(
    Object.entries(event.data).map(([name, value]: readonly [string, unknown]) => [
      name,
      typeof value === 'string' && isPersonal(schema?.properties?.[name]) ? masked(value) : value,
    ]),
  );
  const actor = event.actor.kind === 'api' ? { kind: 'api', user: '…' } : event.actor;
  return { ...event, actor, data } as unknown as CallEvent;
};

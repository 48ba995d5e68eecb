import type { Facts } from '@earshot/contracts';

type Line = NonNullable<Facts['CallStarted']['line']>;

const line = (id: string, exportId: number, number: string, name: string, type: Line['type']): Line => ({
  id,
  exportId,
  number,
  name,
  type,
});

/** The lines of the demo tenant, as a call of theirs carries them. */
export const demoLines = {
  support: line('support', 1, '+41445550100', 'Support', 'phone'),
  sales: line('sales', 2, '+41445550200', 'Sales', 'phone'),
  orders: line('orders', 3, '+41445550300', 'Orders', 'phone'),
  'private-office': line('private-office', 4, '+41445550400', 'Private office', 'phone'),
  'web-widget': line('web-widget', 5, '+41445550500', 'Web widget', 'digital'),
} as const satisfies Record<string, Line>;

export type DemoLine = keyof typeof demoLines;

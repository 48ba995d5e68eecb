import type { Outcome, SwitchOperation } from '../../domain/switch.ts';

/** What goes wrong with an operation: refused; unknown with nothing done; unknown although it was done. */
export type Fault =
  | { readonly outcome: 'refused'; readonly reason: string }
  | { readonly outcome: 'unknown'; readonly reason: string; readonly happens: boolean };

export interface Faults {
  /** The next operation that fits goes wrong, once. */
  next(fits: (operation: SwitchOperation) => boolean, fault: Fault): void;
  /** Every operation that fits goes wrong, until the answer is called. */
  always(fits: (operation: SwitchOperation) => boolean, fault: Fault): () => void;
  clear(): void;
}

interface Planned {
  readonly fits: (operation: SwitchOperation) => boolean;
  readonly fault: Fault;
  readonly once: boolean;
}

export const createFaults = () => {
  let plan: Planned[] = [];
  const add = (planned: Planned) => {
    plan.push(planned);
    return () => void (plan = plan.filter((other) => other !== planned));
  };
  const faults: Faults = {
    next: (fits, fault) => void add({ fits, fault, once: true }),
    always: (fits, fault) => add({ fits, fault, once: false }),
    clear: () => void (plan = []),
  };
  const through = (operation: SwitchOperation, carryOut: () => Outcome): Outcome => {
    const planned = plan.find(({ fits }) => fits(operation));
    if (!planned) return carryOut();
    if (planned.once) plan = plan.filter((other) => other !== planned);
    const { fault } = planned;
    if (fault.outcome === 'unknown' && fault.happens) carryOut();
    return { outcome: fault.outcome, reason: fault.reason };
  };
  return { faults, through };
};

import type { Outcome, SwitchOperation } from '../../domain/switch.ts';
import type { Clock } from './clock.ts';

/** What goes wrong with an operation: refused; unknown with nothing done, or although it was done, or is done some ms later. */
export type Fault =
  | { readonly outcome: 'refused'; readonly reason: string }
  | {
      readonly outcome: 'unknown';
      readonly reason: string;
      readonly happens: boolean | { readonly afterMs: number };
    };

/** What goes wrong with a snapshot: it fails, or it is told some ms after it was taken. */
export type SnapshotFault = { readonly fails: string } | { readonly tellsAfterMs: number };

export interface Faults {
  /** The next operation that fits goes wrong, once. */
  next(fits: (operation: SwitchOperation) => boolean, fault: Fault): void;
  /** Every operation that fits goes wrong, until the answer is called. */
  always(fits: (operation: SwitchOperation) => boolean, fault: Fault): () => void;
  /** Every snapshot goes wrong in this way; undefined: none does. */
  snapshots(fault: SnapshotFault | undefined): void;
  clear(): void;
}

interface Planned {
  readonly fits: (operation: SwitchOperation) => boolean;
  readonly fault: Fault;
  readonly once: boolean;
}

export const createFaults = (clock: Clock) => {
  let plan: Planned[] = [];
  let ofSnapshots: SnapshotFault | undefined;
  const add = (planned: Planned) => {
    plan.push(planned);
    return () => void (plan = plan.filter((other) => other !== planned));
  };
  const faults: Faults = {
    next: (fits, fault) => void add({ fits, fault, once: true }),
    always: (fits, fault) => add({ fits, fault, once: false }),
    snapshots: (fault) => void (ofSnapshots = fault),
    clear: () => {
      plan = [];
      ofSnapshots = undefined;
    },
  };
  const through = (operation: SwitchOperation, carryOut: () => Outcome): Outcome => {
    const planned = plan.find(({ fits }) => fits(operation));
    if (!planned) return carryOut();
    if (planned.once) plan = plan.filter((other) => other !== planned);
    const { fault } = planned;
    if (fault.outcome === 'unknown' && typeof fault.happens === 'object')
      clock.after(fault.happens.afterMs, () => void carryOut());
    else if (fault.outcome === 'unknown' && fault.happens) carryOut();
    return { outcome: fault.outcome, reason: fault.reason };
  };
  /** @throws Error when a fault makes the snapshot fail */
  const snapshotThrough = async <T>(take: () => T): Promise<T> => {
    const fault = ofSnapshots;
    if (fault && 'fails' in fault) throw new Error(fault.fails);
    const taken = take();
    if (fault) await new Promise<void>((resolve) => clock.after(fault.tellsAfterMs, resolve));
    return taken;
  };
  return { faults, through, snapshotThrough };
};

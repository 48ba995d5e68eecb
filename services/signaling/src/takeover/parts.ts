import type { CallId } from '@earshot/contracts';
import type { Mastership } from '@earshot/event-log';
import type { CallState } from '../domain/call-state.ts';
import type { Directory } from '../domain/directory.ts';
import type { Switch } from '../domain/switch.ts';
import { createCollector } from '../orders/collector.ts';
import { createOrders, type Orders, type OrdersOptions } from '../orders/orders.ts';
import { createTopologyOnSwitch, type TopologyOnSwitch } from '../orders/topology-on-switch.ts';
import { createLiveLegs, type LiveLegs } from '../reports/live-legs.ts';
import type { SignalingOptions } from '../service.ts';
import { directoryOf } from '../settings-directory.ts';
import { createAllocator, type Allocator } from '../waiting/allocator.ts';
import { createPolicyWait, type PolicyWait } from '../waiting/policy-wait.ts';
import type { CompareOptions } from './compare.ts';
import { createComparing, type Comparing } from './comparing.ts';
import { createDeciding, type Deciding } from './deciding.ts';
import { guardedSwitch } from './guarded-switch.ts';
import { createLiveCalls, type LiveCalls } from './live-calls.ts';
import { createWatch, type Watch } from './watch.ts';

export type TermOptions = SignalingOptions & { readonly mastership: Mastership };

/** What a term is made of. */
export interface Parts {
  readonly switch: Switch;
  readonly deciding: Deciding;
  readonly legs: LiveLegs;
  readonly directory: Directory;
  readonly allocator: Allocator;
  readonly policyWait: PolicyWait;
  readonly topology: TopologyOnSwitch;
  readonly orders: Orders;
  readonly watch: Watch;
  readonly calls: LiveCalls;
  readonly comparing: Comparing;
}

/** What a term asks of whoever opens it. */
export interface TermHooks {
  readonly closing: AbortSignal;
  /** The log was read to its end, so that what goes away may be taken away. */
  readonly isOpen: () => boolean;
  /** Takes what the switch told nobody who lived to write it down. */
  readonly untold: CompareOptions['untold'];
}

/** Does what it is asked for once, when everything that goes on now is done. */
const soon = (work: () => void): (() => void) => {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    queueMicrotask(() => {
      isDue = false;
      work();
    });
  };
};

const createOperating = (
  options: TermOptions,
  given: Pick<OrdersOptions, 'switch' | 'directory' | 'closing' | 'may'> & { readonly deciding: Deciding },
): Pick<Parts, 'topology' | 'orders'> => {
  const { logger, uptimeMs, timing, mastership, recordings } = options;
  const { switch: theSwitch, deciding, ...rest } = given;
  const { now } = theSwitch;
  let makings = 0;
  const newId = (role: string): string => `${role}.${mastership.epoch}-${(makings += 1)}`;
  const topology = createTopologyOnSwitch(theSwitch, logger, newId, uptimeMs, () => mastership.holds());
  const decide = deciding.as('SWITCH');
  const collector = createCollector({ switch: theSwitch, store: recordings, logger, now, decide });
  const orders = createOrders({
    ...rest,
    switch: theSwitch,
    topology,
    collector,
    logger,
    now,
    uptimeMs,
    timing,
    decide: deciding.decide,
  });
  return { topology, orders };
};

/** Makes the parts of a term and ties them together; nothing is done yet. */
export const createParts = (options: TermOptions, { closing, isOpen, untold }: TermHooks): Parts => {
  const { coordination, logger, uptimeMs, timing, mastership, switchNumber } = options;
  const theSwitch = guardedSwitch(options.openSwitch(), mastership, () => comparing.suspect());
  const { now } = theSwitch;
  const deciding = createDeciding(logger, closing);
  const byTimer = deciding.as('TIMER');
  const legs = createLiveLegs();
  const isFree = (extension: string, besides?: CallId): boolean =>
    legs.isFree(extension, besides) && !allocator.isReserved(extension);
  const directory = directoryOf(options.settings, isFree);
  const allocator = createAllocator({ directory, now, decide: byTimer });
  const policyWait = createPolicyWait({ waitMs: options.policyWaitMs, now, decide: byTimer });
  const { topology, orders } = createOperating(options, {
    switch: theSwitch,
    deciding,
    directory,
    closing,
    // What another master has made since is not undone, not even a voice: nobody would know of it and give it back.
    may: () =>
      comparing.isCompared() ? 'do everything' : isOpen() && mastership.holds() ? 'take away' : 'do nothing',
  });
  const name = `switch-${switchNumber}`;
  const watch = createWatch({ switch: theSwitch, mastership, marks: coordination.marks, name, logger });
  const allocateSoon = soon(() => {
    if (comparing.isCompared()) allocator.allocate();
  });
  const calls = createLiveCalls((callId: CallId, state: CallState) => {
    legs.update(callId, state);
    allocator.update(callId, state);
    policyWait.update(callId, state);
    orders.follow(callId, state);
    if (isOpen()) allocateSoon();
  });
  const onCompared = (): void => {
    for (const { callId, state } of calls.list()) orders.follow(callId, state);
    allocator.allocate();
  };
  const compare: CompareOptions = {
    ...{ switchNumber, orders, topology, legs, directory, logger, now, untold },
    switch: theSwitch,
    liveCalls: calls.list,
    watchedUntil: watch.until,
    decide: deciding.as('SWITCH'),
    stateOf: deciding.stateOf,
  };
  const comparing = createComparing({ compare, timing, uptimeMs, closing, onCompared });
  const waiting = { allocator, policyWait };
  return {
    switch: theSwitch,
    deciding,
    legs,
    directory,
    ...waiting,
    topology,
    orders,
    watch,
    calls,
    comparing,
  };
};

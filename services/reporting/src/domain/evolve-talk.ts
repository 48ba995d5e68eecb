import type { CallState, Connection, LegState } from './call-state.ts';
import { closeSpan, openSpan } from './times.ts';

const isTalk = (call: CallState, connection: Connection): boolean => {
  const parties = [connection.a, connection.b].map((legId) => call.legs.find((leg) => leg.legId === legId)?.party);
  return parties.includes('customer') && parties.includes('agent');
};

/** Takes over who is connected with whom, and opens or closes the talk of each leg and of the customer accordingly. */
const reconnect = (call: CallState, connections: readonly Connection[], at: number): CallState => {
  const talking = connections.some((connection) => isTalk(call, connection));
  const connected = (leg: LegState) => connections.some(({ a, b }) => a === leg.legId || b === leg.legId);
  const legs = call.legs.map((leg) => {
    const talks = connected(leg) ? openSpan(leg.talks, at) : closeSpan(leg.talks, at);
    return talks === leg.talks ? leg : { ...leg, talks };
  });
  return { ...call, connections, legs, talks: talking ? openSpan(call.talks, at) : closeSpan(call.talks, at) };
};

/** Two legs hear each other from now on. A leg sits in one bridge at a time, so one that moved hears its old partner no more. */
export const connect = (call: CallState, connection: Connection, at: number): CallState => {
  const { a, b, bridgeId } = connection;
  const moved = (other: Connection) => other.bridgeId !== bridgeId && [other.a, other.b].some((legId) => legId === a || legId === b);
  const same = (other: Connection) => other.bridgeId === bridgeId && other.a === a && other.b === b;
  return reconnect(call, [...call.connections.filter((other) => !moved(other) && !same(other)), connection], at);
};

/** A leg left: whoever was connected with it no longer is. */
export const disconnect = (call: CallState, legId: string, at: number): CallState =>
  reconnect(call, call.connections.filter(({ a, b }) => a !== legId && b !== legId), at);

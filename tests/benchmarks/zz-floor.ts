import { connectToNats } from '@earshot/event-log';
import { testNats } from '@earshot/testkit/nats';
import { StorageType, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
const nats = await testNats();
const connection = await connectToNats({ url: nats.url, name: 'b' });
const m = await jetstreamManager(connection);
await m.streams.add({ name: 'RAW', subjects: ['raw.>'], storage: StorageType.File });
await m.streams.add({ name: 'REP', subjects: ['rep.>'], storage: StorageType.File, allow_direct: true, republish: { src: 'rep.>', dest: 'log.rep.>' } } as never);
const client = jetstream(connection);
const data = new Uint8Array(Number(process.argv[2] ?? 1453)).fill(65);
const count = 8192, window = 128;
const run = async (prefix: string, how: 'plain' | 'header' | 'expect'): Promise<number> => {
  const last = new Map<number, number>();
  const tag = Math.random().toString(36).slice(2);
  const one = async (w: number) => {
    for (let n = 0; n < count / window; n += 1) {
      const subject = `${prefix}.${tag}.a.b.${w}`;
      if (how === 'plain') await client.publish(subject, data);
      else {
        const h = headers(); h.set('Earshot-Id', `${subject}.${n}.something.long.enough`); h.set('traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01');
        const ack = await client.publish(subject, data, how === 'expect' ? { headers: h, expect: { lastSubjectSequence: last.get(w) ?? 0 } } : { headers: h });
        last.set(w, ack.seq);
      }
    }
  };
  const t = performance.now();
  await Promise.all(Array.from({ length: window }, (_, w) => one(w)));
  return count / ((performance.now() - t) / 1000);
};
const names = [['raw', 'plain'], ['raw', 'header'], ['raw', 'expect'], ['rep', 'plain'], ['rep', 'expect']] as const;
const all: Record<string, number[]> = {};
let sub: any;
for (let r = 0; r < 5; r += 1) {
  for (const [p, h] of names) (all[`${p} ${h}`] ??= []).push(await run(p, h));
  sub = connection.subscribe('log.rep.>', { callback: () => {} });
  (all['rep expect +sub'] ??= []).push(await run('rep', 'expect'));
  sub.unsubscribe();
}
for (const [k, v] of Object.entries(all)) console.log(k, Math.round(v.toSorted((a, b) => a - b)[2]!));
await connection.close(); await nats[Symbol.asyncDispose]();

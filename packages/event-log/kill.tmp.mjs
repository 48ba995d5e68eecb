import { testNats } from '@earshot/testkit/nats';
import { connectToNats, ensureStreams, openEventLog } from './src/index.ts';
import { keyPressed, numberedCall, signalingOn } from './src/fixtures/keys-service.ts';
const nats = await testNats();
const a = await connectToNats({ url: nats.url, name: 'a' }); const b = await connectToNats({ url: nats.url, name: 'b' });
await ensureStreams(a);
const log = openEventLog({ connection: a, tenant: 't' }); const other = openEventLog({ connection: b, tenant: 't' });
const say = signalingOn(other);
const seen = new Map(); const plain = new Map();
(async () => { for await (const m of log.follow({ after: 0, partitions: [...Array(16).keys()].map(n => n * 2), signal: new AbortController().signal })) seen.set(m.sequence, performance.now()); })();
a.subscribe('calls.>', { callback: (e, m) => { plain.set(m.subject, performance.now()); } });
const rows = []; let n = 0;
const { partitionOf } = await import('@earshot/contracts');
for (let i = 0; i < Number(process.argv[2] ?? 30); i++) {
  let call; do { call = numberedCall(n++); } while (partitionOf(call) % 2);
  await new Promise(r => setTimeout(r, 300));
  await nats.kill(); await nats.restart(); const ready = performance.now();
  const c = await say(call, keyPressed(call, '1')); const stored = performance.now();
  const end = performance.now() + 8000; while (!seen.has(c.sequence) && performance.now() < end) await new Promise(r => setTimeout(r, 1));
  const p = [...plain].find(([s]) => s.includes(call))?.[1];
  rows.push([stored - ready, (seen.get(c.sequence) ?? Infinity) - stored, p === undefined ? NaN : p - stored].map(Math.round));
}
const col = (k) => rows.map(r => r[k]).sort((x, y) => x - y);
for (const [k, w] of [[0, 'ready -> stored'], [1, 'stored -> followed'], [2, 'stored -> plain subscription']]) { const v = col(k); console.log(w, 'p50', v[v.length >> 1], 'p90', v[Math.floor(v.length * .9)], 'max', v.at(-1), v.join(' ')); }
await nats[Symbol.asyncDispose](); process.exit(0);

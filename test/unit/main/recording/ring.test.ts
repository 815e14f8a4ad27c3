/** The last minute is bounded in time, number and memory, and a recording in size; what leaves the ring is not forgotten. */
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import t from 'tap';
import { parseLine } from '../../../../agent/main/recording/lines.ts';
import { type Item, Ring } from '../../../../agent/main/recording/ring.ts';
import { Writer } from '../../../../agent/main/recording/writer.ts';
import { delivery, helperLost } from '../../../../agent/probes/self/observations.ts';
import { Helper } from '../../support/frames.ts';
import { hw } from '../../support/hardware_frames.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const h = new Helper();
const MEMORY = {};
const types = (items: readonly Item[]) =>
  items.map(item => ('type' in item ? item.type : item.observe.subject));

const ringOf = (limits: { span_us?: number; items?: number; bytes?: number }, items: Item[]) => {
  const ring = new Ring({ span_us: 60, items: 1000, bytes: 2 ** 20, ...limits });
  for (const [i, item] of items.entries()) ring.push(item, i, MEMORY);
  return ring;
};

const links = (count: number): Item[] =>
  Array.from({ length: count }, (_, i) => h.link(i, i + 1, `eth${i}`));

t.test('by time, by number, by memory', async t => {
  const kept = (limits: object, items: Item[]) => {
    const { base, items: left } = ringOf(limits, items).picture(items.length, MEMORY);
    return [left.length, base.length];
  };
  t.same(kept({}, links(200)), [61, 139]);
  t.same(kept({ items: 10 }, links(50)), [10, 40]);
  t.same(kept({ bytes: 10 * 512 }, links(50)), [10, 40]);
  const output = 'x'.repeat(100_000);
  const readings = ['sda', 'sdb'].map(subject => hw(h, 1, 'reading', { subject, output }));
  t.same(kept({ bytes: 150_000 }, readings), [1, 1]);
  t.same(kept({ bytes: 1 }, links(5)), [0, 5], 'larger than all the room: it is in the picture');
});

t.test('events that have left the ring are gone, levels are not', async t => {
  const ring = ringOf({ items: 1 }, [
    ...[h.link(1, 1, 'eth0'), hw(h, 1, 'mce'), h.link(2, 1, 'eth0'), h.heartbeat(3)],
  ]);
  const { base, items } = ring.picture(10, MEMORY);
  t.same(types(base), ['link']);
  t.same(types(items), ['heartbeat']);
});

t.test('the legs that groups have had are those of its first moment', async t => {
  const ring = new Ring({ span_us: 60, items: 2, bytes: 2 ** 20 });
  const memories = [1, 2, 3].map(n => ({ [`group ${n}`]: {} }) as never);
  for (const [i, memory] of memories.entries()) ring.push(h.heartbeat(i), i, memory);
  t.equal(ring.picture(9, MEMORY).memory, memories[1]);
  t.equal(new Ring().picture(9, MEMORY).memory, MEMORY);
});

t.test('what lasts of what the agent saw of itself', async t => {
  const seer = { strategy: 'timer', nudge: 'ask', boot_id: 'b', wall_offset_us: 0 };
  const seen = (...observed: ReturnType<typeof delivery | typeof helperLost>[]) =>
    observed.map(observe => ({ observe }));
  const base = (items: Item[]) => types(ringOf({ items: 0 }, items).picture(99, MEMORY).base);
  const failing = delivery(1, 'vim', 'failing', 'x');
  t.same(base(seen(helperLost(1, seer), failing)), ['host', 'adapter/vim']);
  t.same(base(seen(failing, delivery(2, 'vim', 'ok', ''))), []);
  t.same(base([...seen(helperLost(1, seer)), h.hello(2)]), ['hello'], 'it has come back');
});

t.test('a recording takes no more room than it may, and says what it left out', async t => {
  const file = path.join(temporaryFolder(t), 'file');
  const handle = await open(file, 'wx');
  const writer = new Writer(handle);
  await writer.add(links(1000), 20_000);
  await writer.line({ recorded: { until_us: 1, dropped: writer.dropped } });
  await writer.flush();
  await handle.close();
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  t.ok(lines.join('\n').length < 22_000);
  t.ok(writer.dropped > 900);
  t.match(parseLine(lines.at(-1)!), { is: 'tail', tail: { dropped: writer.dropped } });
  t.equal(lines.length - 1 + writer.dropped, 1000);
});

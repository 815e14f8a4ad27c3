import t from 'tap';
import { Sights } from '../../../agent/main/sights.ts';

const beat = (t_us: number, bpf: number, epoch = 1) => ({
  boot_id: '11111111-2222-4333-8444-555555555555',
  epoch,
  seq: 1,
  t_us,
  wall_offset_us: 0,
  cpu_us: 0,
  bpf_us: 0,
  dropped: { bpf, netlink: 0, ring: 0 },
});
const said = (sights: { subject: string; value: string }[]) =>
  sights.map(s => `${s.subject} ${s.value}`);

t.test('what is blind stays so until a second passes without it', async t => {
  const sights = new Sights();
  t.match(sights.blind('frames', 5, 'why'), { subject: 'source/frames', value: 'blind', t: 5 });
  t.same(said(sights.beat(beat(10, 0))), []);
  sights.blind('frames', 15, 'why');
  t.same(said(sights.beat(beat(20, 0))), []);
  t.same(said(sights.beat(beat(30, 0))), ['source/frames ok']);
  t.same(said(sights.beat(beat(40, 0))), []);
});

t.test('drops that go on are blind, and what was dropped before we listened is not', async t => {
  const sights = new Sights();
  t.same(said(sights.beat(beat(10, 900))), []);
  t.same(said(sights.beat(beat(20, 901))), ['source/drops.bpf blind']);
  t.same(said(sights.beat(beat(30, 950))), ['source/drops.bpf blind']);
  t.same(said(sights.beat(beat(40, 950))), ['source/drops.bpf ok']);
  t.same(said(sights.beat(beat(50, 3, 2))), [], 'a new helper counts anew');
});

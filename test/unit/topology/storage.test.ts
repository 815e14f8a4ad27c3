/** Sessions, disks and multipath devices in the topology, and what they say of flows. */
import t from 'tap';
import { protocolOfPort } from '../../../agent/topology/protocols.ts';
import { flows, storageCensus } from '../../../agent/topology/selectors.ts';
import { disks, maps, sessions } from '../../../agent/topology/storage_selectors.ts';
import type { Frame } from '../../../agent/wire.ts';
import { Helper, us } from '../support/frames.ts';
import { LAB_GROUP, labSnapshots } from '../support/lab_frames.ts';
import * as of from '../support/storage_frames.ts';
import { observe, topologyOf } from '../support/topology.ts';

const h = new Helper();
const tcp = (...frames: Frame[]) => h.snapshot(2, 'tcp', frames);
const snapshots = (source: string, ...frames: Frame[]) => h.snapshot(3, source, frames);
const lab = [h.hello(0), ...labSnapshots(h, 1)];
const seen = (probe: string, frames: Frame[], after: Frame[]) =>
  observe(after, topologyOf(frames))[0].filter(one => one.probe === probe);

t.test('the protocol of a port: by its name, else by its number', async t => {
  const ports = [
    { name: 'ceph-public', low: 3300, high: 3300 },
    { name: 'port-3260', low: 3260, high: 3260 },
    { name: 'port-4000', low: 4000, high: 4000 },
    { name: 'nfs', low: 6800, high: 6800 },
  ];
  const of = (port: number) => protocolOfPort({ ports }, port);
  t.same([3300, 3260, 4000, 6800].map(of), ['ceph', 'iscsi', 'other', 'nfs']);
});

t.test("a flow's target is named by the kernel's session with that end", async t => {
  const named = (...frames: Frame[]) => {
    const [flow] = flows(topologyOf([...lab, ...tcp(h.flow(2, 1, 31, 31)), ...frames]));
    return [flow?.protocol, flow?.target_name];
  };
  t.same(named(), ['iscsi', null]);
  t.same(named(of.session(h, 3)), ['iscsi', 'iqn.2026-03.example:disk']);
  t.same(named(of.session(h, 3, 1, { remote_port: 3261 })), ['iscsi', null]);
  t.same(named(of.session(h, 3), of.session(h, 3, 2, { target: 'iqn.other' })), ['iscsi', null]);
  t.same(named(of.session(h, 3, 1, { protocol: 'nvme-tcp' }))[0], 'nvme-tcp');
});

t.test('a session: its group, and whether it has its connection', async t => {
  const open = [...lab, ...snapshots('session', of.session(h, 3)), ...tcp()];
  const state = (...frames: Frame[]) => {
    const [one] = sessions(topologyOf(frames, topologyOf(open)));
    return [one?.group, one?.connected];
  };
  t.same(state(), [LAB_GROUP, null], 'by its route; none was ever seen');
  t.same(state(h.flow(4, 1, 31, 31)), [LAB_GROUP, true]);
  const closed = h.flow(5, 1, 31, 31, { closed: true });
  t.same(state(h.flow(4, 1, 31, 31), closed), [LAB_GROUP, false]);
  t.same(state(h.flow(4, 1, 31, 31), h.flow(4, 2, 31, 31), closed), [LAB_GROUP, true]);
  t.same(state(h.flow(4, 1, 31, 31), ...tcp()), [LAB_GROUP, false], 'a snapshot without it');
  const served = h.flow(5, 1, 31, 31, { role: 'server', local_port: 3260, remote_port: 50000 });
  t.same(state(served), [LAB_GROUP, null], 'not ours');
  t.same(
    state(of.session(h, 4, 1, { protocol: 'drbd' }), served),
    [LAB_GROUP, true],
    'of DRBD it is',
  );
  const told = seen('storage_session', open, [
    h.flow(4, 1, 31, 31),
    h.progress(5, 1, 'pause', 4),
    h.flow(6, 1, 31, 31, { closed: true }),
  ]);
  t.match(told, [
    { subject: 'session/iscsi:session1', value: 'usable', connected: true, t: us(4) },
    { value: 'usable', connected: false, t: us(6), target: '10.77.9.2', group: LAB_GROUP },
  ]);
  t.equal(told.length, 2, 'only what is news');
  const hidden = of.session(h, 3, 1, { remote: null, remote_port: 0 });
  t.match(sessions(topologyOf([...open, hidden])), [{ group: null, connected: null }]);
});

t.test('a disk whose requests stand still, and the end of it that nobody saw', async t => {
  const known = [...lab, ...snapshots('disk', of.disk(h, 3)), ...snapshots('block')];
  t.match(seen('block', known, [of.ioStall(h, 2000, 'sdb', 990)]), [
    { subject: 'disk/sdb', value: 'stalled', since_us: us(990), in_flight: 3, t: us(2000) },
    { aspect: 'io-errors', value: { errors: 0 } },
  ]);
  const stalled = [...known, of.ioStall(h, 2000, 'sdb', 990)];
  t.match(seen('block', stalled, [of.ioResume(h, 2500, 'sdb', 990)]), [
    { value: 'moving', since_us: us(2500), t: us(2500) },
  ]);
  const lost = seen('block', stalled, [h.lost(2600, 'block')]);
  t.match(lost, [{ value: 'unknown' }, { value: 'unknown' }]);
  const blind = [...stalled, h.lost(2600, 'block')];
  const later = h.snapshot(3000, 'block', [of.ioErrors(h, 3000, 'sdb', 4)]);
  t.match(seen('block', blind, later).slice(-2), [
    { value: 'moving', since_us: us(3000), t: us(3000) },
    { value: { errors: 4, last: 'EIO' } },
  ]);
  t.match(disks(topologyOf([...stalled, of.ioErrors(h, 2100, 'sdb', 4)])), [
    { name: 'sdb', kind: 'iscsi', stalled_since_us: us(990), errors: 4 },
  ]);
  t.match(seen('block', stalled, [of.disk(h, 4000, 'sdb', { gone: true })]), [
    { subject: 'disk/sdb', value: 'absent' },
    { aspect: 'io-errors', value: 'absent' },
  ]);
  t.same(
    seen('block', [...lab, ...snapshots('disk', of.disk(h, 3))], [of.disk(h, 4)]),
    [],
    'without a word on requests nothing is said of them',
  );
});

t.test('multipath devices', async t => {
  const known = [...lab, ...snapshots('multipath', of.multipath(h, 3, ['sdb', 'sdc!']))];
  t.match(maps(topologyOf(known)), [
    { device: 'dm-0', name: 'mpatha', driver: 'dm', paths: [{ disk: 'sdb' }, { usable: false }] },
  ]);
  t.match(seen('multipath', known, [of.multipath(h, 5, ['sdb', 'sdc'])]), [
    { subject: 'map/dm-0', name: 'mpatha', t: us(5), value: { paths: [{}, { usable: true }] } },
  ]);
  t.match(seen('multipath', known, h.snapshot(6, 'multipath', [])), [{ value: 'absent' }]);
});

t.test('a census of what is known, and no word of the rest', async t => {
  const known = topologyOf([...lab, ...snapshots('session', of.session(h, 3))]);
  t.same(storageCensus(known), { sessions: ['iscsi:session1'], disks: null, maps: null });
});

/** What every probe keeps, whatever it sees. Runs over each folder of agent/probes. */
import { readdirSync } from 'node:fs';
import t from 'tap';
import { probes } from '../../../agent/probes/all.ts';
import type { Probe } from '../../../agent/probes/probe.ts';
import { createTopology, type Topology } from '../../../agent/topology/state.ts';
import { topologyStep } from '../../../agent/topology/step.ts';
import type { Observation } from '../../../agent/types.ts';
import { type Frame, frameSchema } from '../../../agent/wire.ts';
import { Helper } from '../support/frames.ts';
import { HARDWARE_SOURCES, hw } from '../support/hardware_frames.ts';
import { bfd, labRoute, labSnapshots, steering } from '../support/lab_frames.ts';
import {
  disk,
  flowStats,
  ioErrors,
  ioResume,
  ioStall,
  multipath,
  session,
} from '../support/storage_frames.ts';
import { options, topologyOf } from '../support/topology.ts';
import { nvmeWith, said } from '../topology/readings/fixture.ts';

const FOLDER = new URL('../../../agent/probes/', import.meta.url);
const names = readdirSync(FOLDER, { withFileTypes: true })
  .filter(one => one.isDirectory())
  .map(one => one.name)
  .sort();

const h = new Helper();
/** Of sessions, disks, requests and multipath devices. */
const STORAGE = ['session', 'disk', 'block', 'multipath'];
/** Sources that a helper may lack; in this order they lose what the ones before still name. */
const SOURCES = [
  'prober',
  'tcp',
  'carrier',
  'rtnl',
  'lacp',
  'team',
  'ethtool',
  'bond',
  'netdev',
  'bfd',
  'steering',
  ...STORAGE,
  ...Object.keys(HARDWARE_SOURCES),
];

const local = { kind: 'local' as const, session: null };

/** An LACP bond of two NICs, and a team of two more. */
const bonds = (ms: number): Frame[] => [
  h.bond(ms, 20, 'bond0', { mode: 4 }),
  ...[11, 12].map(ifindex =>
    h.member(ms, ifindex, `ens${ifindex}`, 20, {
      lacp: { aggregator_id: 1, actor_state: 0x3f, partner_state: 0x3d },
    }),
  ),
  h.link(ms, 40, 'team0', { kind: 'team' }),
  h.link(ms, 41, 't-a', { master_ifindex: 40 }),
  h.link(ms, 42, 't-b', { master_ifindex: 40 }),
];

const snapshots = (ms: number): Frame[] => [
  ...labSnapshots(h, ms, bonds(ms)),
  ...h.snapshot(ms, 'tcp', [
    h.flow(ms, 1, 31, 31),
    h.flow(ms, 2, 32, 32),
    h.stall(ms, 2, ms - 60, 32, 32),
  ]),
  ...h.snapshot(ms, 'prober', [h.probe(ms, 31, true, 1), h.probe(ms, 32, false, 1)]),
  ...h.snapshot(ms, 'lacp', [h.lacpPort(ms, 11, 20), h.lacpPort(ms, 12, 20)]),
  ...h.snapshot(ms, 'team', [h.team(ms, 40, 41, ['41u', '42u-'])]),
  ...h.snapshot(ms, 'ethtool', [
    h.nicMode(ms, 11),
    h.nicErrors(ms, 11, { rx_packets: 7 }),
    h.module(ms, 11, [{ i2c_address: 0x50, bank: 0, page: 0, offset: 0, bytes: '0304' }]),
  ]),
  ...h.snapshot(ms, 'session', [session(h, ms), session(h, ms, 2, { usable: false })]),
  ...h.snapshot(ms, 'disk', [
    disk(h, ms, 'sdb', { map: 'dm-0' }),
    disk(h, ms, 'sdc'),
    disk(h, ms, 'sdd', local),
  ]),
  ...h.snapshot(ms, 'block', [
    ioStall(h, ms, 'sdb', ms - 1200),
    ioErrors(h, ms, 'sdc', 2),
    ioErrors(h, ms, 'sdd', 0),
  ]),
  ...h.snapshot(ms, 'multipath', [multipath(h, ms, ['sdb', 'sdc!'])]),
  ...h.snapshot(ms, 'bfd', [bfd(h, ms, 31), bfd(h, ms, 32, { state: 'down', diagnostic: 1 })]),
  ...h.snapshot(ms, 'steering', [steering(h, ms, { outcome: 'steering' })]),
  ...Object.entries(HARDWARE_SOURCES).flatMap(([source, types]) =>
    h.snapshot(ms, source, [
      ...types.map(type => hw(h, ms, type)),
      ...(source === 'reader' ? readings(ms) : []),
    ]),
  ),
  ...h.snapshot(ms, 'bond', []),
  ...h.snapshot(ms, 'netdev', []),
];
/** What tools say of disks, and of the management controller. */
const readings = (ms: number): Frame[] => [
  hw(h, ms, 'reading', { subject: 'sdd', output: said('smartctl-ata.json') }),
  hw(h, ms, 'reading', { tool: 'nvme-smart-log', subject: 'nvme0', output: nvmeWith({}) }),
  hw(h, ms, 'reading', { tool: 'ipmi-sel', subject: 'bmc', output: said('ipmi-sel.csv') }),
  hw(h, ms, 'reading', {
    tool: 'ipmi-sensors',
    subject: 'bmc',
    output: 'Inlet Temp,23,degrees C,ok',
  }),
];
const start = [h.hello(0), ...snapshots(10)];

/** At least one frame of each type. */
const life: Frame[] = [
  ...start,
  h.heartbeat(1000),
  h.carrier(1001, 31, 'd', 1, 2),
  h.frame(1002, 'nudge', { ifindex: 31, how: 'ask', errno: 0, honoured: true, cause_us: 1 }),
  h.trace(1002, 'begin'),
  labRoute(h, 1003, 'a'),
  h.nexthop(1003, 1, '31@10.77.1.2'),
  h.switch(1004, 1, 'out', 31, 32),
  h.progress(1005, 1, 'switch', 999),
  h.stall(1060, 1, 1005, 32, 31),
  h.resume(1070, 1, 1005, 32, 32),
  h.account(6000, 1, 1005, 1070),
  h.trace(6000, 'end'),
  h.activeMember(6000, 40, 41, 42),
  h.announce(6000, 40),
  h.frame(6000, 'flow_member', { flow: 2, master_ifindex: 20, from_ifindex: 11, to_ifindex: 12 }),
  h.frame(6000, 'tx_timeout', { ifindex: 11, queue: 3 }),
  h.probe(6001, 31, false, 1200),
  h.frame(6002, 'refused', { request: 'configure', reason: 'too many echoes' }),
  h.link(6003, 32, 'c-b', { gone: true }),
  steering(h, 6004, { outcome: 'refused', how: null }),
  steering(h, 6005, { outcome: 'undone', asked_us: null }),
  steering(h, 6006, { outcome: 'restored', how: 'nexthops', asked_us: null }),
  bfd(h, 6006, 31, { gone: true }),
  ioResume(h, 6010, 'sdb', 4000),
  ioErrors(h, 6011, 'sdb', 1),
  flowStats(h, 6012, 1),
  disk(h, 6013, 'sdc', { gone: true }),
  hw(h, 6014, 'reader_hello'),
  hw(h, 6014, 'mce'),
  hw(h, 6014, 'mce', { status: '0xbe00000000800400', socket: 1 }),
  hw(h, 6014, 'memory_error', { severity: 'uncorrected' }),
  hw(h, 6014, 'firmware_error'),
  hw(h, 6014, 'firmware_error', { kind: 'memory', fru_text: 'DIMM_A1' }),
  hw(h, 6014, 'cxl_error'),
  hw(h, 6015, 'aer', { severity: 'fatal', status: '0x10' }),
  hw(h, 6015, 'page_victim'),
  hw(h, 6015, 'page_failure'),
  hw(h, 6015, 'nvme_event', { result: '0x20001' }),
  hw(h, 6015, 'scsi_error'),
  hw(h, 6015, 'thermal_trip', { kind: 'critical' }),
  hw(h, 6015, 'device_health'),
  hw(h, 6015, 'kmsg'),
  hw(h, 6015, 'kmsg', { text: 'INFO: task dd:1 blocked for more than 120 seconds.' }),
  hw(h, 6016, 'pci_device', { gone: true }),
  h.lost(7000, 'rtnl'),
  ...snapshots(7001),
];

/** Told once, and no level of anything. */
const EVENTS = [
  ...['passage', 'switch', 'announcement', 'tx-timeout'],
  ...['error', 'warning', 'page-victim', 'page-failure', 'health pci', 'place'],
  ...['trouble', 'timeout', 'trip', 'kernel'],
];
const isLevel = (subject: string) =>
  !EVENTS.some(event => [`${event} `, `${event}/`].some(begin => subject.startsWith(begin)));

const subjects = (seen: Observation[]) =>
  new Map(seen.map(one => [`${one.aspect} ${one.subject}`, 'value' in one ? one.value : null]));

function run(probe: Probe, frames: Frame[], from: Topology = createTopology(options)) {
  let topology = from;
  const seen: Observation[] = [];
  for (const frame of frames) {
    topology = topologyStep(topology, frame);
    seen.push(...probe.observe(frame, topology));
  }
  return { seen, topology };
}

t.test('every folder is a probe, and every probe is asked', async t => {
  t.same(probes.map(one => one.name).sort(), names);
  const types = new Set(life.map(one => one.type));
  const all = frameSchema.options.map(one => one.shape.type.value);
  t.same(
    all.filter(type => !types.has(type)),
    [],
    'this suite shows them each type of frame',
  );
});

for (const name of names) {
  t.test(name, async t => {
    const { probe } = (await import(`../../../agent/probes/${name}/probe.ts`)) as { probe: Probe };

    t.test('has the name of its folder, and observes its own', async t => {
      t.equal(probe.name, name);
      const { seen } = run(probe, life);
      t.ok(seen.length > 0);
      t.same([...new Set(seen.map(one => one.probe))], [name]);
    });

    t.test('is pure', async t => {
      let topology = createTopology(options);
      for (const frame of life) {
        topology = topologyStep(topology, frame);
        const before = structuredClone(topology);
        const once = structuredClone(probe.observe(frame, topology));
        t.same(probe.observe(frame, topology), once, frame.type);
        t.same(topology, before, `${frame.type}: nothing changed`);
      }
    });

    t.test('tells times of the past alone', async t => {
      let topology = createTopology(options);
      for (const frame of life) {
        topology = topologyStep(topology, frame);
        for (const { t: at } of probe.observe(frame, topology)) {
          if (at > frame.data.t_us) t.fail(`${frame.type}: ${at} > ${frame.data.t_us}`);
        }
      }
    });

    t.test('the same snapshot twice gives the same levels', async t => {
      const once = run(probe, start);
      const again = run(probe, snapshots(10), once.topology);
      const [before, after] = [subjects(once.seen), subjects(again.seen)];
      for (const [subject, value] of after) t.same(value, before.get(subject), subject);
    });

    t.test('unknown after a loss, known after the snapshot', async t => {
      if (probe.name === 'self') return t.pass('knows itself');
      const known = run(probe, start);
      const levels = [...subjects(known.seen)].filter(([subject]) => isLevel(subject));
      // The reader's own ring is not the helper's.
      const blow = [h.lost(20, 'ring'), h.lost(20, 'reader')];
      const lost = subjects(run(probe, blow, known.topology).seen);
      for (const [subject] of levels) t.equal(lost.get(subject), 'unknown', subject);
      const blind = topologyOf(blow, known.topology);
      const again = subjects(run(probe, snapshots(30), blind).seen);
      for (const [subject, value] of levels) t.same(again.get(subject), value, subject);
    });

    t.test('absent after a complete snapshot without it', async t => {
      if (probe.name === 'self') return t.pass('is always there');
      const known = run(probe, start);
      const levels = [...subjects(known.seen).keys()].filter(isLevel);
      const empty = SOURCES.flatMap(one => h.snapshot(40, one, []));
      const { seen, topology } = run(probe, empty, known.topology);
      for (const subject of levels) {
        // It may as well have moved to another namespace meanwhile.
        const gone = subject.startsWith('presence leg/') ? 'unknown' : 'absent';
        t.equal(subjects(seen).get(subject), gone, subject);
      }
      t.same(run(probe, empty, topology).seen, [], 'and is told once');
    });
  });
}

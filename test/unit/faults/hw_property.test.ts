/**
 * Whatever the hardware tells, in whatever order: nothing throws, each alarm that is raised is cleared once, state stays
 * bounded, and when all of it is gone nothing is left.
 */
import t from 'tap';
import { hardwareLimits } from '../../../agent/faults/hw_limits.ts';
import { hour, Iron, s } from '../main/iron.ts';
import { runSeed, seeded } from '../support/random.ts';
import { ataWith, nvmeWith, said } from '../topology/readings/fixture.ts';

const STEPS = 400;

type Chance = (end: number) => number;

const lines = said('ipmi-sel.csv').trim().split('\n');

/** One thing that happens. */
const acts: ((iron: Iron, below: Chance) => unknown)[] = [
  (iron, below) => iron.disk(`sd${'abc'[below(3)]}`, { gone: below(4) === 0 }),
  (iron, below) => iron.disk('nvme0n1', { pci: '0000:03:00.0', gone: below(4) === 0 }),
  (iron, below) => iron.medium(`sd${'abc'[below(3)]}`, below(4), below(9000)),
  (iron, below) =>
    iron.read(
      'smartctl',
      `sd${'abc'[below(3)]}`,
      ataWith({ 5: below(40), 197: below(3), 198: below(5) }),
    ),
  (iron, below) =>
    iron.read(
      'nvme-smart-log',
      'nvme0',
      nvmeWith({ critical_warning: below(64), percent_used: 90 + below(20) }),
    ),
  (iron, below) => iron.read('smartctl', 'sda', said('smartctl-ata.json').slice(0, below(900))),
  (iron, below) => iron.read('smartctl', 'sda', '', { outcome: below(2) ? 'timeout' : 'gone' }),
  (iron, below) =>
    iron.tell('nvme_event', { controller: 'nvme0', result: `0x${below(0x600).toString(16)}` }),
  (iron, below) => iron.tell('scsi_error', { device: `2:0:0:${below(3)}`, count: 1 + below(3) }),
  (iron, below) =>
    iron.tell('md', {
      degraded: below(3),
      action: below(2) ? 'recover' : 'idle',
      state: below(9) ? 'clean' : 'inactive',
      members: [
        { disk: 'sda', slot: 0, state: 'in_sync' },
        { disk: 'sdb1', slot: null, state: below(2) ? 'faulty' : 'spare' },
      ],
      gone: below(9) === 0,
    }),
  (iron, below) =>
    iron.tell('mount', {
      ...{ source: `/dev/sd${'abc'[below(3)]}1`, point: `/m${below(3)}` },
      ...{ read_only: below(4) === 0, super_read_only: below(2) === 0, gone: below(5) === 0 },
    }),
  (iron, below) => iron.kmsg(`EXT4-fs (sd${'abc'[below(3)]}1): Remounting filesystem read-only`),
  (iron, below) => iron.kmsg(`INFO: task dd:${below(99)} blocked for more than 120 seconds.`),
  iron => iron.kmsg('watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [stress:1234]'),
  (iron, below) => iron.tell('processors', { online: ['0-3', '0,2', '1-2', '0'][below(4)]! }),
  (iron, below) => iron.tell('memory', { offline_blocks: below(3) }),
  (iron, below) => iron.tell('watchdog', { boot_status: below(2) * 0x20 }),
  (iron, below) => iron.tell('power_supply', { online: below(2) === 0, gone: below(6) === 0 }),
  (iron, below) => iron.tell('thermal_trip', { kind: ['hot', 'critical', 'passive'][below(3)]! }),
  (iron, below) =>
    iron.tell('hwmon', {
      sensors: ['temp1', 'fan1', 'in0'].map(sensor => ({
        ...{ sensor, label: null, input: below(120_000), low: 300, high: 60_000 },
        ...{ critical: 100_000, alarm: below(2) === 0, fault: null },
      })),
      gone: below(6) === 0,
    }),
  (iron, below) => iron.read('ipmi-sel', 'bmc', `${lines.slice(0, below(8)).join('\n')}\n`),
  (iron, below) =>
    iron.read(
      'ipmi-sensors',
      'bmc',
      said('ipmi-sensors.csv').replaceAll(',ok', below(2) ? ',cr' : ',ok'),
    ),
  (iron, below) =>
    iron.take(iron.h.lost(iron.ms, ['md', 'mount', 'reader', 'disk', 'supply'][below(5)]!)),
  (iron, below) => iron.wait(below(20) * s),
  (iron, below) => iron.wait(below(3) * hour),
];

t.test('random stories', async t => {
  const seed = runSeed();
  t.comment(`SEED=${seed}`);
  const chance = seeded(seed);
  const below: Chance = end => Math.floor(chance() * end);
  for (let story = 0; story < 12; story++) {
    const iron = new Iron();
    for (let i = 0; i < STEPS; i++) {
      acts[below(acts.length)]!(iron, below);
      iron.wait(below(3) * s);
    }
    const state = JSON.stringify(iron.mind.middle.faults);
    t.ok(state.length < 200_000, `${state.length} bytes of state`);
    t.same(JSON.parse(state), JSON.parse(JSON.stringify(structuredClone(iron.mind.middle.faults))));
    const sources = ['disk', 'block', 'processors', 'md', 'mount', 'supply', 'reader'];
    for (const source of sources) iron.snapshot(source);
    iron.wait(30 * hour);
    const left = iron.active().filter(key => !key.startsWith('monitor-blind'));
    t.same(left, [], `story ${story}: all is gone`);
    const open = new Map<string, number>();
    for (const { kind, alarm } of iron.mind.thoughts.alarms) {
      if (kind === 'raised') open.set(alarm.id, 1);
      if (kind === 'cleared') open.set(alarm.id, (open.get(alarm.id) ?? 0) - 1);
    }
    t.ok(open.size > 10);
    const unbalanced = iron.mind.thoughts.alarms
      .filter(({ alarm }) => open.get(alarm.id) !== 0)
      .map(({ alarm }) => `${alarm.type} ${alarm.managedObjectId}`)
      .filter(key => !key.startsWith('monitor-blind'));
    t.same(unbalanced, [], 'each is cleared exactly once');
  }
});

t.test('of hundreds of ill parts, so many are told one by one', async t => {
  const iron = new Iron();
  const many = Array.from({ length: 300 }, (_, i) => i);
  iron.read('ipmi-sel', 'bmc', lines[0]!);
  for (const i of many) {
    iron
      .disk(`sd${i}`)
      .medium(`sd${i}`, 1, 7)
      .tell('mount', { point: `/m${i}`, source: `/dev/sd${i}` });
    iron.tell('nvme_event', { controller: `nvme${i}`, result: '0x20001' });
    iron.tell('thermal_trip', { zone: `zone${i}`, kind: 'hot' });
    iron
      .tell('power_supply', { supply: `AC${i}` })
      .tell('power_supply', { supply: `AC${i}`, online: false });
    iron.tell('hwmon', {
      ...{ chip: `hwmon${i}`, device: `d${i}` },
      sensors: [
        ...[{ sensor: 'fan1', label: null, input: 0, low: 300, high: null, critical: null }],
        ...[{ sensor: 'temp1', label: null, input: 99_000, low: null, high: 9000, critical: null }],
      ].map(one => ({ ...one, alarm: false, fault: null })),
    });
    iron.read('ipmi-sel', 'bmc', `${i + 2},1,1,Fan F${i},Lower Critical going low,Asserted\n`);
  }
  iron.tell('processors', { present: '0-299', online: '0-299' });
  iron.tell('processors', { present: '0-299', online: '0' });
  const counts = new Map<string, number>();
  for (const { type } of iron.mind.middle.activeAlarms) {
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  for (const [type, count] of counts) {
    // io-errors have no bound of their own: disks have.
    if (type !== 'io-errors') t.equal(count, hardwareLimits.objects + 1, type);
  }
  t.equal(counts.size, 8);
  const {
    active: _active,
    io: _io,
    io_errors: _errors,
    scene: _scene,
    ...state
  } = iron.mind.middle.faults;
  for (const [family, its] of Object.entries(state)) {
    const { length } = JSON.stringify(its);
    t.ok(length < 200_000, `${family}: ${length} bytes`);
  }
});

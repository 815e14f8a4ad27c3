/** Law 4 for hardware: a snapshot twice changes nothing, and `unknown` never clears. */
import t from 'tap';
import { hour, Iron, s } from '../main/iron.ts';
import type { Mind } from '../main/mind.ts';
import { ataWith, nvmeWith, said } from '../topology/readings/fixture.ts';

const beliefs = (mind: Mind) =>
  JSON.stringify([mind.middle.faults.active, mind.middle.alarms, mind.middle.topology.memory]);

const members = [
  { disk: 'sda', slot: 0, state: 'in_sync' },
  { disk: 'sdb', slot: null, state: 'faulty' },
];
const hot = {
  ...{ sensor: 'temp1', label: null, input: 95_000, low: null, high: 90_000 },
  ...{ critical: null, alarm: null, fault: null },
};

/** Each source's snapshot, with something wrong in each. */
function tellAll(iron: Iron): Iron {
  return iron
    .snapshot('disk', () => void iron.disk('sda').disk('sdb'))
    .snapshot('block', () => void iron.medium('sdb', 2, 77))
    .snapshot(
      'processors',
      () => void iron.tell('processors', { online: '0-2' }).tell('memory', { offline_blocks: 1 }),
    )
    .snapshot('md', () => void iron.tell('md', { degraded: 1, members }))
    .snapshot('mount', () => void iron.tell('mount', { super_read_only: true }))
    .snapshot('supply', () => void iron.tell('power_supply', { online: false }).tell('watchdog'))
    .snapshot('reader', () => {
      iron.read('smartctl', 'sda', ataWith({ 197: 8 }, { 'smart_status.passed': false }));
      iron.read('nvme-smart-log', 'nvme0', nvmeWith({ critical_warning: 10 }));
      iron.read('ipmi-sel', 'bmc', said('ipmi-sel.csv'));
      iron.read('ipmi-sensors', 'bmc', said('ipmi-sensors.csv'));
      iron.tell('hwmon', { sensors: [hot] });
    });
}

function ill(): Iron {
  const iron = new Iron().disk('sdb').medium('sdb', 1, 70);
  iron
    .tell('processors')
    .tell('memory')
    .tell('power_supply')
    .read('ipmi-sel', 'bmc', said('ipmi-sel.csv').split('\n')[0]!);
  return tellAll(iron.wait(s)).wait(s);
}

const ACTIVE = [
  'array-degraded array/md0',
  'bmc-event bmc/Fan FAN3',
  'bmc-event bmc/Memory ECC',
  'bmc-event bmc/Power Supply PS1 Status',
  'disk-failed disk/nvme0',
  'disk-failing disk/sda',
  'disk-media-errors disk/sda',
  'disk-media-errors disk/sdb',
  'fan-failed sensor/bmc/FAN2',
  'filesystem-read-only filesystem//var/lib',
  'memory-offline host',
  'power-supply-failed sensor/bmc/PS Redundancy',
  'power-supply-failed sensor/bmc/PS2 Status',
  'power-supply-failed supply/AC',
  'processor-offline cpu/3',
  'sensor-threshold sensor/bmc/Drive 1',
  'sensor-threshold sensor/bmc/PSU2 Current',
  'temperature-high sensor/bmc/CPU1 Temp',
  'temperature-high sensor/coretemp.0/temp1',
  'temperature-high sensor/nvme0/temperature',
];

t.test('a snapshot, and again, changes nothing', async t => {
  const iron = ill();
  const hardware = () => iron.active().filter(key => key !== 'io-errors disk/sdb');
  t.same(hardware(), ACTIVE);
  const before = beliefs(iron.mind);
  iron.said();
  for (let i = 0; i < 3; i++) {
    tellAll(iron);
    t.equal(beliefs(iron.mind), before, `snapshot ${i + 1}`);
  }
  t.same(iron.said(), []);
});

t.test('unknown clears nothing, not for an hour', async t => {
  const iron = ill();
  for (const source of ['disk', 'block', 'processors', 'md', 'mount', 'supply', 'reader']) {
    iron.take(iron.h.lost(iron.ms, source));
  }
  iron.said();
  iron.wait(hour);
  for (const key of ACTIVE) t.ok(iron.active().includes(key), key);
  t.same(
    iron.said().filter(one => one.startsWith('cleared') && !one.includes('io-errors')),
    [],
  );
});

t.test('nor does an output that cannot be read', async t => {
  const iron = ill();
  for (const [tool, subject] of [
    ...([
      ['smartctl', 'sda'],
      ['nvme-smart-log', 'nvme0'],
    ] as const),
    ...([
      ['ipmi-sel', 'bmc'],
      ['ipmi-sensors', 'bmc'],
    ] as const),
  ] as const) {
    iron.read(tool, subject, '', { outcome: 'timeout' });
    iron.read(tool, subject, '{"smar', { outcome: 'truncated' });
    iron.read(tool, subject, 'gestört', { outcome: 'ok', complaint: 'Datei nicht gefunden' });
  }
  iron.wait(hour);
  for (const key of ACTIVE) t.ok(iron.active().includes(key), key);
  t.equal(
    iron.active().filter(key => key.startsWith('monitor-blind')).length,
    4,
    'and it is named',
  );
});

t.test('what a complete snapshot does not name is gone', async t => {
  const iron = ill();
  iron.said();
  for (const source of ['disk', 'block', 'processors', 'md', 'mount', 'supply', 'reader']) {
    iron.snapshot(source);
  }
  const removed = ['disk-removed disk/sda', 'disk-removed disk/sdb'];
  t.same(iron.active(), removed, 'an array used them');
  const cleared = iron.said().filter(one => one.startsWith('cleared'));
  t.ok(cleared.length >= ACTIVE.length);
  for (const line of cleared) t.match(line, / subject-gone$/);
});

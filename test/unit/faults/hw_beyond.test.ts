/** More ill parts of one kind than are told one by one: none is lost, and those beyond are told together. */
import t from 'tap';
import { nothingBeyond, tellBounded } from '../../../agent/faults/beyond.ts';
import { hardwareLimits } from '../../../agent/faults/hw_limits.ts';
import {
  type ActiveSet,
  applyJudgements,
  clear,
  type Judgement,
  makeFault,
} from '../../../agent/faults/set.ts';
import { restoreFaults } from '../../../agent/faults/step.ts';
import { faultKey, SEVERITY_RANK } from '../../../agent/types.ts';
import { hour, Iron, s } from '../main/iron.ts';
import { runSeed, seeded } from '../support/random.ts';
import { nvmeWith, said } from '../topology/readings/fixture.ts';

const MAX = hardwareLimits.objects;
const ALL = MAX + 10;
const WORST = MAX + 5;

interface Kind {
  type: string;
  /** As its objects are. */
  object(i: number): string;
  ill(iron: Iron, i: number, worst: boolean): unknown;
  well(iron: Iron, i: number): unknown;
  usual: string;
  worst: string;
}

const chip = (iron: Iron, i: number, sensor: string, input: number) =>
  iron.tell('hwmon', {
    ...{ chip: `hwmon${i}`, name: 'x', device: `d${i}` },
    sensors: [
      {
        sensor,
        label: null,
        input,
        low: 300,
        high: 9000,
        critical: 90_000,
        ...{ alarm: null, fault: null },
      },
    ],
  });

const wellChip = (sensor: string) => (iron: Iron, i: number) => chip(iron, i, sensor, 5000);

const selLine = (i: number, event: string, end: string) =>
  `${i + 2},1,1,Fan F${i},${event},${end}\n`;

/** Processors that are online, but for those that are named. */
const offline = new WeakMap<Iron, Set<number>>();
function processors(iron: Iron, change: (off: Set<number>) => void) {
  const off = offline.get(iron) ?? new Set();
  if (!offline.has(iron)) iron.tell('processors', { present: '0-999', online: '0-999' });
  offline.set(iron, off);
  change(off);
  const online = [...off].sort((a, b) => a - b).map((one, i, all) => [(all[i - 1] ?? -1) + 1, one]);
  const ranges = online
    .filter(([from, to]) => from! < to!)
    .map(([from, to]) => `${from}-${to! - 1}`);
  const last = Math.max(-1, ...off) + 1;
  iron.tell('processors', { present: '0-999', online: [...ranges, `${last}-999`].join() });
}

const hex = (i: number) => i.toString(16).padStart(2, '0');
const pci = (i: number) => `0000:${hex(i >> 4)}:${hex(i & 15)}.0`;

const kinds: Kind[] = [
  {
    type: 'bmc-event',
    object: i => `bmc/Fan F${i}`,
    ill(iron, i, worst) {
      if (i === 0) iron.read('ipmi-sel', 'bmc', said('ipmi-sel.csv').split('\n')[0]!);
      const event = `Lower ${worst ? 'Non-recoverable' : 'Non-critical'} going low`;
      iron.read('ipmi-sel', 'bmc', selLine(i, event, 'Asserted'));
    },
    well(iron, i) {
      for (const limit of ['Non-recoverable', 'Non-critical']) {
        iron.read('ipmi-sel', 'bmc', selLine(i, `Lower ${limit} going low`, 'Deasserted'));
      }
    },
    ...{ usual: 'MINOR', worst: 'CRITICAL' },
  },
  {
    type: 'disk-failing',
    object: i => `disk/nvme${i}`,
    ill: (iron, i, worst) =>
      iron.read(
        'nvme-smart-log',
        `nvme${i}`,
        nvmeWith(worst ? { critical_warning: 4 } : { percent_used: 100 }),
      ),
    well: (iron, i) => iron.read('nvme-smart-log', `nvme${i}`, nvmeWith({})),
    ...{ usual: 'WARNING', worst: 'MAJOR' },
  },
  {
    type: 'disk-failed',
    object: i => `disk/nvme${i}`,
    ill: (iron, i) => iron.tell('nvme_event', { controller: `nvme${i}`, result: '0x20300' }),
    well: (iron, i) => iron.read('nvme-smart-log', `nvme${i}`, nvmeWith({})),
    ...{ usual: 'CRITICAL', worst: 'CRITICAL' },
  },
  {
    type: 'disk-media-errors',
    object: i => `disk/sd${i}`,
    ill: (iron, i) => iron.disk(`sd${i}`).medium(`sd${i}`, 0, 0).medium(`sd${i}`, 1, 7),
    well: (iron, i) => iron.disk(`sd${i}`, { gone: true }),
    ...{ usual: 'MINOR', worst: 'MINOR' },
  },
  {
    type: 'disk-removed',
    object: i => `disk/nvme${i}n1`,
    ill(iron, i, worst) {
      const fields = { pci: pci(i), holders: worst ? ['dm-3'] : [] };
      iron.disk(`nvme${i}n1`, fields).disk(`nvme${i}n1`, { ...fields, gone: true });
    },
    well: (iron, i) => iron.disk(`nvme${i}n1`, { pci: pci(i) }),
    ...{ usual: 'MINOR', worst: 'MAJOR' },
  },
  {
    type: 'array-degraded',
    object: i => `array/md${i}`,
    ill: (iron, i, worst) =>
      iron.tell('md', { array: `md${i}`, degraded: 1, ...(worst ? { state: 'broken' } : {}) }),
    well: (iron, i) => iron.tell('md', { array: `md${i}` }),
    ...{ usual: 'MAJOR', worst: 'CRITICAL' },
  },
  {
    type: 'filesystem-read-only',
    object: i => `filesystem//m${i}`,
    ill(iron, i, worst) {
      const mount = { point: `/m${i}`, source: `/dev/sd${i}` };
      iron.tell('mount', mount);
      if (worst) iron.kmsg(`EXT4-fs (sd${i}): Remounting filesystem read-only`);
      else iron.tell('mount', { ...mount, super_read_only: true });
    },
    well: (iron, i) => iron.tell('mount', { point: `/m${i}`, source: `/dev/sd${i}`, gone: true }),
    ...{ usual: 'CRITICAL', worst: 'CRITICAL' },
  },
  {
    type: 'processor-offline',
    object: i => `cpu/${i}`,
    ill: (iron, i) => processors(iron, off => off.add(i)),
    well: (iron, i) => processors(iron, off => off.delete(i)),
    ...{ usual: 'WARNING', worst: 'WARNING' },
  },
  {
    type: 'temperature-high',
    object: i => `sensor/x-d${i}/temp1`,
    ill: (iron, i, worst) => chip(iron, i, 'temp1', worst ? 99_000 : 10_000),
    well: wellChip('temp1'),
    ...{ usual: 'MINOR', worst: 'CRITICAL' },
  },
  {
    type: 'fan-failed',
    object: i => `sensor/x-d${i}/fan1`,
    ill: (iron, i) => chip(iron, i, 'fan1', 0),
    well: wellChip('fan1'),
    ...{ usual: 'MAJOR', worst: 'MAJOR' },
  },
  {
    type: 'sensor-threshold',
    object: i => `sensor/x-d${i}/in1`,
    ill: (iron, i, worst) => chip(iron, i, 'in1', worst ? 99_000 : 10_000),
    well: wellChip('in1'),
    ...{ usual: 'MAJOR', worst: 'CRITICAL' },
  },
  {
    type: 'power-supply-failed',
    object: i => `supply/AC${i}`,
    ill(iron, i) {
      iron.tell('power_supply', { supply: `AC${i}` });
      iron.tell('power_supply', { supply: `AC${i}`, online: false });
    },
    well: (iron, i) => iron.tell('power_supply', { supply: `AC${i}` }),
    ...{ usual: 'MAJOR', worst: 'MAJOR' },
  },
  {
    type: 'pci-device-removed',
    object: i => `pci/${pci(i)}`,
    ill(iron, i) {
      const fields = { device: pci(i), parent: null };
      iron.tell('pci_device', fields).tell('pci_device', { ...fields, gone: true });
    },
    well: (iron, i) => iron.tell('pci_device', { device: pci(i), parent: null }),
    ...{ usual: 'MAJOR', worst: 'MAJOR' },
  },
];

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

for (const { type, object, ill, well, usual, worst } of kinds) {
  const others = object(0).replace(/\/.*$/s, '/others');
  const told = (iron: Iron) =>
    iron.mind.middle.activeAlarms
      .filter(one => one.type === type)
      .map(one => one.managedObjectId)
      .sort();
  /** What came of this type. */
  const heard = (iron: Iron) => iron.said().filter(one => one.split(' ')[1] === type);
  const own = (from: number, to: number) => numbers(from, to).map(object);
  const alarm = (iron: Iron) =>
    iron.mind.middle.activeAlarms.find(one => one.type === type && one.managedObjectId === others);
  const settled = (iron: Iron) => iron.wait(10 * s);

  t.test(`${type} of more than ${MAX}`, async t => {
    const iron = new Iron();
    for (const i of numbers(0, MAX)) ill(iron, i, false);
    settled(iron);
    t.same(told(iron), own(0, MAX).sort(), 'so many by their own names');
    iron.said();
    for (const i of numbers(MAX, ALL)) ill(iron, i, i === WORST);
    settled(iron);
    t.same(told(iron), [...own(0, MAX), others].sort());
    const changes = heard(iron);
    t.equal(changes.filter(one => one === `raised ${type} ${others}`).length, 1, 'raised once');
    t.ok(changes.length < 10, `${changes.length} changes: each further one is no news`);
    t.equal(alarm(iron)?.perceivedSeverity, worst);
    const [count, among] = alarm(iron)!.faultDetails;
    t.match(count, /^8 or more, beyond the 256/);
    t.match(among, object(MAX));

    // There is room for one more now: what stands where it stands stays there.
    well(iron, 0);
    settled(iron);
    t.same(told(iron), [...own(1, MAX), others].sort());
    t.ok(heard(iron).every(one => one.includes(`${type} ${object(0)} `)));
    ill(iron, 0, false);
    settled(iron);
    t.same(heard(iron), [`raised ${type} ${object(0)}`]);

    well(iron, WORST);
    settled(iron);
    t.equal(alarm(iron)?.perceivedSeverity, usual, 'the worst is well again');
    for (const i of numbers(MAX, ALL)) if (i !== WORST) well(iron, i);
    settled(iron);
    t.same(told(iron), own(0, MAX).sort());
    t.equal(heard(iron).filter(one => one.startsWith(`cleared ${type} ${others} `)).length, 1);
    t.same(iron.mind.middle.faults.beyond, { keys: {}, others: {} });
  });
}

t.test('whatever begins and ends, in whatever order', async t => {
  const seed = runSeed();
  t.comment(`SEED=${seed}`);
  const chance = seeded(seed);
  const severities = ['WARNING', 'MINOR', 'CRITICAL'] as const;
  let active: ActiveSet = {};
  let beyond = nothingBeyond;
  /** What the changes alone make of it. */
  let told: ActiveSet = {};
  let most = 0;
  for (let step = 0; step < 4000; step++) {
    const object = `${chance() < 0.5 ? 'disk' : 'bay'}/${Math.floor(chance() * 300)}`;
    const severity = severities[Math.floor(chance() * severities.length)]!;
    const filling = step % 2000 < 1500;
    const judgement: Judgement =
      chance() < (filling ? 0.7 : 0.1)
        ? { is: 'active', fault: makeFault({ type: 'x', object, t: step, severity }) }
        : clear('x', object, step);
    const [next, changes] = applyJudgements(active, [judgement]);
    const [was, before] = [active, beyond];
    const [after, said] = tellBounded(beyond, active, next, changes);
    for (const { kind, fault } of said) {
      const { [faultKey(fault)]: known, ...rest } = told;
      if ((known === undefined) !== (kind === 'active')) t.fail(`${kind} ${fault.object}`);
      told = kind === 'cleared' ? rest : { ...told, [faultKey(fault)]: fault };
    }
    [active, beyond] = [next, after];
    const keys = Object.keys(active);
    const own = keys.filter(key => !beyond.keys[key]);
    const wanted = [...own, ...new Set(Object.keys(beyond.keys).map(othersKey))].sort();
    if (Object.keys(told).sort().join() !== wanted.join()) t.fail(`step ${step}: not what is so`);
    if (own.length > MAX) t.fail(`step ${step}: ${own.length} by their own names`);
    const moved = (key: string) => was[key] && before.keys[key] !== beyond.keys[key];
    if (keys.some(moved)) t.fail(`step ${step}: it has changed places`);
    most = Math.max(most, keys.length - own.length);
    for (const others of Object.values(beyond.others)) {
      const members = Object.keys(beyond.keys).filter(key => othersKey(key) === faultKey(others));
      const ranks = members.map(key => SEVERITY_RANK[active[key]!.severity!]);
      const worst = Math.max(...ranks);
      if (SEVERITY_RANK[others.severity!] !== worst) t.fail(`step ${step}: not the worst`);
    }
  }
  t.ok(most > 50, `${most} of them were beyond`);
});

const othersKey = (key: string) => key.replace(/\/.*$/, '/others');

t.test('trip points and sensors share the room of their type', async t => {
  const iron = new Iron();
  for (const i of numbers(0, MAX)) chip(iron, i, 'temp1', 10_000);
  iron.said();
  iron.tell('thermal_trip', { zone: 'x86_pkg_temp', kind: 'critical' });
  t.same(iron.said(), ['raised temperature-high sensor/others']);
  iron.wait(60 * s);
  t.same(iron.said(), ['cleared temperature-high sensor/others condition-ended']);
  for (const i of numbers(0, ALL)) iron.tell('thermal_trip', { zone: `zone${i}`, kind: 'hot' });
  t.same(iron.said().slice(0, 1), ['raised temperature-high sensor/others']);
});

t.test('sensors of a log that names more than any machine has', async t => {
  const { sensors } = hardwareLimits.bmc;
  const iron = new Iron().read('ipmi-sel', 'bmc', said('ipmi-sel.csv').split('\n')[0]!);
  const line = (i: number) => selLine(i, 'Lower Critical going low', 'Asserted');
  for (let from = 0; from < sensors + 500; from += 250) {
    iron.read(
      'ipmi-sel',
      'bmc',
      numbers(from, from + 250)
        .map(line)
        .join(''),
    );
  }
  t.equal(Object.keys(iron.mind.middle.faults.bmc.asserted).length, sensors + 1);
  t.equal(iron.mind.middle.activeAlarms.length, MAX + 1);
  iron.wait(24 * hour);
  t.same(iron.active(), []);
});

t.test('what is told together stands through a restart, and a reboot', async t => {
  const iron = new Iron();
  for (const i of numbers(0, ALL)) chip(iron, i, 'fan1', 0);
  for (const sameBoot of [true, false]) {
    const later = new Iron();
    const saved = structuredClone(iron.mind.middle.faults);
    later.mind.middle.faults = restoreFaults(saved, sameBoot, later.mind.now);
    later.wait(s);
    t.same(later.mind.thoughts.faults, [], 'nothing is new');
    for (const i of numbers(0, ALL)) chip(later, i, 'fan1', 5000);
    later.wait(10 * s);
    const cleared = later.mind.thoughts.faults.filter(({ kind }) => kind === 'cleared');
    t.equal(cleared.length, MAX + 1);
    t.same(later.mind.middle.faults.beyond, { keys: {}, others: {} });
  }
});

t.test('what is told together explains, too', async t => {
  const iron = new Iron();
  for (const i of numbers(0, MAX)) {
    iron.tell('nvme_event', { controller: `nvme${i}`, result: '0x20300' });
  }
  iron.disk('sdx').tell('mount', { point: '/srv', source: '/dev/nvme999n1p1' });
  iron.tell('nvme_event', { controller: 'nvme999', result: '0x20300' });
  iron.tell('mount', { point: '/srv', source: '/dev/nvme999n1p1', super_read_only: true });
  const alarms = iron.mind.middle.activeAlarms;
  const others = alarms.find(one => one.managedObjectId === 'disk/others')!;
  const effect = alarms.find(one => one.type === 'filesystem-read-only')!;
  t.same(effect.correlatedAlarmIds, [others.id]);
});

/** Temperatures, fans, voltages, power supplies, trip points, the management controller's event log: from frames to alarms. */
import t from 'tap';
import { restoreFaults } from '../../../agent/faults/step.ts';
import { hour, Iron, s } from '../main/iron.ts';
import { nvmeWith, said } from '../topology/readings/fixture.ts';

const sensor = (of: Partial<Sensor>): Sensor => ({
  ...{ sensor: 'temp1', label: null, input: 40_000, low: null, high: null, critical: null },
  ...{ alarm: null, fault: null, ...of },
});
type Sensor = Parameters<typeof chipOf>[0][number];
function chipOf(
  sensors: {
    sensor: string;
    label: string | null;
    input: number | null;
    low: number | null;
    high: number | null;
    critical: number | null;
    alarm: boolean | null;
    fault: boolean | null;
  }[],
) {
  return { chip: 'hwmon2', name: 'nct6775', device: 'nct6775.656', sensors };
}
const chip = (...sensors: Partial<Sensor>[]) => chipOf(sensors.map(sensor));

t.test('a temperature passes its limits, and comes back by a margin or for a time', async t => {
  const key = 'temperature-high sensor/nct6775.656/temp1';
  const at = (celsius: number) => chip({ input: celsius * 1000, high: 80_000, critical: 100_000 });
  const iron = new Iron().tell('hwmon', at(79.9));
  t.same(iron.said(), []);
  iron.wait(s).tell('hwmon', at(80));
  t.same(iron.said(), [`raised ${key}`]);
  t.equal(iron.severity('temperature-high'), 'MINOR');
  t.same(iron.details(key), ['80 °C, high at 80 °C']);
  iron.wait(s).tell('hwmon', at(91));
  t.same(iron.said(), [], 'warmer still is no news');
  iron.wait(s).tell('hwmon', at(101));
  t.same(iron.said(), [`changed ${key}`]);
  t.equal(iron.severity('temperature-high'), 'CRITICAL');
  iron
    .wait(s)
    .tell('hwmon', at(79))
    .wait(200 * s);
  t.equal(iron.active().length, 1, 'below, but not by much');
  iron
    .tell('hwmon', at(81))
    .wait(s)
    .tell('hwmon', at(79))
    .wait(299 * s);
  t.equal(iron.active().length, 1);
  iron.wait(s);
  t.same(iron.active(), [], 'it has been below for long');
  iron
    .tell('hwmon', at(85))
    .wait(s)
    .tell('hwmon', at(70))
    .wait(10 * s);
  t.same(iron.active(), [], 'far below');
});

t.test('a fan, a voltage, and chips that were never set up', async t => {
  const iron = new Iron().tell(
    'hwmon',
    chip(
      { sensor: 'fan1', input: 0, low: 300 },
      { sensor: 'fan2', input: 0, low: 0 },
      { sensor: 'fan3', input: 0 },
      { sensor: 'in1', label: '+12V', input: 10_100, low: 11_400, high: 12_600 },
      { sensor: 'in2', input: 900, low: 0, high: 0 },
      { sensor: 'in3', input: 900, low: 1000, high: 500 },
      { sensor: 'temp1', input: 99_000 },
      { sensor: 'temp2', input: -40_000, low: 0, high: 0 },
    ),
  );
  t.same(iron.active(), [
    'fan-failed sensor/nct6775.656/fan1',
    'sensor-threshold sensor/nct6775.656/+12V',
  ]);
  t.same(iron.details('sensor-threshold sensor/nct6775.656/+12V'), ['10.1 V, low at 11.4 V']);
  iron.tell('hwmon', { ...chip({ sensor: 'fan1', input: 0, low: 300 }), gone: true });
  t.same(iron.active(), [], 'the chip is gone with all of them');
});

t.test(
  "a chip's own flags: those that were up from the start are of inputs without anything",
  async t => {
    const flag = (alarm: boolean, fault = false) =>
      chip({ sensor: 'fan1', input: 900, alarm, fault });
    const iron = new Iron().tell('hwmon', flag(true));
    t.same(iron.said(), []);
    iron.tell('hwmon', flag(false)).wait(s).tell('hwmon', flag(true, true));
    t.same(iron.details('fan-failed sensor/nct6775.656/fan1'), [
      '900 RPM, its chip says alarm, its chip says fault',
    ]);
    iron.said();
    iron.tell('hwmon', flag(false)).wait(10 * s);
    t.same(iron.said(), ['cleared fan-failed sensor/nct6775.656/fan1 condition-ended']);
  },
);

t.test("sensors by the management controller's own limits", async t => {
  const iron = new Iron().read('ipmi-sensors', 'bmc', said('ipmi-sensors.csv'));
  t.same(iron.active(), [
    'fan-failed sensor/bmc/FAN2',
    'power-supply-failed sensor/bmc/PS Redundancy',
    'power-supply-failed sensor/bmc/PS2 Status',
    'sensor-threshold sensor/bmc/Drive 1',
    'sensor-threshold sensor/bmc/PSU2 Current',
    'temperature-high sensor/bmc/CPU1 Temp',
  ]);
  t.equal(iron.severity('temperature-high'), 'MINOR');
  iron.said();
  iron.wait(s).read('ipmi-sensors', 'bmc', 'CPU1 Temp,40,degr', { outcome: 'truncated' });
  iron
    .wait(s)
    .read('ipmi-sensors', 'bmc', said('ipmi-sensors.csv').replaceAll(',nc\n', ',ns\n'))
    .wait(hour);
  t.ok(iron.active().includes('temperature-high sensor/bmc/CPU1 Temp'), 'not read is not well');
  iron.read('ipmi-sensors', 'bmc', '', { outcome: 'gone' });
  t.same(
    iron.active().filter(key => !key.startsWith('monitor')),
    [],
  );
});

t.test('a disk that is too hot by its own word', async t => {
  const key = 'temperature-high sensor/nvme0/temperature';
  const iron = new Iron().read(
    'nvme-smart-log',
    'nvme0',
    nvmeWith({ critical_warning: 2, temperature: 360 }),
  );
  t.same(iron.said(), [`raised ${key}`]);
  t.same(iron.details(key), ['87 °C, by its own limits']);
  iron.read('nvme-smart-log', 'nvme0', nvmeWith({})).wait(10 * s);
  t.same(iron.said(), [`cleared ${key} condition-ended`]);
});

t.test('trip points of a thermal zone', async t => {
  const key = 'temperature-high sensor/thermal/x86_pkg_temp';
  const iron = new Iron().tell('thermal_trip', { kind: 'passive' });
  t.same(iron.said(), []);
  iron.tell('thermal_trip', { kind: 'hot' });
  t.same(iron.said(), [`raised ${key}`]);
  t.equal(iron.severity('temperature-high'), 'MAJOR');
  iron
    .wait(30 * s)
    .tell('thermal_trip', { kind: 'critical' })
    .wait(59 * s);
  t.equal(iron.severity('temperature-high'), 'CRITICAL');
  iron.wait(s);
  t.same(iron.active(), []);
});

t.test('power supplies that the kernel knows', async t => {
  const key = 'power-supply-failed supply/AC';
  const empty = new Iron().tell('power_supply', { online: false });
  t.same(empty.said(), [], 'a socket without a cable');
  const iron = new Iron().tell('power_supply').wait(s).tell('power_supply', { online: false });
  t.same(iron.said(), [`raised ${key}`]);
  iron.wait(s).take(iron.h.lost(iron.ms, 'supply')).wait(s);
  iron.tell('power_supply').wait(10 * s);
  t.same(
    iron.said().filter(one => !one.includes('monitor')),
    [`cleared ${key} condition-ended`],
  );
  iron.tell('power_supply', { supply: 'BAT0', kind: 'Battery', online: null, health: 'Dead' });
  t.same(iron.said(), ['raised power-supply-failed supply/BAT0']);
  iron.tell('power_supply', { supply: 'BAT0', kind: 'Battery', gone: true });
  t.same(iron.said(), ['cleared power-supply-failed supply/BAT0 subject-gone']);
});

const lines = said('ipmi-sel.csv').trim().split('\n');
const log = (...numbers: number[]) => numbers.map(number => `${lines[number - 1]}\n`).join('');

t.test('what stood in the event log raises nothing; what comes does', async t => {
  const supply = 'bmc-event bmc/Power Supply PS1 Status';
  const inlet = 'bmc-event bmc/Temperature Inlet Temp';
  const iron = new Iron().read('ipmi-sel', 'bmc', log(1, 2));
  t.same(iron.said(), []);
  iron.wait(s).read('ipmi-sel', 'bmc', log(1, 2, 3));
  t.same(iron.said(), [`raised ${inlet}`]);
  t.same(iron.details(inlet), ['Upper Critical going high (04/14/2026 12:01:05 by its clock)']);
  t.equal(iron.severity('bmc-event'), 'MAJOR');
  iron.wait(s).read('ipmi-sel', 'bmc', log(1, 2, 3, 4, 5, 6));
  t.same(iron.said(), ['raised bmc-event bmc/Fan FAN3', 'raised bmc-event bmc/Memory ECC']);
  iron.wait(s).read('ipmi-sel', 'bmc', '', { outcome: 'timeout' });
  iron.wait(s).read('ipmi-sel', 'bmc', log(1, 2, 3, 4, 5, 6, 7));
  t.same(iron.said(), [`cleared ${inlet} condition-ended`]);
  iron.wait(24 * hour);
  t.same(iron.active(), [], 'of what nothing says the end');
  iron.read('ipmi-sel', 'bmc', log(2));
  t.same(iron.said().at(-1), `raised ${supply}`, 'the log was cleared, and has begun anew');
});

t.test('a power supply of the event log is named with its part', async t => {
  const unit = [
    ...['FRU Device Description : PS1 (ID 3)', ' Product Manufacturer  : DELTA'],
    ...[' Product Part Number   : DPS-800', ' Product Serial        : XYZ12'],
  ];
  const iron = new Iron().read('ipmi-fru', 'bmc', `${unit.join('\n')}\n`);
  iron.read('ipmi-sel', 'bmc', log(1)).read('ipmi-sel', 'bmc', log(1, 2));
  t.same(iron.details('bmc-event bmc/Power Supply PS1 Status'), [
    'Power Supply AC lost (04/14/2026 12:00:00 by its clock)',
    'slot PS1, DELTA DPS-800, serial XYZ12',
  ]);
  iron.read('ipmi-sensors', 'bmc', 'PS1 Status,C8h,ok,10.1,Failure detected\n');
  t.match(iron.details('power-supply-failed sensor/bmc/PS1 Status'), [/Failure/, /XYZ12/]);
});

t.test('an empty log, and a restart of the agent', async t => {
  const iron = new Iron().read('ipmi-sel', 'bmc', '', { complaint: 'SEL has no entries' });
  iron.wait(s).read('ipmi-sel', 'bmc', log(3));
  t.equal(iron.active().length, 1);
  for (const sameBoot of [true, false]) {
    const later = new Iron();
    later.mind.middle.faults = restoreFaults(
      structuredClone(iron.mind.middle.faults),
      sameBoot,
      later.mind.now,
    );
    later.read('ipmi-sel', 'bmc', log(3));
    t.same(later.said(), [], 'it was read before');
    later.read('ipmi-sel', 'bmc', log(3, 4));
    t.same(later.said(), ['raised bmc-event bmc/Fan FAN3']);
  }
});

t.test('two events of one sensor end one by one', async t => {
  const line = (id: number, event: string, direction: string) =>
    `${id},04/14/2026,12:00:00,Temperature X,${event},${direction}\n`;
  const iron = new Iron().read('ipmi-sel', 'bmc', log(1));
  const all = [
    line(2, 'Upper Non-critical going high', 'Asserted'),
    line(3, 'Upper Critical going high', 'Asserted'),
    line(4, 'Upper Critical going high', 'Deasserted'),
    line(5, 'Upper Non-critical going high', 'Deasserted'),
  ];
  const upTo = (count: number) =>
    iron.read('ipmi-sel', 'bmc', log(1) + all.slice(0, count).join(''));
  upTo(2);
  t.equal(iron.details('bmc-event bmc/Temperature X').length, 2);
  upTo(3);
  t.equal(iron.active().length, 1);
  upTo(4);
  t.same(iron.active(), []);
});

t.test('a tool that cannot be read is named, and is no alarm at once', async t => {
  const iron = new Iron().read('smartctl', 'vda', said('smartctl-virtio.json')).wait(hour);
  t.same(iron.said(), [], 'a disk that has none of it');
  iron.read('smartctl', 'sda', '{"json_format', { outcome: 'truncated' }).wait(179 * s);
  t.same(iron.said(), []);
  iron.wait(s);
  t.same(iron.said(), ['raised monitor-blind source/reading.smartctl.sda']);
  t.same(iron.details('monitor-blind source/reading.smartctl.sda'), [
    'smartctl said more than is taken',
  ]);
  iron.read('smartctl', 'sda', said('smartctl-ata.json'));
  t.same(iron.said(), ['cleared monitor-blind source/reading.smartctl.sda condition-ended']);
  iron
    .read('ipmi-sel', 'bmc', '', { outcome: 'failed', complaint: 'Could not open device' })
    .wait(180 * s);
  t.match(iron.details('monitor-blind source/reading.ipmi-sel.bmc'), [
    'ipmi-sel: Could not open device',
  ]);
});

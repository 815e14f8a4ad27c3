/** What sensors are called. */
import t from 'tap';
import { chipName, sensorObject } from '../../../agent/topology/sensors.ts';

t.test('a chip is told apart by its device', async t => {
  t.equal(chipName({ name: 'nvme', device: 'nvme0' }), 'nvme0');
  t.equal(chipName({ name: 'coretemp', device: 'coretemp.1' }), 'coretemp.1');
  t.equal(chipName({ name: 'k10temp', device: '0000:00:18.3' }), 'k10temp-0000:00:18.3');
  t.equal(chipName({ name: 'acpitz', device: null }), 'acpitz');
});

t.test('a sensor by its label, if that is its own', async t => {
  const none = { input: null, low: null, high: null, critical: null, alarm: null, fault: null };
  const sensors = ['Core 0', 'Twice', 'Twice', null].map((label, i) => ({
    ...{ sensor: `temp${i}`, label, ...none },
  }));
  const chip = { chip: 'hwmon1', name: 'x', device: null, sensors, t: 0, stale: false };
  t.same(
    sensors.map(one => sensorObject(chip, one.sensor)),
    ['sensor/x/Core 0', 'sensor/x/temp1', 'sensor/x/temp2', 'sensor/x/temp3'],
  );
});

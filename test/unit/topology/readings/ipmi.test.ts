/** What ipmitool says of sensors and events. */
import t from 'tap';
import { selEntries } from '../../../../agent/topology/readings/ipmi_sel.ts';
import { ipmiSensors } from '../../../../agent/topology/readings/ipmi_sensors.ts';
import { said } from './fixture.ts';

t.test('the event log, with commas and with bars', async t => {
  const read = selEntries(said('ipmi-sel.csv'));
  t.ok(read.is === 'value' && read.value.length === 7);
  if (read.is !== 'value') return;
  t.same(read.value[2], {
    id: 3,
    time: '04/14/2026 12:01:05',
    sensor: 'Temperature Inlet Temp',
    event: 'Upper Critical going high',
    asserted: true,
    fru: null,
  });
  t.match(read.value[6], { id: 7, asserted: false });
  const bars = selEntries(said('ipmi-sel.txt'));
  if (bars.is !== 'value') return t.fail('it has bars');
  t.match(bars.value, [
    { id: 1, time: 'Pre-Init 0000000089', sensor: 'Temperature #0x02', asserted: true },
    { id: 2, asserted: false },
    { id: 0x10b, event: 'Upper Non-recoverable going high' },
  ]);
  t.equal(bars.value.length, 3, "without the vendor's own record");
  t.same(selEntries('SEL has no entries\n'), { is: 'value', value: [] });
  t.same(selEntries('', 'SEL has no entries'), { is: 'value', value: [] }, 'with -c');
});

t.test('sensors', async t => {
  const read = ipmiSensors(said('ipmi-sensors.csv'));
  if (read.is !== 'value') return t.fail('it can be read');
  const of = (name: string) => read.value.find(one => one.name === name);
  t.match(of('Inlet Temp'), {
    kind: 'temperature',
    reading: { input: 23, unit: '°C', level: 'ok' },
  });
  t.match(of('CPU1 Temp'), { reading: { level: 'minor' } });
  t.equal(of('CPU2 Temp')?.reading, null);
  t.match(of('FAN2'), { kind: 'fan', reading: { input: 0, level: 'major' } });
  t.match(of('P3V3'), { kind: 'voltage', reading: { input: 3.312 } });
  t.match(of('PSU2 Current'), { kind: 'current', reading: { level: 'critical' } });
  t.match(of('PS1 Status'), { kind: 'supply', reading: { level: 'ok' } });
  t.match(of('PS2 Status'), {
    kind: 'supply',
    reading: { level: 'major', states: 'Presence detected, Power Supply AC lost' },
  });
  t.match(of('Drive 0'), { reading: { level: 'ok' } });
  t.match(of('Drive 1'), { kind: 'other', reading: { level: 'major' } });
  t.match(of('PS Redundancy'), { reading: { level: 'major', states: 'Redundancy Lost' } });
  t.match(of('Watchdog'), { kind: 'other', reading: { level: 'ok', states: '' } });
  t.equal(of('Fan Presence')?.reading, null);
});

t.test('two of a name, another locale, and what is no list of sensors', async t => {
  const twice = ipmiSensors('Temp,23,degrees C,ok\nTemp,99,degrees C,cr\n');
  t.match(twice, { value: [{ name: 'Temp', reading: { input: 23 } }] });
  t.equal(ipmiSensors('P3V3,3,312,Volts,ok\n').is, 'garbage');
  for (const output of ['', '\n', 'Could not open device at /dev/ipmi0', '{}']) {
    t.equal(ipmiSensors(output).is, 'garbage', output);
    t.equal(selEntries(output).is, 'garbage', output);
  }
});

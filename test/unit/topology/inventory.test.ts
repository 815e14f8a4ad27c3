/** What hardware there is, and how it is by its alarms. */
import t from 'tap';
import { components } from '../../../agent/topology/inventory/index.ts';
import type { Alarm, Component } from '../../../agent/types.ts';
import { Helper } from '../support/frames.ts';
import { hw } from '../support/hardware_frames.ts';
import { serverFrames } from '../support/hardware_host.ts';
import { topologyOf } from '../support/topology.ts';

const h = new Helper();
const server = topologyOf(serverFrames(h));

const alarm = (
  type: string,
  managedObjectId: string,
  perceivedSeverity: Alarm['perceivedSeverity'] = 'MAJOR',
) => ({ id: type, type, managedObjectId, perceivedSeverity });

const list = (...alarms: ReturnType<typeof alarm>[]) => components(server, alarms);
const find = (all: readonly Component[], id: string) => all.find(one => one.id === id);
const fact = (id: string, name: string) =>
  find(list(), id)?.facts.find(([other]) => other === name)?.[1];

t.test('each component once, in the order of the kinds', async t => {
  t.same(
    list().map(one => one.id),
    [
      ...['host', 'cpu/0', 'cpu/1', 'dimm/DIMM_A1', 'dimm/DIMM_A2', 'dimm/DIMM_B1', 'dimm/DIMM_B2'],
      ...['pci/0000:3b:00.0', 'pci/0000:3b:00.1', 'pci/0000:5e:00.0', 'disk/nvme0n1', 'array/md0'],
      ...['filesystem//', 'filesystem//var/lib', 'sensor/bmc/Fan1', 'sensor/bmc/Inlet Temp'],
      ...['sensor/bmc/PS1 Status', 'sensor/coretemp.0/Package id 0', 'supply/AC', 'supply/PSU1'],
      'watchdog/watchdog0',
    ],
    'no bridge, no virtual function, no disk of the network',
  );
  t.same([...new Set(list().map(one => one.health))], ['ok']);
});

t.test('what is known of each', async t => {
  t.match(find(list(), 'host'), { name: 'Dell Inc. PowerEdge R740xd', fru: { serial: '7XKJ9R2' } });
  t.equal(fact('host', 'processors'), '79 of 80 online');
  t.equal(fact('host', 'given up'), '4 KiB');
  t.match(find(list(), 'dimm/DIMM_A2'), { fru: { slot: 'DIMM_A2', serial: '0317A41' } });
  t.equal(fact('dimm/DIMM_A2', 'errors'), '214 corrected');
  t.equal(fact('dimm/DIMM_B2', 'kind'), 'DDR4-2933', 'its driver does not know it, the board does');
  t.equal(fact('pci/0000:3b:00.1', 'link'), '8 GT/s x4 of 8');
  t.equal(fact('pci/0000:3b:00.0', 'slot'), 'PCIe Slot 3');
  t.equal(fact('pci/0000:5e:00.0', 'used by'), 'nvme0n1');
  t.match(find(list(), 'disk/nvme0n1'), { fru: { slot: 'Bay 1', serial: 'S64HNE0R500123' } });
  t.equal(fact('disk/nvme0n1', 'temperature'), '49 °C');
  t.equal(fact('disk/nvme0n1', 'used'), '3 %');
  t.equal(fact('array/md0', 'missing'), '1 of 2');
  t.equal(fact('sensor/coretemp.0/Package id 0', 'value'), '45 °C');
});

t.test('its health is that of its alarms', async t => {
  const health = (id: string, ...alarms: ReturnType<typeof alarm>[]) =>
    find(list(...alarms), id)?.health;
  t.equal(health('array/md0', alarm('array-degraded', 'array/md0')), 'failed');
  t.equal(health('array/md0', alarm('array-degraded', 'array/md0', 'MINOR')), 'warning');
  t.equal(
    health('dimm/DIMM_A1', alarm('memory-corrected-errors', 'dimm/DIMM_A1')),
    'warning',
    'it was corrected',
  );
  t.equal(health('disk/nvme0n1', alarm('disk-failing', 'disk/nvme0')), 'warning', 'its controller');
  t.equal(health('host', alarm('monitor-blind', 'host')), 'ok', 'no matter of hardware');
  const offline = alarm('processor-offline', 'cpu/1', 'MINOR');
  t.equal(health('cpu/1', offline), 'ok', 'a number of the kernel is no socket');
  t.match(find(list(offline), 'host'), { health: 'warning', alarms: ['processor-offline'] });
});

t.test("a server's power supply is as well as its sensors say", async t => {
  const failed = list(alarm('power-supply-failed', 'sensor/bmc/PS1 Status'));
  t.match(find(failed, 'supply/PSU1'), { health: 'failed', fru: { serial: 'CN179' } });
  t.equal(find(failed, 'sensor/bmc/PS1 Status')?.health, 'failed');
  t.equal(find(failed, 'supply/AC')?.health, 'ok');
  t.same(find(list(), 'supply/PSU1')?.facts, [['power', '800 W']]);
});

t.test('an alarm about what is not in the list is not lost', async t => {
  const all = list(
    alarm('disk-removed', 'disk/sdz', 'CRITICAL'),
    alarm('pcie-error', 'pci/0000:3a:00.0', 'CRITICAL'),
    alarm('link-down', 'leg/c-a'),
  );
  t.match(find(all, 'disk/sdz'), { kind: 'disk', health: 'failed', alarms: ['disk-removed'] });
  t.match(find(all, 'pci/0000:3a:00.0'), { kind: 'pci', name: /bridge/, health: 'failed' });
  t.equal(all.length, list().length + 2);
});

t.test('what nobody can say now is unknown, but for what an alarm says', async t => {
  const frames = [...serverFrames(h), h.lost(2, 'pci'), h.lost(2, 'md')];
  const blind = components(topologyOf(frames), [alarm('array-degraded', 'array/md0')]);
  t.equal(find(blind, 'pci/0000:3b:00.0')?.health, 'unknown');
  t.equal(find(blind, 'array/md0')?.health, 'failed');
  t.equal(find(blind, 'supply/AC')?.health, 'ok');
  t.match(components(topologyOf([]), []), [{ id: 'host', health: 'unknown' }]);
});

t.test('garbage of tools makes no components', async t => {
  const output = 'Segmentation fault';
  for (const [tool, subject] of [
    ['dmi', 'host'],
    ['ipmi-sensors', 'bmc'],
    ['smartctl', 'sda'],
  ] as const) {
    const reading = hw(h, 3, 'reading', { tool, subject, output });
    const all = components(topologyOf([h.hello(0), reading]), []);
    t.same(
      all.map(one => one.id),
      subject === 'sda' ? ['host', 'disk/sda'] : ['host'],
    );
  }
});

/** disk-failing, disk-failed, disk-media-errors, disk-removed, from frames to alarms. */
import t from 'tap';
import { restoreFaults } from '../../../agent/faults/step.ts';
import { hour, Iron, s } from '../main/iron.ts';
import { ataWith, nvmeWith, said } from '../topology/readings/fixture.ts';

const FAILING = 'disk-failing disk/nvme0';
const FAILED = 'disk-failed disk/nvme0';

t.test('an NVMe disk that warns, fails, and is well again', async t => {
  const iron = new Iron().disk('nvme0n1', { pci: '0000:03:00.0' });
  iron
    .read('nvme-smart-log', 'nvme0', nvmeWith({}))
    .read('smartctl', 'nvme0', said('smartctl-nvme.json'));
  t.same(iron.said(), []);
  iron.wait(10 * s).read('nvme-smart-log', 'nvme0', nvmeWith({ critical_warning: 4 }));
  t.same(iron.said(), [`raised ${FAILING}`]);
  t.same(iron.details(FAILING), [
    'its reliability is degraded',
    'SAMSUNG MZQL21T9HCJR-00A07, serial S64GNE0R000000',
  ]);
  t.equal(iron.severity('disk-failing'), 'MAJOR');
  iron.wait(s).read('nvme-smart-log', 'nvme0', nvmeWith({ critical_warning: 8 }));
  t.same(iron.said(), [`cleared ${FAILING} superseded`, `raised ${FAILED}`]);
  t.equal(iron.severity('disk-failed'), 'CRITICAL');
  iron.wait(s).read('nvme-smart-log', 'nvme0', '{"critical_war', { outcome: 'truncated' });
  iron.wait(s).take(iron.h.lost(iron.ms, 'reader'));
  t.same(iron.said(), [], 'what is not known clears nothing');
  iron.wait(s).read('nvme-smart-log', 'nvme0', nvmeWith({}));
  t.same(iron.said(), [`cleared ${FAILED} condition-ended`]);
});

t.test('spare blocks, and a life that is used up', async t => {
  const iron = new Iron().read('nvme-smart-log', 'nvme0', nvmeWith({ percent_used: 100 }));
  t.equal(iron.severity('disk-failing'), 'WARNING');
  iron.read('nvme-smart-log', 'nvme0', nvmeWith({ avail_spare: 9 }));
  t.equal(iron.severity('disk-failing'), 'MAJOR');
  t.match(iron.details(FAILING), ['spare blocks: 9 %, its limit is 10 %']);
  iron.said();
  iron.read('nvme-smart-log', 'nvme0', '', { outcome: 'gone' });
  t.same(iron.said(), [`cleared ${FAILING} subject-gone`]);
});

t.test('an event is told at once; the disk itself has the last word', async t => {
  const iron = new Iron().tell('nvme_event', { controller: 'nvme0', result: '0x20001' });
  t.same(iron.said(), [`raised ${FAILING}`]);
  iron.wait(s).read('nvme-smart-log', 'nvme0', nvmeWith({}));
  t.same(iron.said(), [`cleared ${FAILING} condition-ended`]);
  iron.wait(s).tell('nvme_event', { controller: 'nvme0', result: '0x20300' });
  t.same(iron.said(), [`raised ${FAILED}`]);
  iron.wait(hour - 1);
  t.same(iron.said(), []);
  iron.wait(1);
  t.same(iron.said(), [`cleared ${FAILED} condition-ended`], 'nobody reads it');
  iron.tell('nvme_event', { controller: 'nvme0', result: '0x20101' });
  iron.tell('nvme_event', { controller: 'nvme0', result: '0x30c02' });
  t.same(iron.said(), [], 'a temperature is another matter, and a notice is none');
});

t.test('a disk that its driver gave up', async t => {
  const iron = new Iron().kmsg('nvme nvme0: Disabling device after reset failure: -19');
  t.same(iron.said(), [`raised ${FAILED}`]);
  iron.kmsg('sd 2:0:0:0: Device offlined - not ready after error recovery');
  t.same(iron.said(), ['raised disk-failed disk/2:0:0:0']);
});

t.test('counters of an ATA disk that rise', async t => {
  const key = 'disk-failing disk/sda';
  const iron = new Iron().read('smartctl', 'sda', said('smartctl-ata.json'));
  iron.wait(hour).read('smartctl', 'sda', ataWith({ 5: 17 }));
  t.same(iron.said(), [], 'few');
  iron.wait(hour).read('smartctl', 'sda', ataWith({ 5: 18 }));
  t.same(iron.said(), [`raised ${key}`]);
  t.match(iron.details(key), ['reallocated sectors rose from 8 to 18 within 2.0 h']);
  t.equal(iron.severity('disk-failing'), 'WARNING');
  iron.wait(hour).read('smartctl', 'sda', ataWith({ 5: 30 }));
  iron.wait(hour).read('smartctl', 'sda', said('smartctl-standby.json'));
  t.same(iron.said(), [], 'more of it is no news, and it may sleep');
  iron.wait(170 * hour).read('smartctl', 'sda', ataWith({ 5: 30 }));
  t.same(iron.said(), [`cleared ${key} condition-ended`]);
  iron.read('smartctl', 'sda', ataWith({}, { 'smart_status.passed': false }));
  t.match(iron.details(key), ['it predicts its own failure']);
});

t.test('media errors are the cause of requests that fail', async t => {
  const key = 'disk-media-errors disk/sda';
  const iron = new Iron().disk('sda').medium('sda', 0, 0);
  iron.said();
  iron.wait(s).medium('sda', 2, 4660);
  t.same(iron.said(), [`raised ${key}`, 'raised io-errors disk/sda']);
  t.match(iron.details(key), ['requests that its medium failed, the last at sector 4660']);
  const [media, io] = iron.mind.middle.activeAlarms;
  t.same(io?.correlatedAlarmIds, [media?.id]);
  iron.wait(s).medium('sda', 9, 4668);
  t.same(iron.said(), [], 'the next sector is no news');
  iron.wait(24 * hour - 1);
  t.same(iron.active(), [key]);
  iron.wait(1);
  t.same(iron.active(), []);
});

t.test("media errors by the disk's own counters", async t => {
  const key = 'disk-media-errors disk/sda';
  const iron = new Iron().read('smartctl', 'sda', ataWith({ 198: 2, 187: 5 }));
  t.same(iron.said(), [], 'of before our time');
  iron.wait(hour).read('smartctl', 'sda', ataWith({ 198: 2, 187: 6, 197: 8 }));
  t.same(iron.said(), [`raised ${key}`]);
  t.match(iron.details(key), [
    'reported uncorrectable errors rose from 5 to 6 within 1.0 h',
    'sectors that cannot be read rose from 0 to 8 within 1.0 h',
  ]);
  iron.wait(30 * hour);
  t.same(iron.active(), [key], 'sectors wait still');
  iron.read('smartctl', 'sda', ataWith({ 198: 2, 187: 6 }));
  iron.wait(1);
  t.same(iron.active(), []);
});

t.test('sectors that could not be read when it was first seen', async t => {
  const iron = new Iron().read('smartctl', 'sda', ataWith({ 197: 8 }));
  t.same(iron.said(), ['raised disk-media-errors disk/sda']);
});

t.test('a disk that is in use is gone, and comes back', async t => {
  const key = 'disk-removed disk/nvme1n1';
  const iron = new Iron().disk('nvme1n1', { pci: '0000:03:00.0' }).disk('sdb');
  iron.tell('mount', { point: '/srv', source: '/dev/nvme1n1p1' });
  iron.wait(s).disk('sdb', { gone: true });
  t.same(iron.said(), [], 'nothing used it');
  iron.wait(s).disk('nvme1n1', { gone: true });
  t.same(iron.said(), [`raised ${key}`]);
  t.match(iron.details(key), ['used by filesystem//srv']);
  iron.wait(10 * hour);
  t.same(iron.active(), [key], 'it is mounted still');
  t.equal(iron.severity('disk-removed'), 'MAJOR');
  iron.disk('nvme2n1', { pci: '0000:03:00.0' });
  t.same(iron.said(), [`cleared ${key} condition-ended`], 'another one is in its place');
});

t.test('a disk of an array is gone: the array had let it go before', async t => {
  const iron = new Iron().disk('sda').disk('sdb').tell('md');
  iron.wait(10 * hour);
  iron.tell('md', { degraded: 1, members: [{ disk: 'sda', slot: 0, state: 'in_sync' }] });
  t.same(iron.said(), ['raised array-degraded array/md0']);
  iron.wait(s).disk('sdb', { gone: true });
  t.same(iron.said(), ['raised disk-removed disk/sdb']);
  iron.wait(2 * hour);
  t.ok(iron.active().includes('disk-removed disk/sdb'), 'the array needs it');
  iron.tell('md').wait(hour + 2 * s);
  t.same(iron.active(), [], 'a spare has taken its place');
});

t.test('a disk that was taken out of its array, or unmounted, long before', async t => {
  const iron = new Iron().disk('sda').disk('sdb').disk('sdc').tell('md');
  iron.tell('mount', { point: '/srv', source: '/dev/sdc1' });
  iron.wait(hour).tell('md', { members: [{ disk: 'sda', slot: 0, state: 'in_sync' }] });
  iron.tell('mount', { point: '/srv', source: '/dev/sdc1', gone: true });
  iron
    .wait(11 * s)
    .disk('sdb', { gone: true })
    .disk('sdc', { gone: true });
  t.same(iron.said(), []);
});

t.test('a disk that is gone after a restart of the agent', async t => {
  const iron = new Iron().disk('sda').disk('sdb').tell('mount', { source: '/dev/sda1' });
  const later = new Iron();
  later.mind.middle.faults = restoreFaults(structuredClone(iron.mind.middle.faults), true, 0);
  later.snapshot('disk', () => void later.disk('sdb'));
  t.same(later.said(), ['raised disk-removed disk/sda']);
  later.snapshot('disk', () => void later.disk('sda').disk('sdb'));
  t.same(later.said(), ['cleared disk-removed disk/sda condition-ended']);
});

t.test('a disk of which nobody knows what used it', async t => {
  const key = 'disk-removed disk/sda';
  const pci = '0000:00:17.0';
  const iron = new Iron().disk('sda', { pci }).disk('sdb', { pci });
  iron.read('smartctl', 'sda', said('smartctl-ata.json'));
  iron.wait(hour).read('smartctl', 'sda', '', { outcome: 'gone' }).disk('sda', { gone: true });
  t.same(iron.said(), [`raised ${key}`]);
  t.equal(iron.severity('disk-removed'), 'MINOR');
  t.same(iron.details(key), [
    'nothing is known to have used it',
    'ST16000NM001G-2KK103, serial ZL2XXXXX',
  ]);
  iron.disk('sdb', { pci }).disk('sdc', { pci });
  t.same(iron.said(), [], 'others are behind the same adapter');
  iron.wait(hour);
  t.same(iron.said(), [`cleared ${key} subject-gone`]);
});

t.test('SCSI requests that time out', async t => {
  const iron = new Iron();
  for (let i = 0; i < 2; i++) iron.wait(s).tell('scsi_error');
  t.same(iron.said(), []);
  iron.tell('scsi_error', { kind: 'error' });
  t.same(iron.said(), []);
  iron.wait(s).tell('scsi_error');
  t.same(iron.said(), ['raised disk-failing disk/2:0:0:0']);
  iron.wait(600 * s);
  t.same(iron.said(), ['cleared disk-failing disk/2:0:0:0 condition-ended']);
});

t.test('a SCSI disk is told of by its name where that is known', async t => {
  const iron = new Iron().disk('sdb', { scsi: '2:0:0:0' }).disk('sdc', { scsi: '2:0:0:1' });
  iron.kmsg('sd 2:0:0:1: Device offlined - not ready after error recovery');
  for (let i = 0; i < 3; i++) iron.wait(s).tell('scsi_error');
  t.same(iron.said(), ['raised disk-failed disk/sdc', 'raised disk-failing disk/sdb']);
});

t.test('a disk of which others are made is in use', async t => {
  const key = 'disk-removed disk/sdb';
  const pci = '0000:00:17.0';
  const iron = new Iron().disk('sdb', { pci, holders: ['dm-3'] });
  iron.wait(s).disk('sdb', { pci, holders: ['dm-3'], gone: true });
  t.same(iron.said(), [`raised ${key}`]);
  t.equal(iron.severity('disk-removed'), 'MAJOR');
  t.match(iron.details(key), ['used by device/dm-3']);
});

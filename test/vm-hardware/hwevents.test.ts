// guest: --timeout 150 --qemu -blockdev --qemu driver=null-co,node-name=null,size=16777216,read-zeroes=on --qemu -device --qemu nvme,id=nvme0,serial=one,drive=null
/**
 * What drivers tell of ill hardware: an NVMe controller's critical warning, a SCSI disk that cannot read a sector, does not
 * answer or takes no commands. Nothing in a guest has a thermal zone or a device whose driver reports its health.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import t from 'tap';
import {
  addScsiDisk,
  BAD_SECTOR,
  enableHealthEvents,
  mediumErrors,
  readSectors,
  setCriticalWarning,
  WARNING,
} from '../../scripts/lab/guest-disks.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { Helper } from '../vm/helper.ts';

t.setTimeout(140_000);

const SCSI_DEBUG = '/sys/bus/pseudo/drivers/scsi_debug';
const TIMEOUTS = 4;
const HOST_BUSY = 0x8000;
/** SCSI_MLQUEUE_HOST_BUSY of scsi/scsi.h. */
const RESULT_HOST_BUSY = 0x1055;
const READ_10 = 0x28;
const WINDOW_US = 100_000;

const set = (name: string, value: number) => writeFileSync(`${SCSI_DEBUG}/${name}`, `${value}`);

let disk: string;
/** host:channel:id:lun */
let address: string;
let helper: Helper;

t.before(async () => {
  disk = await addScsiDisk();
  address = readdirSync(`/sys/block/${disk}/device/scsi_device`)[0]!;
  await until('the controller', () => readdirSync('/sys/class/nvme').includes('nvme0'));
  helper = await Helper.start(t, '--nudge', 'off');
});

t.test('what there is', async t => {
  const source = helper.hello.sources.find(({ name }) => name === 'hwevents');
  t.match(source, { state: 'ok', reason: null });
  const { complete } = await helper.snapshot('hwevents');
  t.ok(complete, 'its snapshot is empty and whole');
});

t.test('an NVMe controller has become ill', async t => {
  await enableHealthEvents('nvme0');
  const from_us = setCriticalWarning(WARNING.reliability);
  const event = await helper.next('nvme_event', () => true, from_us);
  t.equal(event.controller, 'nvme0');
  // Type 1: health status; information 0: reliability; the log to read: 2.
  t.equal(Number(event.result) & 0xff_ff_07, 0x02_00_01);
  t.comment(`${event.t_us - from_us} µs after it was set`);
});

t.test('a sector that cannot be read', async t => {
  mediumErrors(true);
  const { from_us, ok } = await readSectors(disk, BAD_SECTOR - 4);
  mediumErrors(false);
  t.notOk(ok);
  const isOfDisk = (one: { disk: string }) => one.disk === disk;
  const errors = await helper.next('io_errors', isOfDisk, from_us);
  t.match(errors, { last: 'ENODATA', medium_sector: BAD_SECTOR });
  t.equal(errors.medium, errors.errors, 'each is one of the medium');
  const { asked_us } = await helper.snapshot('block');
  const [again] = helper.all('io_errors', asked_us).filter(isOfDisk);
  t.match(again, { medium_sector: BAD_SECTOR }, 'a snapshot tells of it, too');
});

t.test('a disk that does not answer', async t => {
  writeFileSync(`/sys/block/${disk}/device/timeout`, '1');
  set('every_nth', 1);
  set('opts', TIMEOUTS);
  const from_us = nowUs();
  const reading = readSectors(disk, 0);
  const error = await helper.next('scsi_error', () => true, from_us);
  set('opts', 0);
  set('every_nth', 0);
  t.match(error, { device: address, kind: 'timeout', count: 1 });
  t.equal(error.first_us, error.t_us);
  t.ok(error.t_us - from_us >= 1_000_000, 'when the time was over');
  t.ok((await reading).ok, 'and then it does');
});

t.test('a host adapter that takes no commands: counted, ten frames a second at most', async t => {
  set('every_nth', 1);
  set('opts', HOST_BUSY);
  const from_us = nowUs();
  const reading = readSectors(disk, 64);
  const told = () => helper.all('scsi_error', from_us);
  await until('several frames', () => told().length > 5, 30_000);
  set('opts', 0);
  set('every_nth', 0);
  const { ok, to_us } = await reading;
  t.ok(ok, 'it was put back until it was taken');
  // What was pending when it ended is told when its window is over.
  await helper.next('heartbeat', () => true, to_us + WINDOW_US);
  const errors = told();
  for (const [i, one] of errors.entries()) {
    t.match(one, { device: address, kind: 'error', result: RESULT_HOST_BUSY, operation: READ_10 });
    t.ok(one.first_us <= one.t_us && one.t_us <= to_us);
    if (i > 0) t.ok(one.first_us > errors[i - 1]!.t_us, 'each error is of one frame');
  }
  t.equal(errors[0]!.count, 1, 'the first at once');
  const count = errors.reduce((sum, one) => sum + one.count, 0);
  const seconds = (to_us - from_us) / 1e6;
  t.ok(errors.length <= seconds * 10 + 2, `${errors.length} frames in ${seconds} s`);
  t.ok(count > errors.length, `${count} errors`);
});

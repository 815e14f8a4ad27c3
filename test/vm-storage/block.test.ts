// guest: --timeout 150 --qemu -blockdev --qemu driver=null-co,node-name=null,size=16777216,read-zeroes=on --qemu -blockdev --qemu driver=blkdebug,node-name=bad,image=null,inject-error.0.event=none,inject-error.0.iotype=read,inject-error.0.errno=5,inject-error.0.sector=2048 --qemu -device --qemu virtio-blk-pci,drive=bad
/**
 * Block devices as the helper sees them: the age of the oldest request, its end, and errors. scsi_debug is a disk that
 * takes its time when it is told to, or is busy for ever; QEMU's blkdebug is one with a bad sector.
 */
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { Helper } from '../vm/helper.ts';

t.setTimeout(140_000);

const DRIVER = '/sys/bus/pseudo/drivers/scsi_debug';
const STALLED_MS = 300;
/** Guests have HZ=250: 250 jiffies. */
const DELAY_JIFFIES = 250;
const DELAY_US = 1_000_000;

const set = (name: string, value: number) => writeFileSync(`${DRIVER}/${name}`, `${value}`);

/** Reads sectors, past every cache; how that ended, and when. */
const read = (disk: string, sector: number): Promise<{ code: number | null; ended_us: number }> =>
  new Promise(done => {
    const args = [`if=/dev/${disk}`, 'of=/dev/null', 'bs=512', `skip=${sector}`, 'count=8'];
    const child = spawn('dd', [...args, 'iflag=direct'], { stdio: 'ignore' });
    child.once('exit', code => done({ code, ended_us: nowUs() }));
  });

let disk = '';
let helper: Helper;

t.before(async () => {
  // No udev: nothing loads the driver of SCSI disks when one comes.
  for (const words of [['sd_mod'], ['scsi_debug', 'dev_size_mb=16', 'delay=0', 'ndelay=0']])
    execFileSync('modprobe', words);
  const name = () => readdirSync('/sys/block').find(one => one.startsWith('sd'));
  disk = await until('the disk', name);
  helper = await Helper.start(t, '--nudge', 'off');
  helper.configure({ io_stalled_ms: STALLED_MS });
});

const ofDisk = (one: { disk: string }) => one.disk === disk;

t.test('what there is', async t => {
  for (const name of ['disk', 'session', 'block'])
    t.match(
      helper.hello.sources.find(source => source.name === name),
      { state: 'ok', reason: null },
      name,
    );
  t.match(await helper.next('disk', ofDisk), { kind: 'local', session: null, map: null, major: 8 });
  t.match(await helper.next('disk', one => one.disk === 'vda'), { kind: 'local', gone: false });
  t.notOk(helper.all('disk').some(one => one.disk.startsWith('loop')));
});

t.test('a disk that takes its time: told before it answers, and when it has', async t => {
  set('delay', DELAY_JIFFIES);
  const began_us = nowUs();
  const reading = read(disk, 0);
  const stall = await helper.next('io_stall', ofDisk, began_us);
  const { code, ended_us } = await reading;
  set('delay', 0);
  const resume = await helper.next('io_resume', ofDisk, began_us);
  t.equal(code, 0);
  t.match(stall, { threshold_us: STALLED_MS * 1000, in_flight: 1, operation: 'read' });
  t.ok(stall.since_us > began_us, 'since the request was issued');
  t.ok(stall.t_us - stall.since_us >= STALLED_MS * 1000, 'not before the threshold');
  t.ok(stall.t_us < resume.t_us, 'and before the answer');
  t.equal(resume.since_us, stall.since_us);
  // One jiffy less: the delay begins within one.
  t.ok(resume.t_us - resume.since_us >= DELAY_US - 4000, 'the end is that of the request');
  t.ok(resume.t_us <= ended_us, 'and not when we looked');
  t.comment(
    `told ${stall.t_us - stall.since_us - STALLED_MS * 1000} µs after the threshold, ` +
      `ended after ${resume.t_us - resume.since_us} µs`,
  );
});

t.test('a disk that is busy for ever: the request is put back, and grows old', async t => {
  set('every_nth', 1);
  set('opts', 0x8000);
  const began_us = nowUs();
  const reading = read(disk, 64);
  const stall = await helper.next('io_stall', ofDisk, began_us);
  const asked_us = nowUs();
  helper.ask({ type: 'snapshot', data: {} });
  const again = await helper.next('io_stall', ofDisk, asked_us);
  t.equal(again.since_us, stall.since_us, 'a snapshot tells of it, too');
  t.equal(helper.all('io_resume', began_us).length, 0, 'putting it back is no answer');
  set('opts', 0);
  set('every_nth', 0);
  const { code, ended_us } = await reading;
  t.equal(code, 0);
  const resume = await helper.next('io_resume', ofDisk, began_us);
  t.ok(resume.t_us >= again.t_us && resume.t_us <= ended_us);
});

t.test('errors are counted and named', async t => {
  set('opts', 2);
  const began_us = nowUs();
  // A medium error at sector 0x1234, and beside it none.
  t.equal((await read(disk, 0x1200)).code, 0);
  t.equal((await read(disk, 0x1234)).code, 1);
  const first = await helper.next('io_errors', ofDisk, began_us);
  t.match(first, { last: 'ENODATA' });
  t.ok(first.errors >= 1);
  t.equal((await read(disk, 0x1234)).code, 1);
  await helper.next('io_errors', one => ofDisk(one) && one.errors > first.errors, began_us);
  set('opts', 0);

  t.equal((await read('vda', 2048)).code, 1);
  const ofVda = await helper.next('io_errors', one => one.disk === 'vda', began_us);
  t.match(ofVda, { last: 'EIO' });
  const told = helper.all('io_errors').filter(ofDisk);
  for (const [i, one] of told.entries())
    if (i) t.ok(one.t_us - told[i - 1]!.t_us >= 100_000, 'at most one frame each 100 ms');
});

t.test('a disk that goes', async t => {
  const began_us = nowUs();
  writeFileSync(`/sys/block/${disk}/device/delete`, '1');
  const gone = await helper.next('disk', one => ofDisk(one) && one.gone, began_us);
  t.equal(gone.gone, true);
  const { asked_us, complete } = await helper.snapshot('block');
  t.equal(complete, true);
  t.equal(helper.all('io_errors', asked_us).filter(ofDisk).length, 0, 'nothing is told of it');
  t.equal(helper.all('io_errors', asked_us).length, 1, "but the other's errors are");
  t.same(helper.all('lost'), [], 'nothing was lost');
});

// guest: --timeout 150
/**
 * The kernel's log as the helper tells it: what the kernel itself has written, from warnings on, with its own time; not what
 * user space has; and what is too much is counted.
 */
import { closeSync, constants, openSync, readSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { breakExt4, type Mounted, mendExt4, mountExt4 } from '../../scripts/lab/guest-disks.ts';
import { complainAfter, hangTask } from '../../scripts/lab/guest-kernel.ts';
import { Processes } from '../../scripts/lab/processes.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { Helper } from '../vm/helper.ts';

t.setTimeout(140_000);

/** So many records at once are told of errors, and of warnings, and then 20 a second. */
const BURST = 50;
const PER_SECOND = 20;
const WARNING = 4;
const FLOOD_US = 4_000_000;

const processes = new Processes('/tmp');
const say = (text: string) => writeFileSync('/dev/kmsg', text);
/** The kernel writes about its memory, some 30 lines, at the level of its messages that name none: warning. */
const showMemory = () => writeFileSync('/proc/sysrq-trigger', 'm');

let helper: Helper;
let mounted: Mounted;

/** What the kernel has written into its log since this was made, by our own reading. */
class Log {
  readonly #fd: number;

  constructor() {
    this.#fd = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK);
    this.read();
  }

  /** The records that have come; of facility 0 and as severe as a warning. */
  read(): { sequence: number; level: number; text: string }[] {
    const found = [];
    const buffer = Buffer.alloc(8192);
    for (;;)
      try {
        const line = buffer.toString('latin1', 0, readSync(this.#fd, buffer));
        const [, priority, sequence, text] = /^(\d+),(\d+),[^;]*;(.*)/.exec(line) ?? [];
        if (Number(priority) <= WARNING)
          found.push({ sequence: Number(sequence), level: Number(priority), text: text ?? '' });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return found;
        throw error;
      }
  }

  close(): void {
    closeSync(this.#fd);
  }
}

const lostOfKmsg = (from_us: number) =>
  helper.all('lost', from_us).filter(({ source }) => source === 'kmsg');
const told = (words: RegExp, from_us: number) =>
  helper.next('kmsg', ({ text }) => words.test(text), from_us);

/** A record of what the kernel did meanwhile has its time, and not that of when it was read. */
function isOfThen(t: Test, one: { t_us: number }, from_us: number, to_us: number): void {
  t.ok(one.t_us >= from_us && one.t_us <= to_us, 'with its own time', { one, from_us, to_us });
  t.comment(`${one.t_us - from_us} µs after the write began, which took ${to_us - from_us} µs`);
}

t.before(async () => {
  mounted = await mountExt4('kmsg');
  // Else the kernel takes ten lines in five seconds from user space.
  writeFileSync('/proc/sys/kernel/printk_devkmsg', 'on\n');
  writeFileSync('/proc/sys/kernel/sysrq', '1');
  writeFileSync('/proc/sys/kernel/dmesg_restrict', '1');
  say('<3>of before the start');
  helper = await Helper.start(t, '--nudge', 'off');
});
t.teardown(() => processes.stopAll());

t.test('what there is', async t => {
  const source = helper.hello.sources.find(({ name }) => name === 'kmsg');
  t.match(source, { state: 'ok', reason: null });
  const { asked_us, complete } = await helper.snapshot('kmsg');
  t.ok(complete, 'its snapshot is empty and whole');
  t.strictSame(helper.all('kmsg', asked_us), []);
});

t.test('an error of the kernel is told, a line of user space is not', async t => {
  const log = new Log();
  const before_us = nowUs();
  say('<2>EXT4-fs error (device sda1): user space says so\n');
  say('<0>mce: [Hardware Error]: user space says so\n');
  const from_us = breakExt4(mounted);
  const to_us = nowUs();
  const error = await told(/^EXT4-fs error/, before_us);
  t.match(error, { level: 2, text: new RegExp(`device ${mounted.disk}`) });
  isOfThen(t, error, from_us, to_us);
  await told(/Remounting filesystem read-only/, before_us);
  const expected = log.read().map(({ sequence }) => sequence);
  log.close();
  const all = await until('all of it', () => {
    const found = helper.all('kmsg', before_us);
    return found.length >= expected.length && found;
  });
  t.strictSame(
    all.map(({ sequence }) => sequence),
    expected,
    'what the kernel has written, in order, and nothing else',
  );
  t.notOk(helper.all('kmsg').some(({ text }) => /user space|before the start/.test(text)));
  await mendExt4(mounted);
});

t.test('a task that waits for long', async t => {
  complainAfter(1);
  const hung = await hangTask(processes, mounted);
  const record = await told(/blocked for more than \d+ seconds/, hung.since_us);
  await hung.release();
  complainAfter(0);
  t.match(record, { level: 3, text: new RegExp(`:${hung.pid} blocked`) });
  t.comment(`${record.t_us - hung.since_us} µs after it was seen to wait`);
});

t.test('more than can be told is counted, and leaves room for errors', async t => {
  // The bucket is full again.
  const log = new Log();
  const from_us = nowUs();
  for (let i = 0; i < 20; i++) showMemory();
  const broke_us = breakExt4(mounted);
  const error = await told(/^EXT4-fs error/, from_us);
  t.ok(error.t_us >= broke_us, 'an error is told in the middle of it');
  const lines = log.read();
  log.close();
  const warnings = lines.filter(({ level }) => level === WARNING).length;
  const count = () => lostOfKmsg(from_us).reduce((sum, one) => sum + one.count, 0);
  const toldOf = () => helper.all('kmsg', from_us).length;
  await until('the rest to be counted', () => toldOf() + count() >= lines.length);
  t.equal(toldOf() + count(), lines.length, 'each is told, or counted');
  const took_s = (helper.all('kmsg', from_us).at(-1)!.t_us - from_us) / 1e6;
  t.ok(toldOf() <= 2 * BURST + Math.ceil(2 * PER_SECOND * (took_s + 1)), 'no more than the limit');
  t.ok(count() > 0, 'some were counted');
  t.comment(`${lines.length} lines, ${warnings} warnings: ${toldOf()} told, ${count()} counted`);
  const last = lostOfKmsg(from_us).at(-1)!;
  t.ok(
    helper.all('snapshot', last.t_us - 1).some(one => one.source === 'kmsg' && one.phase === 'end'),
    'and the source sees again',
  );
  await mendExt4(mounted);
});

t.test('a log that does not stop costs little, and what was left out is counted', async t => {
  const sequenceAfter = (log: Log) => {
    showMemory();
    const lines = log.read();
    log.close();
    return lines.at(-1)!.sequence;
  };
  const first = sequenceAfter(new Log());
  const start = await helper.next('heartbeat', () => true, nowUs());
  const from_us = nowUs();
  while (nowUs() < from_us + FLOOD_US) {
    showMemory();
    await new Promise(setImmediate);
  }
  const last = sequenceAfter(new Log());
  const end = await helper.next('heartbeat', () => true, nowUs());
  const count = () => lostOfKmsg(from_us).reduce((sum, one) => sum + one.count, 0);
  const known = () => helper.all('kmsg', from_us).length + count();
  // Some of its lines are no warnings: these count if they are among those that nobody has read.
  await until('the rest to be counted', () => known() >= (last - first) * 0.9, 20_000);
  t.ok(known() <= last - first + 50, `${last - first} records, ${known()} known`);
  const again_us = breakExt4(mounted);
  const error = await told(/^EXT4-fs error/, again_us - 1);
  t.comment(
    `${last - first} records in ${(end.t_us - start.t_us) / 1e6} s: ${end.cpu_us - start.cpu_us} µs of processor time`,
  );
  t.comment(`the next error ${error.t_us - again_us} µs after its cause`);
  await mendExt4(mounted);
});

t.test('a log that was overwritten', async t => {
  const from_us = nowUs();
  process.kill(helper.pid, 'SIGSTOP');
  // The kernel's buffer has 128 KiB or so.
  for (let i = 0; i < 600; i++) say(`<6>${'x'.repeat(800)}`);
  process.kill(helper.pid, 'SIGCONT');
  const lost = await until(
    'the loss',
    () => lostOfKmsg(from_us).find(({ reason }) => /overwritten/.test(reason)),
    30_000,
  );
  t.ok(lost.count > 100, `${lost.count} records`);
  const again_us = breakExt4(mounted);
  await told(/^EXT4-fs error/, again_us - 1);
  t.pass('what comes then is told');
});

// guest: --timeout 240 --qemu -device --qemu pcie-root-port,id=port0,chassis=20,slot=20 --qemu -device --qemu virtio-net-pci,id=nic0,bus=port0,aer=on,romfile=,mac=52:54:00:70:00:00
/**
 * What hardware has told the kernel of, as the helper tells it: machine checks, errors of PCI Express, broken pages and the
 * processes that had them. A guest has no memory controller that reports, no firmware that does, and no CXL: frames of these
 * are made by test/native/ras_frame_test.c.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  aerCapable,
  CORRECTED,
  FATAL,
  injectAer,
  NONFATAL,
  portOf,
  prepareAer,
} from '../../scripts/lab/guest-aer.ts';
import { injectMce, prepareMce, STATUS, stormMce } from '../../scripts/lab/guest-mce.ts';
import { qemuArgv, Victim } from '../../scripts/lab/guest-poison.ts';
import { Processes } from '../../scripts/lab/processes.ts';
import { run } from '../../scripts/lab/run.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { Helper } from '../vm/helper.ts';

t.setTimeout(230_000);

const UUID = '5ba2d1c6-6f5a-4f0e-8d1b-51c80a1f7f10';
/** The injector sets it itself. */
const MISC_VALID = 1n << 59n;
const STORM_MS = 3_000;
const PAGE_BYTES = 4096;
const MCE_EVENT = '/sys/kernel/tracing/events/mce/mce_record';
const CGROUPS = '/tmp/cgroups';

const processes = new Processes('/tmp');
let helper: Helper;
let before: Victim;

t.before(async () => {
  await prepareMce();
  await prepareAer();
  // Each record is printed at the worst level: a serial line would hold up a storm.
  writeFileSync('/sys/class/tty/ttyS0/console', '0');
  before = await Victim.start(processes, qemuArgv('vm0', UUID), true);
  helper = await Helper.start(t, '--nudge', 'off');
});
t.teardown(() => processes.stopAll());

t.test('what there is', async t => {
  const source = helper.hello.sources.find(({ name }) => name === 'ras');
  t.match(source, { state: 'ok', reason: null }, 'each tracepoint of this kernel is as expected');
  const { complete } = await helper.snapshot('ras');
  t.ok(complete, 'its snapshot is empty and whole');
});

t.test('machine checks', async t => {
  for (const [name, injected] of Object.entries(STATUS)) {
    const status = injected | MISC_VALID;
    const from_us = injectMce({ status, bank: 4, address: 0xabcd000 });
    const frame = await helper.next('mce', one => BigInt(one.status) === status, from_us);
    t.match(
      frame,
      { cpu: 0, socket: 0, bank: 4, address: '0xabcd000', misc: '0x80', count: 1 },
      name,
    );
    t.equal(frame.first_us, frame.t_us);
    t.ok(frame.cpuid > 0);
    t.comment(`${name}: ${frame.t_us - from_us} µs after it was injected`);
  }
});

t.test('a storm of them: the first at once, then fewer and fewer frames, none lost', async t => {
  writeFileSync(`${MCE_EVENT}/trigger`, 'hist:keys=bank');
  const recorded = () =>
    Number(/Hits: (\d+)/.exec(readFileSync(`${MCE_EVENT}/hist`, 'utf8'))?.[1] ?? 0);
  const quiet = await helper.next('heartbeat');
  const start = await helper.next('heartbeat', () => true, quiet.t_us);
  const from_us = nowUs();
  const injected = stormMce({ status: STATUS.memoryCorrected, bank: 5 }, STORM_MS);
  const to_us = nowUs();
  const told = () => helper.all('mce', from_us);
  const count = () => told().reduce((sum, one) => sum + one.count, 0);
  await until('all of them', () => recorded() > 0 && count() === recorded(), 20_000);
  const end = await helper.next('heartbeat', ({ t_us }) => t_us > to_us);

  t.equal(told()[0]!.count, 1, 'the first at once');
  for (const [i, one] of told().entries()) {
    t.ok(one.first_us <= one.t_us);
    if (i > 0) t.ok(one.first_us > told()[i - 1]!.t_us, 'each error is of one frame');
  }
  const seconds = (to_us - from_us) / 1e6;
  t.ok(told().length <= seconds + 6, `${told().length} frames in ${seconds} s`);
  t.equal(helper.all('lost', from_us).filter(({ source }) => source === 'ras').length, 0);
  const spent = (from: typeof start, to: typeof start) =>
    `helper ${to.cpu_us - from.cpu_us} µs, programs and timers ${to.bpf_us - from.bpf_us} µs of ${to.t_us - from.t_us} µs`;
  t.comment(
    `${injected} injected, ${recorded()} recorded, ${told().length} frames in ${seconds} s`,
  );
  t.comment(`${spent(start, end)}; before: ${spent(quiet, start)}`);
});

t.test('PCI Express', async t => {
  const device = aerCapable().find(one => aerCapable().includes(portOf(one)))!;
  const header = [0x4000_0001, 0x0000_000f, 0xfee0_0000, 0x1234_5678] as const;
  const header_text = '400000010000000ffee0000012345678';
  const poisoned = { uncorrected: NONFATAL.poisonedTlp, header };
  const kinds = [
    [device, 'corrected', { corrected: CORRECTED.badTlp }, CORRECTED.badTlp, null],
    [device, 'nonfatal', poisoned, NONFATAL.poisonedTlp, header_text],
    // What is below a link with such an error is not asked.
    [device, 'fatal', { uncorrected: FATAL.malformedTlp, header }, 0, null],
    [
      portOf(device),
      'fatal',
      { uncorrected: FATAL.dataLinkProtocol },
      FATAL.dataLinkProtocol,
      null,
    ],
  ] as const;
  for (const [address, severity, error, status, tlp_header] of kinds) {
    const from_us = injectAer(address, error);
    const frame = await helper.next('aer', one => one.severity === severity, from_us);
    t.match(frame, { device: address, count: 1, tlp_header });
    t.equal(Number(frame.status), status);
    t.comment(`${severity}: ${frame.t_us - from_us} µs after it was injected`);
  }
});

t.test('a page that a process uses, and dies of', async t => {
  const victim = await Victim.start(processes, ['plain', 'with', 'arguments'], false);
  const from_us = await victim.poison();
  const failure = await helper.next('page_failure', () => true, from_us);
  t.match(failure, { result: 'recovered', page: /lru/ });
  // In newer kernels the call itself passes for a use of the page.
  const used = helper.all('page_victim', from_us).length > 0;
  const touched_us = used ? from_us : await victim.touch();
  const told = await helper.next('page_victim', () => true, touched_us);
  t.match(told, { pid: victim.pid, comm: 'plain', action: 'required', cgroup: null });
  t.match(told.command, /\/plain with arguments$/);
  t.comment(`${failure.t_us - from_us} µs and ${told.t_us - touched_us} µs`);
});

t.test('a page of what is like a virtual machine', async t => {
  mkdirSync(CGROUPS);
  await run(['mount', '-t', 'cgroup2', 'none', CGROUPS]);
  t.teardown(() => run(['umount', CGROUPS]));
  const names = ['machine.slice', 'machine-qemu\\x2d1\\x2dvm1.scope', 'libvirt', 'emulator'];
  const folder = join(CGROUPS, 'above', ...names);
  mkdirSync(folder, { recursive: true });
  const victim = await Victim.start(processes, qemuArgv('vm1', UUID), true);
  writeFileSync(join(folder, 'cgroup.procs'), `${victim.pid}`);
  const from_us = await victim.poison();
  const told = await helper.next('page_victim', () => true, from_us);
  t.match(told, { pid: victim.pid, comm: 'qemu-system-x86', action: /optional|required/ });
  t.equal(told.cgroup, names.join('/'), 'the last four');
  t.match(told.command, /qemu-system-x86_64 -name guest=vm1,debug-threads=on -S -uuid/);
  const failure = await helper.next('page_failure', () => true, from_us);
  t.ok(told.t_us < failure.t_us, 'before the page is told of');
  await processes.stop(victim.running);
});

/** Of the first page of a process's heap (proc(5), pagemap). */
function heapFrame(pid: number): string {
  const [line] = readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .filter(one => one.endsWith('[heap]'));
  const entry = Buffer.alloc(8);
  const fd = openSync(`/proc/${pid}/pagemap`, 'r');
  readSync(fd, entry, 0, 8, (Number.parseInt(line!, 16) / PAGE_BYTES) * 8);
  closeSync(fd);
  return `0x${(entry.readBigUInt64LE() & ((1n << 55n) - 1n)).toString(16)}`;
}

t.test('one that has gone before anybody could look', async t => {
  await run(['modprobe', 'hwpoison_inject']);
  const after = await Victim.start(processes, qemuArgv('vm2', UUID), true);
  const plain = await Victim.start(processes, ['plain', 'too'], true);
  process.kill(helper.pid, 'SIGSTOP');
  const from_us = nowUs();
  for (const victim of [before, after, plain]) {
    // Somebody else finds the page broken: a process's arguments can be read in the kernel while it runs there itself.
    writeFileSync('/sys/kernel/debug/hwpoison/corrupt-pfn', heapFrame(victim.pid));
    await processes.stop(victim.running, 'SIGKILL');
    t.notOk(existsSync(`/proc/${victim.pid}`));
  }
  process.kill(helper.pid, 'SIGCONT');
  const commandOf = async ({ pid }: Victim) =>
    (await helper.next('page_victim', one => one.pid === pid && one.action === 'optional', from_us))
      .command;
  t.match(await commandOf(before), /-name guest=vm0,/, 'it ran before the helper began');
  t.match(await commandOf(after), /-name guest=vm2,/, 'it was started since');
  t.equal(await commandOf(plain), null, 'nothing like a virtual machine');
});

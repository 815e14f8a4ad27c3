// guest: --timeout 170 --nics 1 --cpus 2 --qemu -device --qemu i6300esb --qemu -blockdev --qemu driver=null-co,node-name=blank,size=16777216,read-zeroes=on --qemu -device --qemu pcie-root-port,id=nvme-port,chassis=40,slot=40 --qemu -device --qemu nvme,id=nvme0,serial=pw-nvme-1,drive=blank,bus=nvme-port
/**
 * What hardware there is, and how it is, as the helper alone sees it: functions of PCI that come and go, processors and
 * memory that go offline, an array that loses a member, file systems that become read-only, watchdogs, a supply.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import t, { type Test } from 'tap';
import {
  ARRAY,
  breakExt4,
  createArray,
  failMember,
  mendExt4,
  mountExt4,
  replaceMember,
} from '../../scripts/lab/guest-disks.ts';
import { setProcessor } from '../../scripts/lab/guest-kernel.ts';
import { run } from '../../scripts/lab/run.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { deviceDel, monitor } from '../../scripts/vm-lab/monitor.ts';
import { Helper } from '../vm/helper.ts';

t.setTimeout(160_000);

const SOURCES = ['pci', 'processors', 'md', 'mount', 'supply', 'disk', 'rtnl'];
/** All is looked at each ten seconds, too; what is told so long before has been heard of. */
const LOOK_US = 4_000_000;
const MEMORY = '/sys/devices/system/memory';
const SLOTS = '/sys/bus/pci/slots';
const I2C = '/sys/bus/i2c/devices';

let helper: Helper;
let nic = '';
let nicFunction = '';
let nvmeFunction = '';

/** The PCI function that a device in /sys is, or is behind. */
const functionOf = (path: string): string =>
  readlinkSync(path)
    .split('/')
    .findLast(name => /^[0-9a-f]{4}:[0-9a-f]{2}:/.test(name))!;
/** What the kernel calls the slot that a function sits in. */
const slotOf = (name: string): string =>
  readdirSync(SLOTS).find(slot =>
    name.startsWith(readFileSync(`${SLOTS}/${slot}/address`, 'utf8').trim()),
  )!;
const device = (name: string) => (one: { device: string }) => one.device === name;
const at = (point: string) => (one: { point: string }) => one.point === point;
const ofArray = (one: { array: string }) => one.array === ARRAY;

t.before(async () => {
  nic = await until('the NIC', () => readdirSync('/sys/class/net').find(name => name !== 'lo'));
  nicFunction = functionOf(`/sys/class/net/${nic}`);
  await until('the disk', () => readdirSync('/sys/block').includes('nvme0n1'));
  nvmeFunction = functionOf('/sys/class/nvme/nvme0');
  await run(['modprobe', '-a', 'i6300esb']);
  helper = await Helper.start(t, '--nudge', 'off');
});

/** The kernel's messages with the time at which they came, by udevadm. */
class Uevents {
  readonly #child: ChildProcess;
  #said = '';

  constructor(t: Test) {
    const options = { stdio: ['ignore', 'pipe', 'ignore'] as ['ignore', 'pipe', 'ignore'] };
    this.#child = spawn('udevadm', ['monitor', '--kernel'], options);
    this.#child.stdout!.setEncoding('utf8').on('data', text => {
      this.#said += text;
    });
    t.teardown(() => this.#child.kill());
  }

  /** Resolves when it listens. */
  ready = () => until('udevadm', () => this.#said.includes('KERNEL'), 30_000);

  /** µs of CLOCK_MONOTONIC. */
  async of(action: string, name: string): Promise<number> {
    const line = new RegExp(`^KERNEL\\[([0-9.]+)\\] ${action} +\\S*/${name} \\(pci\\)$`, 'm');
    const found = await until(`${action} of ${name}`, () => line.exec(this.#said), 30_000);
    return Number(found[1]) * 1e6;
  }
}

t.test('what there is', async t => {
  for (const name of SOURCES)
    t.match(
      helper.hello.sources.find(source => source.name === name),
      { state: 'ok', reason: null },
      name,
    );
  const plugged = await helper.next('pci_device', device(nicFunction));
  t.match(plugged, {
    vendor: 0x1af4,
    driver: 'virtio-pci',
    slot: slotOf(nicFunction),
    gone: false,
  });
  const port = await helper.next('pci_device', device(plugged.parent!));
  t.match(port, { parent: null, driver: 'pcieport' });
  t.match(await helper.next('pci_device', device(nvmeFunction)), {
    class: 0x010802,
    driver: 'nvme',
    slot: slotOf(nvmeFunction),
    link_speed: '2.5 GT/s PCIe',
    link_width: 1,
  });
  t.match(helper.all('disk').find(one => one.disk === 'nvme0n1')!, { pci: nvmeFunction });
  t.match(helper.all('link').find(one => one.ifname === nic)!, { pci: nicFunction });
  t.match(helper.all('processors'), [{ present: '0-1', online: '0-1' }]);
  const memory = helper.all('memory').at(-1)!;
  t.match(memory, { offline_blocks: 0, corrupted_bytes: 0 });
  t.ok(memory.blocks > 0 && memory.total_bytes > 512 * 1024 * 1024);
  t.match(helper.all('watchdog').at(-1)!, {
    watchdog: 'watchdog0',
    identity: 'i6300ESB timer',
    active: false,
    boot_status: 0,
  });
  const names = readdirSync('/sys/bus/pci/devices').sort();
  const { asked_us, complete } = await helper.snapshot('pci');
  const told = helper.all('pci_device', asked_us).map(one => one.device);
  t.strictSame([...told].sort(), names, 'each function once');
  t.equal(complete, true);
});

t.test('functions are pulled: an NVMe disk, a NIC', async t => {
  const uevents = new Uevents(t);
  await uevents.ready();
  for (const [id, name] of [
    ['nvme0', nvmeFunction],
    ['nic0', nicFunction],
  ] as const) {
    const began_us = nowUs();
    deviceDel(id);
    const gone = await helper.next('pci_device', one => one.device === name && one.gone, began_us);
    const uevent_us = await uevents.of('remove', name);
    t.ok(gone.slot, 'and where it was');
    t.comment(
      `${id}: told ${gone.t_us - began_us} µs after it was asked for, ` +
        `${gone.t_us - uevent_us} µs after udevadm had the message`,
    );
  }
  await helper.next('disk', one => one.disk === 'nvme0n1' && one.gone);
  const { asked_us } = await helper.snapshot('pci');
  t.notOk(helper.all('pci_device', asked_us).some(device(nvmeFunction)));
});

t.test('one is plugged in', async t => {
  const began_us = nowUs();
  t.equal(monitor('device_add virtio-rng-pci,id=new,bus=nvme-port'), '');
  const bound = await helper.next('pci_device', one => one.driver === 'virtio-pci', began_us);
  t.match(bound, { device: nvmeFunction, slot: slotOf(nvmeFunction), vendor: 0x1af4, gone: false });
});

t.test('a processor goes offline, and comes back', async t => {
  for (const online of [false, true]) {
    const from_us = setProcessor(1, online);
    const told = await helper.next('processors', () => true, from_us);
    t.match(told, { present: '0-1', online: online ? '0-1' : '0' });
    t.ok(told.t_us - from_us < LOOK_US, 'by its message');
    t.comment(`told after ${told.t_us - from_us} µs, of which the kernel needs the most`);
  }
});

t.test('a block of memory goes offline, and comes back', async t => {
  const { blocks } = helper.all('memory').at(-1)!;
  const from_us = nowUs();
  // Most hold something that cannot be moved.
  const block = readdirSync(MEMORY)
    .filter(name => /^memory\d+$/.test(name))
    .find(name => {
      try {
        writeFileSync(`${MEMORY}/${name}/state`, 'offline');
        return true;
      } catch {
        return false;
      }
    });
  if (block === undefined) {
    t.pass('a block', { skip: 'the kernel gives none back' });
    return;
  }
  t.match(await helper.next('memory', one => one.offline_blocks === 1, from_us), { blocks });
  const back_us = nowUs();
  writeFileSync(`${MEMORY}/${block}/state`, 'online');
  t.match(await helper.next('memory', () => true, back_us), { offline_blocks: 0 });
});

t.test('an array loses a member, and gets another', async t => {
  const loaded = readFileSync('/proc/modules', 'utf8').includes('md_mod');
  t.notOk(loaded, 'md was not loaded when the helper started');
  const began_us = nowUs();
  await createArray();
  const made = await helper.next('md', one => one.members.length === 2, began_us);
  t.match(made, { array: ARRAY, level: 'raid1', raid_disks: 2, degraded: 0, action: 'idle' });
  t.match(made.members, [
    { disk: 'ram0', slot: 0, state: 'in_sync' },
    { disk: 'ram1', slot: 1, state: 'in_sync' },
  ]);

  const failed_us = await failMember();
  const degraded = await helper.next('md', one => one.degraded === 1, failed_us);
  t.ok(degraded.members.some(({ disk, state }) => disk === 'ram1' && state.includes('faulty')));
  t.ok(degraded.t_us - failed_us < LOOK_US, 'by its message');
  t.comment(`a failed member is told after ${degraded.t_us - failed_us} µs`);

  for (const name of ['min', 'max'])
    writeFileSync(`/proc/sys/dev/raid/speed_limit_${name}`, '4000');
  const replaced_us = await replaceMember();
  const recovers = await helper.next('md', one => one.action === 'recover', replaced_us);
  t.match(recovers, { degraded: 1 });
  const whole = await helper.next(
    'md',
    one => one.degraded === 0 && one.action === 'idle',
    recovers.t_us,
  );
  t.strictSame(
    whole.members.map(({ slot, state }) => ({ slot, state })),
    [0, 1].map(slot => ({ slot, state: 'in_sync' })),
  );

  const stopped_us = nowUs();
  await run(['mdadm', '--stop', `/dev/${ARRAY}`]);
  t.ok(await helper.next('md', one => ofArray(one) && one.gone, stopped_us));
});

t.test('a file system becomes read-only by itself, and by hand', async t => {
  const began_us = nowUs();
  const mounted = await mountExt4('data');
  const there = await helper.next('mount', at(mounted.point), began_us);
  t.match(there, { source: mounted.disk, filesystem: 'ext4', read_only: false, gone: false });
  t.equal(there.super_read_only, false);

  const broken_us = breakExt4(mounted);
  const broken = await helper.next('mount', at(mounted.point), broken_us);
  t.match(broken, { read_only: false, super_read_only: true, gone: false });
  t.comment(`told ${broken.t_us - broken_us} µs after the error`);
  const second = await Helper.start(t, '--nudge', 'off');
  t.match(
    await second.next('mount', at(mounted.point)),
    { super_read_only: true },
    'of before, too',
  );

  const mended_us = nowUs();
  await mendExt4(mounted);
  const mended = await helper.next('mount', one => !one.super_read_only && !one.gone, mended_us);
  t.match(mended, { point: mounted.point, read_only: false });

  mkdirSync('/mnt/a b', { recursive: true });
  const bound_us = nowUs();
  await run(['mount', '--bind', mounted.point, '/mnt/a b']);
  await run(['mount', '-o', 'remount,ro', mounted.point]);
  const byHand = await helper.next('mount', one => one.read_only, bound_us);
  t.match(byHand, { point: mounted.point, super_read_only: true });
  t.notOk(helper.all('mount').some(at('/mnt/a b')), 'what is bound elsewhere is the same one');

  const moved_us = nowUs();
  await run(['umount', mounted.point]);
  t.ok(await helper.next('mount', one => at(mounted.point)(one) && one.gone, moved_us));
  t.match(await helper.next('mount', at('/mnt/a b'), moved_us), { source: mounted.disk });
  await run(['umount', '/mnt/a b']);
  t.ok(await helper.next('mount', one => at('/mnt/a b')(one) && one.gone, moved_us));
});

t.test('a watchdog comes and goes', async t => {
  const began_us = nowUs();
  await run(['modprobe', '-a', 'softdog']);
  const soft = await helper.next('watchdog', one => one.identity === 'Software Watchdog', began_us);
  t.match(soft, { active: false, timeout_s: 60, gone: false });
  await run(['rmmod', 'softdog']);
  t.ok(await helper.next('watchdog', one => one.gone && one.watchdog === soft.watchdog, began_us));
});

t.test('a battery comes and goes', async t => {
  // A chip of the kernel's own making, with zeros in all registers.
  await run(['modprobe', 'i2c-stub', 'chip_addr=0x0b']);
  await run(['modprobe', 'sbs-battery', 'force_load=1']);
  const bus = await until('the bus', () =>
    readdirSync(I2C).find(
      name =>
        /^i2c-\d+$/.test(name) && readFileSync(`${I2C}/${name}/name`, 'utf8').includes('stub'),
    ),
  );
  const began_us = nowUs();
  writeFileSync(`${I2C}/${bus}/new_device`, 'sbs-battery 0x0b');
  const there = await helper.next('power_supply', () => true, began_us);
  t.match(there, { kind: 'Battery', online: null, gone: false });
  t.equal(basename(there.supply), readdirSync('/sys/class/power_supply')[0]);
  const asked_us = nowUs();
  helper.ask({ type: 'snapshot', data: {} });
  // The first may come while the battery is being read again.
  await helper.next('snapshot', one => one.source === 'supply' && one.complete, asked_us);
  t.ok(helper.all('power_supply', asked_us).length > 0);
  writeFileSync(`${I2C}/${bus}/delete_device`, '0x0b');
  t.match(await helper.next('power_supply', one => one.gone, asked_us), { supply: there.supply });
});

t.test('nothing was lost', async t => {
  t.same(helper.all('lost'), []);
});

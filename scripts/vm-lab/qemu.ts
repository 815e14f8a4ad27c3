/** QEMU's arguments for one guest. */
import { join } from 'node:path';
import { kernelRelease } from './initramfs.ts';
import type { Trees } from './trees.ts';
import { tscKhz } from './tsc.ts';

/** What a guest looks like. */
export interface Shape {
  name: string;
  /** Number in its NICs' addresses; two linked guests differ. */
  index: number;
  cpus: number;
  memoryMib: number;
  /** NICs whose cable ends in a file descriptor of QEMU's: a stream that another guest has the other end of. */
  links: readonly number[];
  /** NICs on one hub. */
  nics: number;
  /** Pairs of NICs joined by a cable each. */
  cables: number;
  share: string | null;
  qemu: readonly string[];
  append: string;
}

/** File descriptors that QEMU is started with. */
export interface Descriptors {
  initrd: number;
  console: number;
  out: number;
  err: number;
  status: number;
  /** The monitor's own end, and that of the guest's port; who started QEMU joins the two. */
  monitor: number;
  monitorPort: number;
}

// The kernel's tests of its own ciphers now and then never end on an emulated processor.
const KERNEL_LINE = [
  'console=ttyS0 quiet panic=-1 nokaslr mitigations=off audit=0 lsm= no_timer_check tsc=reliable',
  'random.trust_cpu=on rcupdate.rcu_expedited=1 cryptomgr.notests',
].join(' ');

/** A path as a value among options: a comma would end it. */
const value = (path: string) => path.replaceAll(',', ',,');

function folder(tag: string, path: string, writable = false): string[] {
  const readOnly = writable ? '' : ',readonly=on';
  return [
    ...[
      '-fsdev',
      `local,id=${tag},path=${value(path)},security_model=none,multidevs=remap${readOnly}`,
    ],
    ...['-device', `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`],
  ];
}

function port(name: string, fd: number): string[] {
  return [
    ...['-chardev', `socket,id=${name},fd=${fd}`],
    ...['-device', `virtserialport,chardev=${name},name=${name}`],
  ];
}

/** The netdev options of each NIC, in order. */
function netdevs(shape: Shape): string[] {
  const hub = (index: number) => `hubport,hubid=${index}`;
  return [
    ...shape.links.map(fd => `stream,server=off,addr.type=fd,addr.str=${fd}`),
    ...Array.from({ length: shape.nics }, () => hub(0)),
    ...Array.from({ length: shape.cables * 2 }, (_, end) => hub(1 + Math.floor(end / 2))),
  ];
}

const hexByte = (value: number) => value.toString(16).padStart(2, '0');

/** Each behind a port of its own, so that it can be unplugged. Bonding's 802.3ad wants a speed. */
function nics(shape: Shape): string[] {
  return netdevs(shape).flatMap((netdev, index) => {
    const address = `52:54:00:70:${hexByte(shape.index)}:${hexByte(index)}`;
    return [
      ...['-device', `pcie-root-port,id=port${index},chassis=${index + 1},slot=${index + 1}`],
      ...['-netdev', netdev.replace(',', `,id=net${index},`)],
      '-device',
      `virtio-net-pci,id=nic${index},netdev=net${index},bus=port${index},mac=${address},romfile=,speed=10000,duplex=full`,
    ];
  });
}

/** The program with its arguments, and what it needs in its environment. */
export function qemuCommand(
  trees: Trees,
  shape: Shape,
  fds: Descriptors,
): { argv: string[]; env: Record<string, string> } {
  const khz = tscKhz();
  const lib = join(trees.qemu, 'usr/lib/x86_64-linux-gnu');
  const data = join(trees.qemu, 'usr/share');
  const argv = [
    join(trees.qemu, 'usr/bin/qemu-system-x86_64'),
    ...['-L', join(data, 'qemu'), '-L', join(data, 'seabios')],
    ...['-name', shape.name, '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    // Never KVM: where the host is a guest itself it may start and then hang.
    ...['-machine', 'q35', '-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'Nehalem'],
    ...['-smp', String(shape.cpus), '-m', String(shape.memoryMib)],
    ...['-kernel', join(trees.kernel, 'vmlinux'), '-initrd', `/proc/self/fd/${fds.initrd}`],
    ...['-append', `${KERNEL_LINE} ${khz ? `tsc_early_khz=${khz} ` : ''}${shape.append}`.trim()],
    ...['-chardev', `socket,id=console,fd=${fds.console}`, '-serial', 'chardev:console'],
    ...folder('host', '/'),
    ...folder('tools', trees.guest),
    ...folder('modules', join(trees.kernel, 'lib/modules', kernelRelease(trees))),
    ...(shape.share === null ? [] : folder('share', shape.share, true)),
    ...['-device', 'virtio-serial-pci'],
    ...port('out', fds.out),
    ...port('err', fds.err),
    ...port('status', fds.status),
    ...port('mon', fds.monitorPort),
    ...['-chardev', `socket,id=monitor,fd=${fds.monitor}`, '-mon', 'chardev=monitor'],
    ...['-object', 'rng-random,id=rng,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=rng'],
    ...nics(shape),
    ...shape.qemu,
  ];
  return { argv, env: { LD_LIBRARY_PATH: lib, QEMU_MODULE_DIR: join(lib, 'qemu') } };
}

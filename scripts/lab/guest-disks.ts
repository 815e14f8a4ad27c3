/**
 * Disks that break, in a guest of scripts/vm: one of the kernel's own making (scsi_debug) with a bad sector, an array of two
 * in memory (md), an emulated NVMe controller (id nvme0 at QEMU) whose health gets worse, and file systems that the
 * kernel gives up to write.
 */
import { mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { monitor } from '../vm-lab/monitor.ts';
import { run } from './run.ts';
import { nowUs, until } from './wait.ts';

const WAIT_MS = 60_000;
const SCSI_DEBUG = '/sys/bus/pseudo/drivers/scsi_debug';

/** Sector that scsi_debug cannot read while it is to have errors, with nine after it. */
export const BAD_SECTOR = 0x1234;
const MEDIUM_ERRORS = 2;

/** Its name: sda. */
export async function addScsiDisk(): Promise<string> {
  // No udev: nothing loads the driver of SCSI disks when one comes.
  await run(['modprobe', 'sd_mod']);
  await run(['modprobe', 'scsi_debug', 'dev_size_mb=16', 'delay=0', 'ndelay=0']);
  const name = () => readdirSync('/sys/block').find(one => one.startsWith('sd'));
  return await until('the disk', name, WAIT_MS);
}

export const mediumErrors = (on: boolean) =>
  writeFileSync(`${SCSI_DEBUG}/opts`, `${on ? MEDIUM_ERRORS : 0}`);

/** Reads eight sectors past every cache; µs of CLOCK_MONOTONIC before and after, and whether it could. */
export async function readSectors(disk: string, sector: number) {
  const words = [`if=/dev/${disk}`, 'of=/dev/null', 'bs=512', `skip=${sector}`, 'count=8'];
  const from_us = nowUs();
  const { code } = await run(['dd', ...words, 'iflag=direct'], { mayFail: true });
  return { from_us, to_us: nowUs(), ok: code === 0 };
}

/** A disk is gone, as when its host adapter has lost it. */
export function removeScsiDisk(disk: string): number {
  const t_us = nowUs();
  writeFileSync(`/sys/block/${disk}/device/delete`, '1');
  return t_us;
}

export const ARRAY = 'md0';
const MEMBERS = ['ram0', 'ram1'];
const SPARE = 'ram2';
const MEMBER_KIB = 8192;

/** A mirror of two, in sync. */
export async function createArray(): Promise<void> {
  await run(['modprobe', '-a', 'raid1']);
  await run(['modprobe', 'brd', 'rd_nr=3', `rd_size=${MEMBER_KIB}`]);
  await run([
    ...['mdadm', '--create', `/dev/${ARRAY}`, '--run', '--level=1', '--raid-devices=2'],
    ...[
      '--metadata=1.2',
      '--assume-clean',
      '--bitmap=none',
      ...MEMBERS.map(name => `/dev/${name}`),
    ],
  ]);
}

/** A mirror of a disk that keeps nothing, so that it has a use. */
export async function mirrorOf(disk: string, array: string): Promise<void> {
  const members = [`/dev/${SPARE}`, `/dev/${disk}`];
  const words = [`/dev/${array}`, '--level=1', '--raid-devices=2', '--assume-clean', ...members];
  await run(['mdadm', '--build', ...words]);
}

/** md is told that a member has failed, as it finds by itself when a write to it does; µs before. */
export async function failMember(): Promise<number> {
  const t_us = nowUs();
  // By sysfs: a program takes a second to start.
  writeFileSync(`/sys/block/${ARRAY}/md/dev-${MEMBERS[1]}/state`, 'faulty');
  return t_us;
}

/** A new one in its place. */
export async function replaceMember(): Promise<number> {
  const member = `/dev/${MEMBERS[1]}`;
  await run(['mdadm', `/dev/${ARRAY}`, '--remove', member]);
  const t_us = nowUs();
  await run(['mdadm', `/dev/${ARRAY}`, '--add', member]);
  return t_us;
}

/** Bits of the critical warning (NVMe base 2.0, figure 207). */
export const WARNING = { spare: 1, temperature: 2, reliability: 4, readOnly: 8, backup: 16 };

/** What the controller's health log says from now on. */
export function setCriticalWarning(bits: number): number {
  const t_us = nowUs();
  const answer = monitor(`qom-set /machine/peripheral/nvme0 smart_critical_warning ${bits}`);
  if (answer !== '') throw new Error(`qom-set: ${answer}`);
  return t_us;
}

/** The controller may tell of it unasked; Linux leaves that off. */
export const enableHealthEvents = (controller: string) =>
  run(['nvme', 'set-feature', `/dev/${controller}`, '--feature-id=0xb', '--value=0x1f']);

export interface Mounted {
  point: string;
  /** loop0. */
  disk: string;
}

/** ext4 on a file, that becomes read-only when the kernel finds an error in it. */
export async function mountExt4(name: string): Promise<Mounted> {
  const image = `/run/${name}.img`;
  const point = `/mnt/${name}`;
  writeFileSync(image, '');
  truncateSync(image, 16 * 1024 * 1024);
  mkdirSync(point, { recursive: true });
  await run(['mkfs.ext4', '-q', '-F', image]);
  await run(['modprobe', '-a', 'loop', 'ext4']);
  const disk = (await run(['losetup', '--find', '--show', image])).stdout.trim();
  await run(['mount', '-t', 'ext4', '-o', 'errors=remount-ro', disk, point]);
  return { point, disk: disk.slice('/dev/'.length) };
}

/** The kernel finds an error in its structures. */
export function breakExt4({ disk }: Mounted): number {
  const t_us = nowUs();
  writeFileSync(`/sys/fs/ext4/${disk}/trigger_fs_error`, 'injected');
  return t_us;
}

/** Checked and mounted again; µs before. */
export async function mendExt4({ point, disk }: Mounted): Promise<number> {
  const t_us = nowUs();
  await run(['umount', point]);
  // 1: errors were mended.
  await run(['e2fsck', '-fy', `/dev/${disk}`], { mayFail: true });
  await run(['mount', '-t', 'ext4', '-o', 'errors=remount-ro', `/dev/${disk}`, point]);
  return t_us;
}

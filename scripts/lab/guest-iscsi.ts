/**
 * iSCSI by the kernel in a guest: LIO in the storage host's namespace, one portal group for each path (two-paths.ts); in
 * this one open-iscsi, and multipathd above its two disks.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { link, make, mountConfigfs, script, write } from './configfs.ts';
import type { Processes } from './processes.ts';
import { tail } from './processes.ts';
import { inNetns, run } from './run.ts';
import { PATHS, type Path, STORAGE, storageAddress } from './two-paths.ts';
import { until } from './wait.ts';

export const IQN = 'iqn.2026-01.lab.pathwarden:store';
export const MAP = 'mpatha';
const INITIATOR = 'iqn.2026-01.lab.pathwarden:compute';
const STORE = 'target/core/iblock_0/store';
const TARGET = `target/iscsi/${IQN}`;
const MIB = 16;

const group = (path: Path) => `${TARGET}/tpgt_${path + 1}`;
const portal = (path: Path) => `${storageAddress(path)}:3260`;

export async function startIscsiTarget(): Promise<void> {
  await run(['modprobe', '-a', 'target_core_iblock', 'iscsi_target_mod', 'iscsi_tcp', 'sd_mod']);
  await run(['modprobe', 'brd', 'rd_nr=2', `rd_size=${MIB * 1024}`]);
  await mountConfigfs();
  const groups = PATHS.flatMap(path => [
    make(`${group(path)}/np/${portal(path)}`),
    make(`${group(path)}/lun/lun_0`),
    link(STORE, `${group(path)}/lun/lun_0/store`),
    ...Object.entries({
      generate_node_acls: '1',
      cache_dynamic_acls: '1',
      demo_mode_write_protect: '0',
      authentication: '0',
    }).map(([name, value]) => write(`${group(path)}/attrib/${name}`, value)),
    enableLine(path, true),
  ]);
  const lines = [
    make(STORE),
    write(`${STORE}/control`, 'udev_path=/dev/ram1'),
    // Without one multipathd cannot tell that the two disks are the same.
    write(`${STORE}/wwn/vpd_unit_serial`, 'pathwarden-store'),
    write(`${STORE}/enable`, '1'),
    ...groups,
  ];
  await run(inNetns(STORAGE, script(lines)));
}

const enableLine = (path: Path, on: boolean) => write(`${group(path)}/enable`, on ? '1' : '0');

/** The portal group is shut, with its sessions, or takes logins again. */
export const openPortal = (path: Path, open: boolean) =>
  run(inNetns(STORAGE, script([enableLine(path, open)])));

const MULTIPATH_CONF = `defaults {
  user_friendly_names yes
  find_multipaths no
  polling_interval 1
  max_polling_interval 1
  fast_io_fail_tmo 1
}
overrides {
  no_path_retry 120
}
blacklist {
  devnode "^(ram|loop|nvme|vd)"
}
`;
/** Exit code of iscsiadm, ISCSI_ERR_SESS_EXISTS. */
const HAS_SESSION = 15;
/** A ping each second, whose answer may take as long; then a second more until I/O is given back (s). */
const ISCSID_CONF = `node.startup = manual
node.conn[0].timeo.noop_out_interval = 1
node.conn[0].timeo.noop_out_timeout = 1
node.session.timeo.replacement_timeout = 1
`;
/** Where others want the processors, too. */
const PATIENCE_MS = 180_000;

/** Logs in by both paths, and returns the multipath device that multipathd has made: its path in /dev. */
export async function connectIscsi(processes: Processes): Promise<string> {
  await run(['modprobe', '-a', 'dm_multipath', 'dm_service_time', 'scsi_dh_alua']);
  for (const folder of ['/etc/iscsi', '/run/lock/iscsi', '/var/lib/iscsi'])
    mkdirSync(folder, { recursive: true });
  writeFileSync('/etc/iscsi/initiatorname.iscsi', `InitiatorName=${INITIATOR}\n`);
  writeFileSync('/etc/iscsi/iscsid.conf', ISCSID_CONF);
  writeFileSync('/etc/multipath.conf', MULTIPATH_CONF);
  const udevd = await processes.start('udevd', ['/lib/systemd/systemd-udevd']);
  // An event that it did not hear is lost: multipathd looks at no disk that udevd has not looked at.
  await until('udevd', () => run(['udevadm', 'control', '--ping']), PATIENCE_MS);
  const iscsid = await processes.start('iscsid', ['iscsid', '-f']);
  for (const path of PATHS) await record(path);
  await until(
    'both logins',
    async () => {
      if (iscsid.exit) throw new Error(tail(iscsid));
      const { code, stderr } = await run(['iscsiadm', '-m', 'node', '-L', 'all'], {
        mayFail: true,
      });
      if (code !== 0 && code !== HAS_SESSION) throw new Error(stderr);
      return true;
    },
    PATIENCE_MS,
  );
  await until('both disks', () => disks().length === 2, PATIENCE_MS);
  await run(['udevadm', 'settle'], { timeoutMs: PATIENCE_MS });
  const multipathd = await processes.start('multipathd', ['multipathd', '-d']);
  await until(
    'a map of two paths',
    async () => {
      for (const one of [udevd, multipathd]) if (one.exit) throw new Error(tail(one));
      const made = readdirSync('/sys/block').some(
        name => name.startsWith('dm-') && readdirSync(`/sys/block/${name}/slaves`).length === 2,
      );
      if (!made) throw new Error(tail(multipathd));
      return true;
    },
    PATIENCE_MS,
    200,
  );
  const device = `/dev/mapper/${MAP}`;
  await until('udevd to name it', () => existsSync(device), PATIENCE_MS);
  return device;
}

const disks = (): string[] => readdirSync('/sys/block').filter(name => /^sd[a-z]+$/.test(name));

/** What `iscsiadm` would learn by discovery. */
const record = (path: Path) =>
  run(['iscsiadm', '-m', 'node', '-o', 'new', '-T', IQN, '-p', `${portal(path)},${path + 1}`]);

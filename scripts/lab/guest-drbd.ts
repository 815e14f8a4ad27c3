/**
 * DRBD in a guest, both ends of which are this kernel's: it knows no namespaces. So the storage host passes each end's
 * connections on to the other, from an address of its own: drbd0 talks with the storage host by the first path, drbd1 by the
 * second, and neither knows that it is the other whom it talks with.
 */
import { readFileSync } from 'node:fs';
import { inNetns, run } from './run.ts';
import { ownAddress, PATHS, type Path, STORAGE, storageAddress } from './two-paths.ts';
import { until } from './wait.ts';

const MIB = 16;
const PATIENCE_MS = 60_000;
export const DRBD_PORT = 7789;
export const drbdDisk = (path: Path) => `drbd${path}`;
export const drbdResource = (path: Path) => `store-${path}`;

const other = (path: Path): Path => (path === 0 ? 1 : 0);

const passOn = (path: Path) =>
  `ip daddr ${storageAddress(path)} tcp dport ${DRBD_PORT} ` +
  `dnat to ${ownAddress(other(path))}:${DRBD_PORT}`;

const RULES = `table ip drbd {
  chain before { type nat hook prerouting priority dstnat
    ${PATHS.map(passOn).join('\n    ')}
  }
  chain after { type nat hook postrouting priority srcnat
    masquerade
  }
}
`;

const setup = (words: readonly string[]) => run(['/lib/drbd/drbdsetup-84', ...words]);

/** Makes both ends. brd's disks must not be in use. */
export async function startDrbd(): Promise<void> {
  // Without a configuration drbdadm would refuse each resynchronisation that it is told of.
  await run(['modprobe', 'drbd', 'usermode_helper=/bin/true']);
  await run(['modprobe', '-a', 'nft_nat', 'nft_masq', 'nft_chain_nat']);
  await run(['modprobe', 'brd', 'rd_nr=2', `rd_size=${MIB * 1024}`]);
  await run(inNetns(STORAGE, ['sysctl', '-qw', 'net.ipv4.ip_forward=1']));
  await run(inNetns(STORAGE, ['nft', '-f', '-']), { input: RULES });
  for (const path of PATHS) {
    const disk = `/dev/ram${path}`;
    const device = String(path);
    await run(['drbdmeta', '--force', device, 'v08', disk, 'internal', 'create-md']);
    await setup(['new-resource', drbdResource(path)]);
    await setup(['new-minor', drbdResource(path), device, '0']);
    await setup(['attach', device, disk, disk, 'internal']);
  }
  for (const path of PATHS) await connectDrbd(path);
  await until(
    'both ends of DRBD',
    () => states().every(state => state === 'Connected'),
    PATIENCE_MS,
  );
  // Both disks are new: there is nothing to be copied.
  await setup(['new-current-uuid', '0', '--clear-bitmap']);
  await setup(['primary', '0']);
}

/** Of the connections, as the kernel names them. */
const states = (): string[] =>
  [...readFileSync('/proc/drbd', 'utf8').matchAll(/^ *\d+: cs:(\S+)/gm)].map(found => found[1]!);

async function connectDrbd(path: Path): Promise<void> {
  const own = `ipv4:${ownAddress(path)}:${DRBD_PORT}`;
  const far = `ipv4:${storageAddress(path)}:${DRBD_PORT}`;
  const patience = ['--ping-int=1', '--ping-timeout=5', '--connect-int=1', '--timeout=9'];
  await setup(['connect', drbdResource(path), own, far, '--protocol=C', ...patience]);
}

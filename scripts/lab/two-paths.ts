/**
 * In a guest of scripts/vm with `--cables 2`: two ways from this host to a storage host in a namespace of its own. This host
 * is the guest's first namespace, as the kernel's own initiators connect from no other.
 */
import { setLink } from '../vm-lab/monitor.ts';
import { BOND, type BondOptions, createBond, SWITCH } from './bond.ts';
import type { Processes } from './processes.ts';
import { inNetns, run } from './run.ts';

/** The first namespace by that name, so that whatever takes a name can take it. */
export const COMPUTE = 'compute';
export const STORAGE = 'storage';

/**
 * nics: each cable is a network of its own. bond: both are members of an active-backup bond, and both addresses of the
 * storage host are behind it.
 */
export type Wiring = 'nics' | 'bond';

export type Path = 0 | 1;
export const PATHS: readonly Path[] = [0, 1];

/** Our NIC, and the one at the far end of its cable. */
export const CABLES = [
  ['nic0', 'nic1'],
  ['nic2', 'nic3'],
] as const;
export const BOND_OPTIONS: BondOptions = { kind: 'miimon', wiring: { cables: CABLES } };

export const ownAddress = (path: Path) => `10.81.${path + 1}.1`;
export const storageAddress = (path: Path) => `10.81.${path + 1}.2`;

const ip = (netns: string, lines: readonly string[]) =>
  run(['ip', '-n', netns, '-batch', '-'], { input: `${lines.join('\n')}\n` });

/** Makes it all, and waits until the links are up. */
export async function createTwoPaths(wiring: Wiring, processes: Processes): Promise<void> {
  await run(['ip', 'netns', 'attach', COMPUTE, '1']);
  await run(['ip', 'netns', 'add', STORAGE]);
  await ip(STORAGE, ['link set lo up']);
  if (wiring === 'bond') {
    await createBond(COMPUTE, STORAGE, BOND_OPTIONS, processes);
    await addAddresses(BOND, SWITCH);
    return;
  }
  await ip(
    COMPUTE,
    CABLES.map(([, far]) => `link set ${far} netns ${STORAGE}`),
  );
  await addAddresses(null, null);
  await ip(
    COMPUTE,
    CABLES.map(([near]) => `link set ${near} up`),
  );
  await ip(
    STORAGE,
    CABLES.map(([, far]) => `link set ${far} up`),
  );
}

/** null: each on its own cable. */
async function addAddresses(near: string | null, far: string | null): Promise<void> {
  for (const path of PATHS) {
    await ip(COMPUTE, [`address add ${ownAddress(path)}/24 dev ${near ?? CABLES[path][0]}`]);
    await ip(STORAGE, [`address add ${storageAddress(path)}/24 dev ${far ?? CABLES[path][1]}`]);
  }
}

/** The cable is pulled, or is back: both ends see it. */
export function plug(path: Path, on: boolean): void {
  for (const nic of CABLES[path]) setLink(nic, on);
}

const tc = (words: string) => run(inNetns(STORAGE, ['tc', ...words.split(' ')]));

/**
 * What is sent by this cable is lost both ways, and its link stays up. By netem on the way back: TCP hears of a packet that
 * is dropped elsewhere on its own host.
 */
export async function blackhole(path: Path, on: boolean): Promise<void> {
  const [, far] = CABLES[path];
  if (on) {
    await tc(`qdisc add dev ${far} ingress`);
    await tc(`filter add dev ${far} ingress protocol all matchall action drop`);
    await tc(`qdisc add dev ${far} root netem loss 100%`);
  } else {
    await tc(`qdisc del dev ${far} ingress`);
    await tc(`qdisc del dev ${far} root`);
  }
}

/** The storage host answers ARP, and hears nothing else: its links pass packets, and its targets do not live. */
export async function deafen(on: boolean): Promise<void> {
  for (const [, far] of CABLES) {
    await tc(`qdisc ${on ? 'add' : 'del'} dev ${far} ingress`);
    if (on) await tc(`filter add dev ${far} ingress protocol ip matchall action drop`);
  }
}

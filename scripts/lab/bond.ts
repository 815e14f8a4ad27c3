/**
 * The lab's network with a bond or a team in place of the routed legs: for a guest of scripts/vm, as this needs a kernel
 * with bonding. Where the far ends are the host chooses (`wiring`).
 */
import { COMPUTE_ADDRESS, STORAGE_ADDRESS } from './network.ts';
import { type Processes, type Running, tail } from './processes.ts';
import { run } from './run.ts';
import { until } from './wait.ts';

export const BOND = 'bond0';
export const TEAM = 'team0';
/** The storage host's switch, where the members are cabled to one. */
export const SWITCH = 'sw0';

export type BondKind =
  /** active-backup, members watched by their carrier each 100 ms. */
  | 'miimon'
  /** active-backup, members watched by whether ARP requests are answered, each 100 ms. */
  | 'arp'
  /** 802.3ad, rate fast. */
  | 'lacp'
  /** teamd's runner activebackup. */
  | 'team';

/**
 * hub: nic0 and nic1 of the guest are the members, nic2 is the storage host's, all on one hub (`--nics 3`).
 * veth: two veth cables.
 * cables: the guest's own, `--cables 2`: both ends lose the carrier when cut at both.
 * At the far end of veth and cables, with LACP, is a bond; else a switch, which goes on sending to where it last saw us.
 */
export type Wiring = 'hub' | 'veth' | { cables: readonly [Cable, Cable] };
/** Near end and far end. */
export type Cable = readonly [near: string, far: string];

export interface BondOptions {
  kind: BondKind;
  /** Default: hub, with LACP veth. */
  wiring?: Wiring;
  /** The service addresses are on this VLAN over the bond. */
  vlan?: number;
  /** The service addresses are routed, each by the other host for a gateway (GATEWAYS); all else goes to NOBODY. */
  routed?: boolean;
}

/** In a network of their own: ours, and the storage host's. */
export const GATEWAYS = ['10.77.8.1', '10.77.8.254'] as const;
/** Default gateway of both: there is none. */
export const NOBODY = '10.77.8.253';

const VETH: readonly [Cable, Cable] = [
  ['c-a', 's-0'],
  ['c-b', 's-1'],
];

/** Path group of the compute host, as the agent names it. */
export const bondGroup = ({ kind }: BondOptions): string =>
  kind === 'team' ? `team:${TEAM}` : `bond:${BOND}`;

/** The cables; null: there is a hub. */
function cablesOf({ kind, wiring }: BondOptions): readonly [Cable, Cable] | null {
  if (typeof wiring === 'object') return wiring.cables;
  return (wiring ?? (kind === 'lacp' ? 'veth' : 'hub')) === 'veth' ? VETH : null;
}

/** The compute host's members. */
export function membersOf(options: BondOptions): readonly [string, string] {
  const cables = cablesOf(options);
  return cables === null ? ['nic0', 'nic1'] : [cables[0][0], cables[1][0]];
}

/** Not a constant: the address comes from a file that imports this one. */
const parametersOf = (kind: Exclude<BondKind, 'team'>): string =>
  ({
    miimon: 'mode active-backup miimon 100',
    // Any answer will do: the one that waits hears the requests of the other.
    arp: `mode active-backup arp_interval 100 arp_ip_target ${STORAGE_ADDRESS}`,
    lacp: 'mode 802.3ad miimon 100 lacp_rate fast xmit_hash_policy layer3+4',
  })[kind];

/** One join of `ip -batch` lines in a namespace; null: the guest's own. */
export const ipBatch = (netns: string | null, lines: readonly string[]) =>
  run(['ip', ...(netns === null ? [] : ['-n', netns]), '-batch', '-'], {
    input: `${lines.join('\n')}\n`,
  });

/** Makes everything between two namespaces, with the service addresses on it, and waits until all members are used. */
export async function createBond(
  compute: string,
  storage: string,
  options: BondOptions,
  processes: Processes,
): Promise<void> {
  const { kind } = options;
  const modules = kind === 'team' ? ['team', 'team_mode_activebackup'] : ['bonding'];
  await run(['modprobe', '-a', ...modules]);
  await plug(compute, storage, options);
  await createFarEnd(storage, options);
  if (kind === 'team') await startTeam(compute, membersOf(options), processes);
  else await ipBatch(compute, bondLines(kind, membersOf(options)));
  const master = kind === 'team' ? TEAM : BOND;
  await ipBatch(compute, serviceLines(master, options, COMPUTE_ADDRESS, STORAGE_ADDRESS));
  const far = cablesOf(options)?.map(cable => cable[1]) ?? [];
  await until(
    `all members of ${master} and what is at their far ends`,
    async () => (await joined(compute, membersOf(options))) && (await joined(storage, far)),
    20_000,
    100,
  );
}

/** Takes all of it away again; the NICs stay where they are, for another bond. */
export async function removeBond(
  compute: string,
  storage: string,
  options: BondOptions,
  processes: Processes,
): Promise<void> {
  for (const teamd of processes.running.filter(({ name }) => name === TEAM))
    await processes.stop(teamd);
  const far = (await links(storage)).filter(({ ifname }) => /^(bond|sw)\d$/.test(ifname));
  await ipBatch(storage, [
    ...far.map(({ ifname }) => `link delete ${ifname}`),
    ...(cablesOf(options) === null ? ['address flush dev nic2', 'link set nic2 down'] : []),
  ]);
  if (options.kind !== 'team') await ipBatch(compute, [`link delete ${BOND}`]);
  await ipBatch(
    compute,
    membersOf(options).map(name => `link set ${name} down`),
  );
}

/** Moves the NICs to their hosts, or makes them; they may be there already. */
async function plug(compute: string, storage: string, options: BondOptions): Promise<void> {
  const cables = cablesOf(options);
  const here = new Set((await links(null)).map(({ ifname }) => ifname));
  if (cables === VETH)
    return void (await ipBatch(
      compute,
      VETH.map(([near, far]) => `link add ${near} type veth peer name ${far} netns ${storage}`),
    ));
  const near = membersOf(options);
  const far = cables === null ? ['nic2'] : cables.map(cable => cable[1]);
  await ipBatch(null, [
    ...near.filter(nic => here.has(nic)).map(nic => `link set ${nic} netns ${compute}`),
    ...far.filter(nic => here.has(nic)).map(nic => `link set ${nic} netns ${storage}`),
  ]);
}

async function createFarEnd(storage: string, options: BondOptions): Promise<void> {
  const cables = cablesOf(options);
  const ends = cables?.map(cable => cable[1]) ?? [];
  const device = cables === null ? 'nic2' : options.kind === 'lacp' ? BOND : SWITCH;
  if (device === BOND) await ipBatch(storage, bondLines('lacp', ends));
  if (device === SWITCH)
    await ipBatch(storage, [
      `link add ${SWITCH} type bridge forward_delay 0`,
      ...ends.map(name => `link set ${name} master ${SWITCH} up`),
    ]);
  await ipBatch(storage, serviceLines(device, options, STORAGE_ADDRESS, COMPUTE_ADDRESS));
}

const bondLines = (kind: Exclude<BondKind, 'team'>, members: readonly string[]): string[] => [
  `link add ${BOND} type bond ${parametersOf(kind)}`,
  ...members.map(name => `link set ${name} down`),
  ...members.map(name => `link set ${name} master ${BOND}`),
];

/** quickack: as on routed legs (network.ts). */
function serviceLines(device: string, options: BondOptions, own: string, far: string): string[] {
  const { vlan, routed } = options;
  const top = vlan === undefined ? device : `${device}.${vlan}`;
  const [near, gateway] = own === COMPUTE_ADDRESS ? GATEWAYS : [...GATEWAYS].reverse();
  return [
    ...(vlan === undefined ? [] : [`link add link ${device} name ${top} type vlan id ${vlan}`]),
    ...(routed ? [`address add ${near}/24 dev ${top}`] : []),
    `address add ${own}/${routed ? 32 : 24} dev ${top}`,
    `link set ${device} up`,
    ...(vlan === undefined ? [] : [`link set ${top} up`]),
    `route add ${far}/32 ${routed ? `via ${gateway} ` : ''}dev ${top} src ${own} quickack 1`,
    ...(routed ? [`route add default via ${NOBODY} dev ${top}`] : []),
  ];
}

async function startTeam(
  netns: string,
  members: readonly string[],
  processes: Processes,
): Promise<void> {
  const config = {
    device: TEAM,
    runner: { name: 'activebackup' },
    link_watch: { name: 'ethtool' },
    ports: Object.fromEntries(members.map(name => [name, {}])),
  };
  const teamd: Running = await processes.start(TEAM, ['teamd', '-c', JSON.stringify(config)], {
    netns,
  });
  await until('teamd', async () => {
    if (teamd.exit) throw new Error(tail(teamd));
    return (await run(['ip', '-n', netns, 'link', 'show', TEAM], { mayFail: true })).code === 0;
  });
}

interface Link {
  ifname: string;
  master?: string;
  flags: string[];
  linkinfo?: {
    info_data?: { active_slave?: string };
    info_slave_data?: { mii_status: string; ad_actor_oper_port_state?: number };
  };
}

async function links(netns: string | null): Promise<Link[]> {
  const where = netns === null ? [] : ['-n', netns];
  return JSON.parse((await run(['ip', ...where, '-d', '-j', 'link', 'show'])).stdout);
}

/** State octet of an 802.3ad port (IEEE 802.1AX, 6.4.2.3) that collects and distributes in sync with its partner. */
const DISTRIBUTING = 0x3f;

/** Does every one of these have its link, in the bond's own judgement, too? */
async function joined(netns: string, members: readonly string[]): Promise<boolean> {
  const all = await links(netns);
  return members.every(name => {
    const member = all.find(({ ifname }) => ifname === name);
    const { mii_status = 'UP', ad_actor_oper_port_state: state = DISTRIBUTING } =
      member?.linkinfo?.info_slave_data ?? {};
    const up = mii_status === 'UP' && state === DISTRIBUTING;
    return member?.master !== undefined && member.flags.includes('LOWER_UP') && up;
  });
}

/** The member that an active-backup bond uses now; null: none. */
export async function activeMember(netns: string): Promise<string | null> {
  const bond = (await links(netns)).find(l => l.ifname === BOND);
  return bond?.linkinfo?.info_data?.active_slave ?? null;
}

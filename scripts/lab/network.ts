/**
 * The lab's network: the namespaces "compute" and "storage" with two veth legs and ECMP routes between two service
 * addresses, and "vim" with the webhook receiver, reached over a link of its own.
 *
 * Equal ifindexes on both ends of a cable make a veth behave as a real NIC does: linkwatch takes its carrier events for
 * not urgent (ifindex == iflink) and lets one through per second.
 */
import { type BondOptions, createBond } from './bond.ts';
import { startCables } from './cable.ts';
import type { Processes } from './processes.ts';
import { inNetns, run } from './run.ts';

export const COMPUTE_ADDRESS = '10.77.9.1';
export const STORAGE_ADDRESS = '10.77.9.2';

export interface NetworkOptions {
  /**
   * direct: one cable per leg, both ends lose the carrier together. bridge: one switch per leg, the far end keeps it. tap:
   * as direct, with NICs whose carrier can be taken (cable.c), and with equal indexes whatever is said.
   */
  cabling: 'direct' | 'bridge' | 'tap';
  /** route: multipath routes; nexthop: nexthop objects in a group. */
  hops: 'route' | 'nexthop';
  /** True: as real NICs behave. */
  equalIndexes: boolean;
  /** net.ipv4.fib_multipath_hash_seed of compute and storage (kernel >= 6.11); null: both share the boot's seed. */
  hashSeeds: readonly [number, number] | null;
  ipv6: boolean;
  /** A bond or team in place of the routed legs (bond.ts); of the options above only hashSeeds counts then. */
  bond: BondOptions | null;
}

export const DEFAULT_NETWORK: NetworkOptions = {
  cabling: 'direct',
  hops: 'route',
  equalIndexes: true,
  hashSeeds: null,
  ipv6: false,
  bond: null,
};

export interface LabLeg {
  id: 'a' | 'b';
  compute: string;
  storage: string;
}

export const LEGS: readonly LabLeg[] = [
  { id: 'a', compute: 'c-a', storage: 's-a' },
  { id: 'b', compute: 'c-b', storage: 's-b' },
];

export interface Network {
  compute: string;
  storage: string;
  vim: string;
  namespaces: string[];
  options: NetworkOptions;
}

/** Where each host finds the receiver. */
export const VIM_ADDRESS = {
  compute: '10.77.201.2',
  storage: '10.77.202.2',
} as const;

/** Names of the namespaces of a run; the suffix makes them unique on the machine. */
export function namespaceNames(suffix: string): string[] {
  return ['compute', 'storage', 'vim', 'switch'].map(role => `pw-${role}-${suffix}`);
}

const ip = (netns: string, lines: string[]) =>
  run(['ip', '-n', netns, '-batch', '-'], { input: `${lines.join('\n')}\n` });

/** Makes it all. On an error the caller removes the namespaces, which removes everything in them. */
export async function createNetwork(
  suffix: string,
  options: NetworkOptions,
  processes: Processes,
): Promise<Network> {
  const [compute, storage, vim, middle] = namespaceNames(suffix) as [
    string,
    string,
    string,
    string,
  ];
  const bridged = options.cabling === 'bridge';
  const namespaces = [compute, storage, vim, ...(bridged ? [middle] : [])];
  await run(['ip', '-batch', '-'], {
    input: namespaces.map(n => `netns add ${n}\n`).join(''),
  });
  await Promise.all(
    namespaces.map(async n => {
      const seed = {
        [compute]: options.hashSeeds?.[0],
        [storage]: options.hashSeeds?.[1],
      }[n];
      // Before the links exist: a device takes `default` when it is made.
      await run(
        inNetns(n, [
          'sysctl',
          '-qw',
          'net.ipv4.conf.all.ignore_routes_with_linkdown=1',
          'net.ipv4.conf.default.ignore_routes_with_linkdown=1',
          'net.ipv6.conf.all.ignore_routes_with_linkdown=1',
          'net.ipv6.conf.default.ignore_routes_with_linkdown=1',
          'net.ipv6.conf.default.accept_dad=0',
          'net.ipv6.conf.all.accept_dad=0',
          'net.ipv4.fib_multipath_hash_policy=1',
          'net.ipv6.fib_multipath_hash_policy=1',
          ...(seed === undefined ? [] : [`net.ipv4.fib_multipath_hash_seed=${seed}`]),
        ]),
      );
      await ip(n, ['link set lo up']);
    }),
  );
  await connectVim(compute, storage, vim);
  if (options.bond) await createBond(compute, storage, options.bond, processes);
  else {
    await connectLegs(compute, storage, bridged ? middle : null, options, processes);
    // All ends are up before the first route: a next hop is refused while its carrier is down.
    for (const lines of [
      deviceLines,
      ...(options.cabling === 'tap' ? [carrierLines] : []),
      routeLines,
    ]) {
      await ip(compute, lines('compute', options));
      await ip(storage, lines('storage', options));
    }
  }
  return { compute, storage, vim, namespaces, options };
}

/** Makes the legs, down and without addresses. middle: the namespace of the switches, null: there are none. */
async function connectLegs(
  compute: string,
  storage: string,
  middle: string | null,
  options: NetworkOptions,
  processes: Processes,
): Promise<void> {
  if (options.cabling === 'tap') {
    const end = (netns: string, name: string) => ({ netns, name });
    const cables = LEGS.map(leg => [end(compute, leg.compute), end(storage, leg.storage)] as const);
    await startCables(processes, cables);
    return;
  }
  for (const [i, leg] of LEGS.entries()) {
    const c = 31 + i;
    const s = options.equalIndexes ? c : c + 10;
    if (middle !== null) {
      const far = (index: number) => (options.equalIndexes ? index : index + 60);
      // In the switch's namespace the two ends of a leg need two numbers, so storage counts from 41 here.
      const port = c + 10;
      await ip(middle, [
        `link add br-${leg.id} type bridge forward_delay 0`,
        `link set br-${leg.id} up`,
      ]);
      await ip(compute, [
        `link add ${leg.compute} index ${c} type veth peer name p-c-${leg.id} netns ${middle} index ${far(c)}`,
      ]);
      await ip(storage, [
        `link add ${leg.storage} index ${port} type veth peer name p-s-${leg.id} netns ${middle} index ${far(port)}`,
      ]);
      await ip(
        middle,
        ['c', 's'].map(side => `link set p-${side}-${leg.id} master br-${leg.id} up`),
      );
    } else {
      await ip(compute, [
        `link add ${leg.compute} index ${c} type veth peer name ${leg.storage} netns ${storage} index ${s}`,
      ]);
    }
  }
}

/** The receiver's own link to each host. */
async function connectVim(compute: string, storage: string, vim: string): Promise<void> {
  await ip(vim, [
    `link add m-c index 61 type veth peer name mgmt netns ${compute} index 71`,
    `link add m-s index 62 type veth peer name mgmt netns ${storage} index 72`,
    `address add ${VIM_ADDRESS.compute}/30 dev m-c`,
    `address add ${VIM_ADDRESS.storage}/30 dev m-s`,
    'link set m-c up',
    'link set m-s up',
  ]);
  await ip(compute, ['address add 10.77.201.1/30 dev mgmt', 'link set mgmt up']);
  await ip(storage, ['address add 10.77.202.1/30 dev mgmt', 'link set mgmt up']);
}

/** Numbers of a host's own and the other host's end: 10.77.<leg>.<end>. */
const ends = (host: 'compute' | 'storage') =>
  host === 'compute' ? { own: 1, far: 2 } : { own: 2, far: 1 };

/** `ip -batch` lines that give a host's devices their addresses and set them up. */
function deviceLines(host: 'compute' | 'storage', options: NetworkOptions): string[] {
  const { own } = ends(host);
  return [
    ...LEGS.flatMap((leg, i) => [
      `address add 10.77.${i + 1}.${own}/30 dev ${leg[host]}`,
      ...(options.ipv6 ? [`address add fd77:${i + 1}::${own}/64 dev ${leg[host]} nodad`] : []),
      `link set ${leg[host]} up`,
    ]),
    `address add 10.77.9.${own}/32 dev lo`,
    ...(options.ipv6 ? [`address add fd77:9::${own}/128 dev lo nodad`] : []),
  ];
}

/** A tap's operational state is UNKNOWN until its first carrier event, and never again. */
const carrierLines = (host: 'compute' | 'storage'): string[] =>
  LEGS.flatMap(leg => ['off', 'on'].map(carrier => `link set ${leg[host]} carrier ${carrier}`));

/** And those that make its group of legs. quickack: tgtd corks its answers, and with delayed ACKs a healthy session pauses 40 ms now and then. */
function routeLines(host: 'compute' | 'storage', options: NetworkOptions): string[] {
  const { own, far } = ends(host);
  const via = LEGS.map((leg, i) => `via 10.77.${i + 1}.${far} dev ${leg[host]}`);
  const via6 = LEGS.map((leg, i) => `via fd77:${i + 1}::${far} dev ${leg[host]}`);
  const multipath = (hops: string[]) => hops.map(hop => `nexthop ${hop}`).join(' ');
  const service = `10.77.9.${far}/32 src 10.77.9.${own} quickack 1`;
  return [
    ...(options.hops === 'route'
      ? [`route add ${service} ${multipath(via)}`]
      : [
          ...via.map((hop, i) => `nexthop add id ${i + 1} ${hop}`),
          'nexthop add id 10 group 1/2',
          `route add ${service} nhid 10`,
        ]),
    ...(options.ipv6
      ? [`route add fd77:9::${far}/128 src fd77:9::${own} quickack 1 ${multipath(via6)}`]
      : []),
  ];
}

/** Deletes the namespaces that are there. A process left inside one would keep it alive without a name: kill those first. */
export async function deleteNamespaces(names: readonly string[]): Promise<void> {
  const there = (await run(['ip', 'netns', 'list'])).stdout.split('\n').map(l => l.split(' ')[0]);
  for (const name of names) if (there.includes(name)) await run(['ip', 'netns', 'del', name]);
}

/** One line per address, route, nexthop and link: what a drill must leave as it found it. Counters and timers are left out. */
export async function routingState(netns: string): Promise<string> {
  const parts = await Promise.all(
    [
      ['-o', 'addr', 'show'],
      ['route', 'show', 'table', 'all'],
      ['-6', 'route', 'show', 'table', 'all'],
      ['nexthop', 'show'],
      ['-o', 'link', 'show'],
    ].map(async words => (await run(['ip', '-n', netns, ...words])).stdout),
  );
  return parts
    .join('')
    .split('\n')
    .map(line =>
      line
        .replace(/(valid|preferred)_lft \S+/g, '')
        .replace(/expires \S+/g, '')
        .trim(),
    )
    .filter(line => line !== '' && !/^(multicast|ff00)/.test(line))
    .sort()
    .join('\n');
}

/** The leg (device) by which the kernel sends a TCP connection's packets from this host now. */
export async function legOf(
  netns: string,
  flow: { source: string; target: string; sport: number; dport: number },
): Promise<string> {
  const { stdout } = await run([
    ...['ip', '-n', netns, '-o', 'route', 'get', flow.target, 'from', flow.source],
    ...['ipproto', 'tcp', 'sport', String(flow.sport), 'dport', String(flow.dport)],
  ]);
  const dev = / dev (\S+)/.exec(stdout)?.[1];
  if (dev === undefined) throw new Error(`no device in: ${stdout}`);
  return dev;
}

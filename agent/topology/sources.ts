/** The helper's sources: what each of them tells of, and which ones a host may do without. */
import type { HelperEntry } from './state.ts';

/** What is told of single devices. */
export const deviceKinds = ['lacp', 'team', 'mode', 'errors', 'module'] as const;

/** Storage that is no connection. */
export const storageKinds = ['session', 'disk', 'io', 'map'] as const;

/** Hardware that there is; each is a type of frame. */
export const hardwareKinds = [
  ...(['pci_device', 'processors', 'memory', 'md', 'mount', 'power_supply', 'watchdog'] as const),
  ...(['reading', 'hwmon', 'edac'] as const),
] as const;

/** Things that a source tells of and whose snapshots are complete or not. */
export const kinds = [
  'link',
  'address',
  'route',
  'nexthop',
  'carrier',
  'flow',
  'probe',
  'bfd',
  'steering',
  ...deviceKinds,
  ...storageKinds,
  ...hardwareKinds,
] as const;
export type Kind = (typeof kinds)[number];

/** The source that is a process of its own: what becomes of the helper is nothing to it. */
export const READER = 'reader';

/** Which kinds a source's snapshot names completely. */
const covered: Readonly<Record<string, readonly Kind[]>> = {
  rtnl: ['link', 'address', 'route', 'nexthop'],
  link: ['link'],
  address: ['address'],
  route: ['route'],
  nexthop: ['nexthop'],
  carrier: ['carrier'],
  tcp: ['flow'],
  prober: ['probe'],
  bfd: ['bfd'],
  steering: ['steering'],
  // Of events alone: their snapshots name nothing.
  bond: [],
  netdev: [],
  nexthops: [],
  lacp: ['lacp'],
  team: ['team'],
  ethtool: ['mode', 'errors', 'module'],
  session: ['session'],
  disk: ['disk'],
  block: ['io'],
  multipath: ['map'],
  ras: [],
  hwevents: [],
  kmsg: [],
  pci: ['pci_device'],
  processors: ['processors', 'memory'],
  md: ['md'],
  mount: ['mount'],
  supply: ['power_supply', 'watchdog'],
  [READER]: ['reading', 'hwmon', 'edac'],
};

export const kindsOf = (source: string): readonly Kind[] => covered[source] ?? [];
export const isSource = (name: string): boolean => Object.hasOwn(covered, name);

/** Without one of these a host is not watched. */
const essential: readonly string[] = ['rtnl', 'carrier', 'tcp', 'prober'];
/** A host may do without: it has no team, its kernel no ethtool netlink, its storage no block device, its legs no BFD,
 * its kernel no machine checks. */
export const optionalSources: readonly string[] = [
  ...['bond', 'team', 'lacp', 'ethtool', 'netdev', 'bfd', 'steering', 'nexthops'],
  ...['session', 'disk', 'block', 'multipath'],
  ...['ras', 'hwevents', 'kmsg', 'pci', 'processors', 'md', 'mount', 'supply'],
];

/** The sources that can be lost as a whole. */
export const sources = [...essential, ...optionalSources];

/** Those that this helper has, and sees by. */
export function sourcesOf(helper: HelperEntry | null): string[] {
  const sees = (name: string) =>
    helper?.sources.some(one => one.name === name && one.state !== 'absent');
  return sources.filter(name => essential.includes(name) || sees(name));
}

/** What decides how soon a multipath route leaves a leg. */
import { numberSetting, type Tree } from '../tree.ts';
import { known, plain, type Value } from '../value.ts';
import { atLeast } from './kernel.ts';

export type Family = 4 | 6;

export interface RoutedLeg {
  ifname: string;
  /** Next hops whose link is down are passed over. */
  ignores_linkdown: Value<boolean>;
  /** Neighbour timing: ms, s, count, ms. */
  reachable_time: Value<number>;
  delay_first_probe: Value<number>;
  ucast_solicit: Value<number>;
  retrans_time: Value<number>;
}

export interface Routing {
  family: Family;
  legs: RoutedLeg[];
  /** IPv4 only: next hops whose neighbour has failed are passed over. */
  use_neigh: Value<number>;
  hash_policy: Value<number>;
}

export function readRouting(
  tree: Tree,
  family: Family,
  ifnames: string[],
  kernel: Value<string>,
): Routing {
  const folder = `/proc/sys/net/ipv${family}`;
  return {
    family,
    legs: ifnames.map(ifname => {
      const neighbour = `${folder}/neigh/${ifname}`;
      return {
        ifname,
        ignores_linkdown: ignoresLinkdown(tree, folder, ifname, kernel),
        reachable_time: numberSetting(tree, `${neighbour}/base_reachable_time_ms`),
        delay_first_probe: numberSetting(tree, `${neighbour}/delay_first_probe_time`),
        ucast_solicit: numberSetting(tree, `${neighbour}/ucast_solicit`),
        retrans_time: numberSetting(tree, `${neighbour}/retrans_time_ms`),
      };
    }),
    use_neigh: numberSetting(tree, `${folder}/fib_multipath_use_neigh`, 0, 1),
    hash_policy: numberSetting(tree, `${folder}/fib_multipath_hash_policy`, 0, 3),
  };
}

/** conf/all counts for every device since Linux 5.11 (commit c0c5a60f0f13); before, the device's own alone. */
function ignoresLinkdown(
  tree: Tree,
  folder: string,
  ifname: string,
  kernel: Value<string>,
): Value<boolean> {
  const file = (name: string) => `${folder}/conf/${name}/ignore_routes_with_linkdown`;
  const all = numberSetting(tree, file('all'), 0, 1);
  if (plain(all) === 1 && atLeast(kernel, 5, 11)) return known(true, all.file);
  const own = numberSetting(tree, file(ifname), 0, 1);
  return own.state === 'known' ? { ...own, value: own.value === 1 } : own;
}

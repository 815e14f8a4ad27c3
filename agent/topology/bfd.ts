/** BFD sessions: which ones the helper is to run, and what it last said of each. */
import type { FrameOf, HelperRequest } from '../wire.ts';
import { sourceTowards } from './addresses.ts';
import type { BfdEnds, BfdEntry, LinkEntry, Topology } from './state.ts';
import { tableDelete, tableGet, tableSet, tableValues } from './table.ts';

type Wish = Topology['options']['bfd'][number];
export type BfdRequest = Extract<HelperRequest, { type: 'configure' }>['data']['bfd'][number];

/** A leg has one session with each other end. */
export const bfdKey = ({ ifindex, remote }: Pick<BfdEntry, 'ifindex' | 'remote'>): string =>
  `${ifindex} ${remote}`;

/** What a `bfd` frame says; not of one that is gone. */
export function takeBfd(topology: Topology, data: FrameOf<'bfd'>['data']): Topology {
  const key = bfdKey(data);
  const before = tableGet(topology.bfd, key);
  const { ifindex, remote, state, remote_state, diagnostic, since_us, detect_us, t_us: t } = data;
  const was_up = before !== undefined && !before.stale && before.came_up;
  const entry: BfdEntry = {
    ...{ ifindex, remote, state, remote_state, diagnostic, since_us, detect_us, t },
    came_up: state === 'up' || was_up,
    stale: false,
  };
  const effect = { ...topology.effect, bfd: [...topology.effect.bfd, key] };
  return { ...topology, bfd: tableSet(topology.bfd, key, entry), effect };
}

/** It goes to the effect. */
export function dropBfd(topology: Topology, key: string): Topology {
  const before = tableGet(topology.bfd, key);
  if (before === undefined) return topology;
  const { gone } = topology.effect;
  const effect = { ...topology.effect, gone: { ...gone, bfd: [...gone.bfd, before] } };
  return { ...topology, bfd: tableDelete(topology.bfd, key), effect };
}

/**
 * Finds the leg and the own address of each configured session. What was found once stays while nothing better is:
 * IPv6 loses its addresses with the link, and the session has to tell of that very loss.
 */
export function resolveBfd(topology: Topology): Topology {
  if (topology.options.bfd.length === 0) return topology;
  const links = new Map([...tableValues(topology.links)].map(link => [link.name, link]));
  let ends: BfdEnds = topology.bfd_ends;
  for (const wish of topology.options.bfd) {
    const key = wishKey(wish);
    const known = ends[key];
    const found = endsOf(topology, wish, links.get(wish.leg));
    if (found === null) continue;
    if (found.ifindex === known?.ifindex && found.local === known.local) continue;
    ends = { ...ends, [key]: found };
  }
  return ends === topology.bfd_ends ? topology : { ...topology, bfd_ends: ends };
}

const wishKey = ({ leg, remote }: Wish): string => `${leg} ${remote}`;

function endsOf(
  topology: Topology,
  { remote, local: wanted }: Wish,
  link: LinkEntry | undefined,
): BfdEnds[string] | null {
  if (link === undefined) return null;
  const devices = [link.ifindex, link.master_ifindex].filter(one => one !== null);
  const own = devices.flatMap(one => sourceTowards(topology, one, remote) ?? [])[0];
  const local = wanted ?? own;
  return local === undefined ? null : { ifindex: link.ifindex, local };
}

/** What the helper is asked for, in the order of the configuration. */
export function bfdRequests(topology: Topology): BfdRequest[] {
  return topology.options.bfd.flatMap(wish => {
    const ends = topology.bfd_ends[wishKey(wish)];
    if (ends === undefined) return [];
    const { remote, micro, interval_ms, detect_mult } = wish;
    return [{ ...ends, remote, micro, interval_ms, detect_mult }];
  });
}

/** Sessions that cannot be asked for, and why, for people; none before links and addresses are known. */
export function bfdProblems({ options, bfd_ends, known, links }: Topology): string[] {
  if (!known.link || !known.address) return [];
  const names = new Set([...tableValues(links)].map(link => link.name));
  return options.bfd
    .filter(wish => bfd_ends[wishKey(wish)] === undefined)
    .map(({ leg, remote }) =>
      names.has(leg)
        ? `no BFD with ${remote} on ${leg}: it has no address in that network, and none is configured (local)`
        : `no BFD with ${remote} on ${leg}: there is no such interface`,
    );
}

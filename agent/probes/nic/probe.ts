/**
 * The health of NICs: how the link runs, its error counters, its pluggable module, its transmit watchdog, and whether
 * it is there at all. Of NICs that are watched: legs of path groups, and those that somebody can unplug.
 */
import { isPhysical, lastStatement } from '../../topology/links.ts';
import { isWatched, noLongerWatched } from '../../topology/selectors.ts';
import type { LinkEntry, Topology } from '../../topology/state.ts';
import { tableGet } from '../../topology/table.ts';
import type { DeviceKind } from '../../topology/told.ts';
import type { Observation, Us } from '../../types.ts';
import type { Frame, FrameOf } from '../../wire.ts';
import type { Probe } from '../probe.ts';
import { opticsReadings } from './optics/decode.ts';

export const probe: Probe = {
  name: 'nic',
  observe(frame, topology) {
    const t = frame.data.t_us;
    return [
      ...kinds.flatMap(kind => [...ended(topology, kind, t), ...told(topology, kind, t)]),
      ...presence(topology, frame),
      ...(frame.type === 'tx_timeout' ? txTimeout(topology, frame.data) : []),
    ];
  },
};

type NicKind = Exclude<DeviceKind, 'lacp' | 'team'>;
const kinds: readonly NicKind[] = ['mode', 'errors', 'module'];

type Level = Extract<Observation, { probe: 'nic'; aspect: 'mode' | 'errors' | 'optics' }>;

/** A link becomes a leg by its group: what was told of it before is read now. */
function told(topology: Topology, kind: NicKind, t: Us): Observation[] {
  const { effect } = topology;
  // Its name may be new, too.
  const ifindexes = new Set([...effect.devices[kind], ...effect.joined, ...effect.named]);
  return [...ifindexes].flatMap(ifindex => {
    const link = tableGet(topology.links, ifindex);
    return link === undefined || !isWatched(topology, link) ? [] : level(topology, kind, link, t);
  });
}

function level(topology: Topology, kind: NicKind, link: LinkEntry, t: Us): Observation[] {
  const entry = tableGet<number, { t: Us; stale: boolean }>(topology.devices[kind], link.ifindex);
  if (entry === undefined) return [];
  if (entry.stale) return [make(kind, link, t, 'unknown')];
  return [make(kind, link, entry.t, readingOf(topology, kind, link.ifindex))];
}

function readingOf(topology: Topology, kind: NicKind, ifindex: number): Level['value'] {
  const { mode, errors, module } = topology.devices;
  switch (kind) {
    case 'mode': {
      const { speed_mbps, duplex, advertised_mbps } = tableGet(mode, ifindex)!;
      return { speed_mbps, duplex, advertised_mbps };
    }
    case 'errors': {
      const told = tableGet(errors, ifindex)!;
      return {
        packets: told.rx_packets + told.tx_packets,
        rx_errors: told.rx_errors,
        tx_errors: told.tx_errors,
        crc: told.rx_crc_errors,
        frame: told.rx_frame_errors,
        carrier: told.tx_carrier_errors,
        symbol: told.symbol_errors,
        fec_corrected: told.fec_corrected,
        fec_uncorrectable: told.fec_uncorrectable,
      };
    }
    case 'module':
      return { readings: opticsReadings(tableGet(module, ifindex)!.pages) };
  }
}

/** What is not told any more, or of a link that is not watched any more. */
function ended(topology: Topology, kind: NicKind, t: Us): Observation[] {
  const { gone } = topology.effect;
  const lost = gone.devices.filter(one => one.kind === kind).map(one => one.link);
  const left = noLongerWatched(topology).filter(link =>
    tableGet<number, unknown>(topology.devices[kind], link.ifindex),
  );
  return [...new Set([...lost, ...left])].flatMap(link =>
    link.name === null ? [] : [make(kind, link, t, 'absent')],
  );
}

function make(kind: NicKind, link: LinkEntry, t: Us, value: Level['value']): Observation {
  const aspect = kind === 'module' ? 'optics' : kind;
  return { probe: 'nic', aspect, subject: `leg/${link.name}`, t, value } as Level;
}

type Presence = Extract<Observation, { probe: 'nic'; aspect: 'presence' }>;

/** Netlink alone tells it. What only failed to appear in a snapshot may have moved as well as gone. */
function presence(topology: Topology, frame: Frame): Observation[] {
  if (frame.type === 'carrier') return [];
  const { effect } = topology;
  const t = frame.data.t_us;
  const make = (link: LinkEntry, value: Presence['value'], at = t): Presence => ({
    probe: 'nic',
    aspect: 'presence',
    subject: `leg/${link.name}`,
    value,
    t: at,
    parent_dev: link.parent_dev,
    had_link: (lastStatement(topology, link)?.ups ?? 0) > 0,
  });
  const here = [...new Set(effect.links)].flatMap(ifindex => {
    const link = tableGet(topology.links, ifindex);
    const by = link?.by_netlink ?? null;
    if (link === undefined || by === null || link.name === null || !isPhysical(link)) return [];
    return [by.stale ? make(link, 'unknown') : make(link, 'present', by.t)];
  });
  const how = frame.type === 'link' ? (frame.data.moved ? 'moved' : 'removed') : 'unknown';
  const away = effect.gone.links.filter(link => link.name !== null && isPhysical(link));
  return [...away.map(link => make(link, how)), ...here];
}

function txTimeout(topology: Topology, data: FrameOf<'tx_timeout'>['data']): Observation[] {
  const link = tableGet(topology.links, data.ifindex);
  if (link === undefined || !isWatched(topology, link)) return [];
  const { queue, t_us: t } = data;
  return [{ probe: 'nic', aspect: 'tx-timeout', subject: `leg/${link.name}`, value: { queue }, t }];
}

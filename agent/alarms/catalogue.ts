/**
 * Every alarm that pathwarden can raise. Data only; the README's table is made from it.
 *
 * eventType is of ITU-T X.733, clause 8.1.1; probableCause of its clause 8.1.2.1 and of ITU-T M.3100, as 3GPP TS 32.111-2
 * annex B collects them. The limits that the texts name are those of agent/faults/limits.ts; a test compares them.
 */
import type { EventType, Severity } from '../types.ts';

export interface CatalogueEntry {
  type: string;
  title: string;
  perceivedSeverity: Exclude<Severity, 'CLEARED'>;
  eventType: EventType;
  probableCause: string;
  /** What it means, for the operator. */
  text: string;
  repair: string;
  /** When it clears; besides, it clears with the cause subject-gone when its subject is gone. */
  clears: string;
  /** What it is about, as its managedObjectId is made. */
  object: string;
}

export const catalogue: readonly CatalogueEntry[] = [
  {
    type: 'link-down',
    title: 'Link down',
    perceivedSeverity: 'MAJOR',
    eventType: 'COMMUNICATIONS_ALARM',
    probableCause: 'Loss of signal',
    text: 'A leg of a path group, or a NIC that had a link since boot, has no carrier or is administratively down.',
    repair:
      'Check cable, transceiver, switch port and the far end; `ip link set <leg> up` if it was taken down by hand.',
    clears:
      'when the link has carrier and is administratively up, or link-flapping takes its place',
    object: 'leg/<interface>',
  },
  {
    type: 'link-flapping',
    title: 'Link flapping',
    perceivedSeverity: 'MAJOR',
    eventType: 'COMMUNICATIONS_ALARM',
    probableCause: 'Degraded signal',
    text: 'The link was lost 4 times or more within 10 s. It takes the place of link-down while it lasts.',
    repair: "Replace cable or transceiver; check the switch port's error counters.",
    clears: 'after 10 s without a change; link-down follows if the link is down then',
    object: 'leg/<interface>',
  },
  {
    type: 'redundancy-lost',
    title: 'Redundancy lost',
    perceivedSeverity: 'MAJOR',
    eventType: 'COMMUNICATIONS_ALARM',
    probableCause: 'Loss of redundancy',
    text: 'A path group that has or once had two legs has fewer than two that are usable: the next loss cuts the path. Also raised when the kernel dropped a next hop without a word though every link is up.',
    repair:
      'Repair the lost leg. If it is named as dropped by the kernel, add its next hop and its place in the group again (`ip nexthop`).',
    clears: 'when two legs have been usable for 1 s',
    object: 'group/<group>',
  },
  {
    type: 'path-lost',
    title: 'Path lost',
    perceivedSeverity: 'CRITICAL',
    eventType: 'COMMUNICATIONS_ALARM',
    probableCause: 'Communications subsystem failure',
    text: 'No leg of the path group is usable: what lies behind it cannot be reached.',
    repair: 'Repair any leg of the group; evacuate what depends on it.',
    clears: 'when a leg has been usable for 1 s',
    object: 'group/<group>',
  },
  {
    type: 'storage-path-stalled',
    title: 'Storage path stalled',
    perceivedSeverity: 'CRITICAL',
    eventType: 'QOS_ALARM',
    probableCause: 'Response time excessive',
    text: 'Storage traffic to this target stands still: data is not acknowledged, or cannot leave. A target that acknowledges and answers late is slow, and does not raise this.',
    repair:
      'Look for a leg that has carrier and passes nothing (`pathwarden status`, leg probes); take that leg down at both ends so that traffic leaves it.',
    clears:
      'when every flow to the target has moved for 0.5 s; if its connections died instead, 10 s after the last one (subject-gone)',
    object: 'target/<group>/<address>',
  },
  {
    type: 'failover-slow',
    title: 'Failover slower than its budget',
    perceivedSeverity: 'MAJOR',
    eventType: 'QOS_ALARM',
    probableCause: 'Performance degraded',
    text: 'Traffic moved to another leg, but stood still for longer than the budget.',
    repair:
      'See `pathwarden failovers` for what took the time; check that the nudge is active at both ends and ignore_routes_with_linkdown is set.',
    clears:
      "when the group's next failover passes, or when two legs are usable and every flow moves for 3 s",
    object: 'group/<group>',
  },
  {
    type: 'failover-absent',
    title: 'Failover did not happen',
    perceivedSeverity: 'CRITICAL',
    eventType: 'COMMUNICATIONS_ALARM',
    probableCause: 'Communications subsystem failure',
    text: 'The budget has passed since the cut, traffic stands still, and nothing switched to another leg.',
    repair:
      'Take the dead leg down at both ends, so that the routes leave it; then find out why it passes nothing.',
    clears:
      "when failover-slow takes its place because the switch came late, when the group's next failover passes, or when two legs are usable and every flow moves for 3 s",
    object: 'group/<group>',
  },
  {
    type: 'peer-still-uses-leg',
    title: 'Peer still uses the lost leg',
    perceivedSeverity: 'MAJOR',
    eventType: 'COMMUNICATIONS_ALARM',
    probableCause: 'Routing failure',
    text: "This host left the lost leg, but the peer's packets were still sent by it: through a switch the peer does not see the loss.",
    repair:
      'Let the far end see the loss: direct cabling, link tracking on the switch, BFD, or pathwarden on the peer.',
    clears:
      "when the group's next failover passes, or when two legs are usable and every flow moves for 3 s",
    object: 'leg/<interface>',
  },
  {
    type: 'spool-slow',
    title: 'Notices leave before they are on disk',
    perceivedSeverity: 'WARNING',
    eventType: 'PROCESSING_ERROR_ALARM',
    probableCause: 'Storage capacity problem',
    text: "The spool's disk is full, or has been committing too slowly for 5 s. Alarms still go out, marked as uncommitted; a crash now could lose one.",
    repair: 'Free space under the state directory, or move it to a faster disk.',
    clears: 'after 10 s of commits in time',
    object: 'host',
  },
  {
    type: 'monitor-blind',
    title: 'Monitor is blind',
    perceivedSeverity: 'MAJOR',
    eventType: 'PROCESSING_ERROR_ALARM',
    probableCause: 'Software error',
    text: 'The helper is gone for 2 s or silent for 3 s, or one of its sources sees nothing, or frames do not fit their schema or events are dropped for 5 s: other alarms may be missing, and none is cleared by it.',
    repair: 'See `pathwarden status` for the reason named; `systemctl status pathwarden-helper`.',
    clears: 'when the sight is back',
    object: 'host or source/<name>',
  },
];

const byType = new Map(catalogue.map(entry => [entry.type, entry]));

/** @throws Error when the catalogue does not have the type: faults and catalogue do not fit together. */
export function entryOf(type: string): CatalogueEntry {
  const entry = byType.get(type);
  if (entry === undefined) throw new Error(`no alarm of type ${type} in agent/alarms/catalogue.ts`);
  return entry;
}

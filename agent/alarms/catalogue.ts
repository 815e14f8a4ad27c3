/**
 * Every alarm that pathwarden can raise. Data only; the README's table is made from it.
 *
 * eventType is of ITU-T X.733, clause 8.1.1; probableCause of its clause 8.1.2.1 and of ITU-T M.3100, as 3GPP TS 32.111-2
 * annex B collects them. The limits that the texts name are those of agent/faults/limits.ts; a test compares them.
 */
import type { EventType, Severity } from '../types.ts';
import { hardwareAlarms } from './catalogue_hardware.ts';
import { hostCatalogue } from './catalogue_host.ts';
import { legAlarms } from './catalogue_legs.ts';
import { storageAlarms } from './catalogue_storage.ts';

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
  /** Raised the moment it is seen: what lies between event and alarm is the way, no wait on purpose. */
  prompt?: true;
  /** It is over at once, and its alarm stands for what may follow: it explains nothing that was there long before. */
  momentary?: true;
  /** The type that it takes the place of. */
  supersedes?: string;
}

export const catalogue: readonly CatalogueEntry[] = [
  ...legAlarms,
  ...storageAlarms,
  ...hardwareAlarms,
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
    supersedes: 'failover-absent',
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
  ...hostCatalogue,
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
    type: 'delivery-failing',
    title: 'Notices do not arrive',
    perceivedSeverity: 'MAJOR',
    eventType: 'COMMUNICATIONS_ALARM',
    probableCause: 'Communications subsystem failure',
    text: 'An adapter has delivered nothing for 10 s although notices wait: its receiver is down, cannot be reached, or answers with errors. The notices are kept; this alarm goes out by the other adapters.',
    repair:
      'See `pathwarden outbox` for the last error; check the receiver, the way to it, and the credentials.',
    clears:
      'when the receiver takes a notice again; when the adapter is configured no more (subject-gone)',
    object: 'adapter/<name>',
  },
  {
    type: 'delivery-slow',
    title: 'Notices arrive late',
    perceivedSeverity: 'WARNING',
    eventType: 'QOS_ALARM',
    probableCause: 'Response time excessive',
    text: 'From the event to its acknowledgement notices of this adapter took longer than the budget: their 99th percentile over 5 minutes.',
    repair:
      'See `pathwarden outbox` and the histograms of `/metrics` for the part that takes the time: disk, network, or the receiver.',
    clears: 'when the percentile is within the budget again, or delivery-failing takes its place',
    object: 'adapter/<name>',
  },
  {
    type: 'escalation-failed',
    title: 'The VIM did not act',
    perceivedSeverity: 'MAJOR',
    eventType: 'PROCESSING_ERROR_ALARM',
    probableCause: 'Application subsystem failure',
    text: 'A receiver took a notice, and the recovery that it began failed, or was ignored: what should have been evacuated or restarted was not.',
    repair:
      "Look into the receiver's own log for the notification that is named; recover by hand what it should have.",
    clears:
      'when a later recovery by this adapter ends well; when the adapter is configured no more (subject-gone)',
    object: 'adapter/<name>',
  },
  {
    type: 'monitor-blind',
    title: 'Monitor is blind',
    perceivedSeverity: 'MAJOR',
    eventType: 'PROCESSING_ERROR_ALARM',
    probableCause: 'Software error',
    text: 'The helper is gone for 2 s or silent for 3 s, or one of its sources sees nothing, or the reader is gone for 2 s, or one of its tools cannot be read for 3 min, or frames do not fit their schema or events are dropped for 5 s: other alarms may be missing, and none is cleared by it.',
    repair:
      'See `pathwarden status` for the reason named; `systemctl status pathwarden-helper pathwarden-reader`.',
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

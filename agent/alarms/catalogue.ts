/**
 * Every alarm that pathwarden can raise. Data only; the README's table is made from it.
 *
 * eventType is of ITU-T X.733, clause 8.1.1; probableCause of its clause 8.1.2.1 and of ITU-T M.3100, as 3GPP TS 32.111-2
 * annex B collects them. The limits that the texts name are those of agent/faults/limits.ts; a test compares them.
 */
import type { EventType, Severity } from '../types.ts';
import { hardwareAlarms } from './catalogue_hardware.ts';
import { hostCatalogue } from './catalogue_host.ts';

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
    prompt: true,
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
    prompt: true,
    supersedes: 'link-down',
  },
  {
    type: 'leg-blackholed',
    title: 'Leg passes nothing',
    perceivedSeverity: 'MAJOR',
    eventType: 'COMMUNICATIONS_ALARM',
    probableCause: 'Communications subsystem failure',
    text: 'A leg has carrier, and its probe gets no answer, or a BFD session on it went down, while another leg of its group answers. Told an interval of the probes after it was found, so that a far end that is gone altogether is not taken for a leg; within 2 s after its link came back a leg may be silent.',
    repair:
      "Look at the switch behind it (VLAN, port security, forwarding) and at the far end; take the leg down at both ends, or let pathwarden steer (`steer` in the helper's configuration). If the far end does not answer such probes, name another with `leg_probes.targets`.",
    clears: 'when it is answered again, or link-down takes its place',
    object: 'leg/<interface>',
  },
  {
    type: 'bfd-session-down',
    title: 'BFD session down',
    perceivedSeverity: 'MAJOR',
    eventType: 'COMMUNICATIONS_ALARM',
    probableCause: 'Communications protocol error',
    text: 'A BFD session that was up is down (RFC 5880). One that is held down at either end (AdminDown) is no failure of the path (RFC 5882 3.2), and raises nothing. After a restart of the helper its sessions have 5 s to come up again.',
    repair:
      'With leg-blackholed or link-down: that leg. Alone: the BFD process of the other end, or its configuration.',
    clears: 'when it has been up for 1 s, or is held down, or is configured no more (subject-gone)',
    object: 'bfd/<interface>/<address>',
    prompt: true,
  },
  {
    type: 'path-steered',
    title: 'Path steered',
    perceivedSeverity: 'MINOR',
    eventType: 'COMMUNICATIONS_ALARM',
    probableCause: 'Loss of redundancy',
    text: "The helper has moved the group's traffic off a leg that passes nothing, as its configuration allows. It names the evidence, and what was changed from what to what.",
    repair:
      'Repair the leg: the traffic goes back by itself when it has been well for the hold time.',
    clears:
      'when the traffic is back; of a bond without primary or a team, of which nothing is to be undone, after 60 s',
    object: 'group/<group>',
    prompt: true,
  },
  {
    type: 'steering-failed',
    title: 'Path not steered',
    perceivedSeverity: 'MAJOR',
    eventType: 'PROCESSING_ERROR_ALARM',
    probableCause: 'Communications subsystem failure',
    text: 'A group may be steered, there is evidence against one of its legs, and the helper could not leave it, or has refused to for 0.8 s: another leg was not proven, it was steered within the last 10 s, or the route is not ours to move. It names the reason.',
    repair: 'Take the leg down at both ends by hand.',
    clears: 'when it is steered, or 10 s after the last refusal',
    object: 'group/<group>',
  },
  {
    type: 'link-speed-reduced',
    title: 'Link runs below its speed',
    perceivedSeverity: 'MINOR',
    eventType: 'QOS_ALARM',
    probableCause: 'Bandwidth reduced',
    text: 'For 2 s a leg that has carrier has been slower than another leg of its group, or than the best that it offers itself, or half duplex: after a failover to it the traffic may not fit.',
    repair:
      'Compare `ethtool <leg>` at both ends; renegotiate (`ethtool -r <leg>`), replace cable or transceiver.',
    clears: 'when it has run as fast as it should for 2 s',
    object: 'leg/<interface>',
  },
  {
    type: 'link-degraded',
    title: 'Link damages packets',
    perceivedSeverity: 'MAJOR',
    eventType: 'COMMUNICATIONS_ALARM',
    probableCause: 'Degraded signal',
    text: 'For 5 s there has been 1 error per second or more, and one in a million packets or more, in a window of 10 s (CRC, symbol, carrier and uncorrectable FEC errors); or errors, or those that FEC corrected, rise over 5 minutes.',
    repair:
      'Clean or replace connector, cable or transceiver, at the end that counts the errors first; `ethtool -S <leg>` names the counter.',
    clears:
      'when the rate has been below half of that for 30 s, and what rose is below half of what it rose to',
    object: 'leg/<interface>',
  },
  {
    type: 'optics-degraded',
    title: 'Optics outside their limits',
    perceivedSeverity: 'WARNING',
    eventType: 'EQUIPMENT_ALARM',
    probableCause: 'Equipment malfunction',
    text: "A monitor of the pluggable module (received and sent power, bias current, temperature, supply) has passed the module's own warning limit; MAJOR when it has passed its alarm limit. Light counts only while the link has carrier.",
    repair:
      'Clean the connectors; replace the module when its bias current or temperature is high; look at the far end and the fibre when the received power is low.',
    clears: 'when all monitors have been within their limits for 30 s',
    object: 'leg/<interface>',
  },
  {
    type: 'nic-tx-timeout',
    title: 'NIC does not send',
    perceivedSeverity: 'MAJOR',
    eventType: 'EQUIPMENT_ALARM',
    probableCause: 'Input/output device error',
    text: "The kernel's transmit watchdog found a queue that has not moved for the driver's time-out: the NIC has carrier, and sends nothing. Bonds that monitor carrier do not leave it.",
    repair:
      'See the kernel log for the reset that follows; update firmware and driver; replace the NIC when it comes back.',
    clears: 'after 60 s without another one',
    object: 'leg/<interface>',
    prompt: true,
  },
  {
    type: 'nic-removed',
    title: 'NIC is gone',
    perceivedSeverity: 'MAJOR',
    eventType: 'EQUIPMENT_ALARM',
    probableCause: 'Replaceable unit missing',
    text: 'The device of a NIC (a leg, or one that had a link since boot) is gone from the host. One that was moved to another network namespace is not meant.',
    repair: 'See the kernel log for its bus (PCIe errors, surprise removal); seat or replace it.',
    clears:
      'when a NIC of this name, or in this slot, is there again; if no path group has it for a leg, after 3600 s (subject-gone)',
    object: 'leg/<interface>',
    prompt: true,
  },
  {
    type: 'bond-member-down',
    title: 'Bond member down',
    perceivedSeverity: 'MAJOR',
    eventType: 'COMMUNICATIONS_ALARM',
    probableCause: 'LAN error',
    text: "A bond's own monitor, MII or ARP, says that it cannot use a member. If the link is down, link-down is its cause; if not, the ARP monitor has no answer by it: a path that has carrier and passes nothing.",
    repair:
      'With carrier: check VLANs, port security and the path behind the switch port, and that the ARP targets answer.',
    clears: 'when the bond has used it again for 1 s',
    object: 'leg/<interface>',
    prompt: true,
  },
  {
    type: 'lacp-partner-lost',
    title: 'LACP partner lost',
    perceivedSeverity: 'MAJOR',
    eventType: 'COMMUNICATIONS_ALARM',
    probableCause: 'Communications protocol error',
    text: 'A member of an 802.3ad bond has carrier, and its far end has not spoken LACP for the time that the protocol allows (3 s with lacp_rate fast, 90 s with slow). Told 0.5 s after the kernel found it; 4 s after its carrier came at the earliest.',
    repair:
      'Check that the switch port is in a LAG with LACP, and that its control plane lives; set lacp_rate fast at both ends.',
    clears: 'when a partner has been there for 1 s, or the link is down',
    object: 'leg/<interface>',
  },
  {
    type: 'lacp-churn',
    title: 'LACP does not settle',
    perceivedSeverity: 'MINOR',
    eventType: 'COMMUNICATIONS_ALARM',
    probableCause: 'Communications protocol error',
    text: 'The kernel finds one end of a member churned (out of sync for 60 s, IEEE 802.1AX), or the two ends lost their agreement 4 times within 60 s though the link stayed.',
    repair:
      'Compare the LAG settings of both ends: key, speed, duplex, maximum of ports; look for a bond that is split between two switches.',
    clears: 'when nothing is churned for 1 s, and the ends have agreed for 60 s',
    object: 'leg/<interface>',
  },
  {
    type: 'bond-same-switch',
    title: 'Bond members end at the wrong switches',
    perceivedSeverity: 'MAJOR',
    eventType: 'COMMUNICATIONS_ALARM',
    probableCause: 'Configuration or customization error',
    text: 'For 3 s members of an 802.3ad bond have had partners and been in different aggregators: the bond uses one of them alone, since the switches are no one system. Where `bonds.<bond>.partner_systems` wants several systems: the members reach fewer.',
    repair:
      'Cable the members to one switch, or to switches that form one LACP system (MLAG, stack); with partner_systems, to as many systems as wanted.',
    clears: 'when they have ended where they should for 1 s',
    object: 'group/<group>',
  },
  {
    type: 'no-gratuitous-arp',
    title: 'Bond did not announce its switch',
    perceivedSeverity: 'MAJOR',
    eventType: 'COMMUNICATIONS_ALARM',
    probableCause: 'Communications protocol error',
    text: "An active-backup bond with an address took another member into use, and sent no gratuitous ARP or unsolicited neighbour advertisement within 0.5 s after the bond's own waits (its monitor interval, peer_notif_delay): the switches send to the old member still.",
    repair:
      'Set num_grat_arp and num_unsol_na to 1 or more; check arp_notify and firewall rules on the bond.',
    clears: 'with the next announcement, or after 60 s',
    object: 'group/<group>',
  },
  {
    type: 'redundancy-lost',
    title: 'Redundancy lost',
    perceivedSeverity: 'MAJOR',
    eventType: 'COMMUNICATIONS_ALARM',
    probableCause: 'Loss of redundancy',
    text: 'A path group that has or once had two legs has fewer than two that are usable: it is on one leg, and the next loss cuts the path. Also raised when the kernel dropped a next hop without a word, or a bond does not use a member (LACP not distributing, another aggregator), though every link is up. Of a multipath device (dm-multipath, NVMe): fewer than two of the paths that it has or once had are usable.',
    repair:
      'Repair the lost leg. If it is named as dropped by the kernel, add its next hop and its place in the group again (`ip nexthop`), or let pathwarden do it from now on (`restore_nexthops` in helper.conf). Of a multipath device: see `pathwarden paths` for the session of the path that is lost.',
    clears: 'when two legs, or paths, have been usable for 1 s',
    object: 'group/<group> or map/<device>',
    prompt: true,
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
    prompt: true,
  },
  {
    type: 'storage-path-stalled',
    title: 'Storage path stalled',
    perceivedSeverity: 'CRITICAL',
    eventType: 'QOS_ALARM',
    probableCause: 'Response time excessive',
    text: 'Storage traffic to this target stands still: data is not acknowledged, or cannot leave. A target that acknowledges and answers late is slow, and does not raise this while its legs answer. It names the leg that all flows which stand still have in common while those by other legs move, or the target where its flows stand still by all.',
    repair:
      'Look for a leg that has carrier and passes nothing (`pathwarden paths`, leg probes); take that leg down at both ends so that traffic leaves it.',
    clears:
      'when every flow to the target has moved for 0.5 s; if its connections died instead, 10 s after the last one (subject-gone)',
    object: 'target/<group>/<address>',
    prompt: true,
  },
  {
    type: 'storage-target-unreachable',
    title: 'Storage target cannot be reached',
    perceivedSeverity: 'CRITICAL',
    eventType: 'COMMUNICATIONS_ALARM',
    probableCause: 'Communications subsystem failure',
    text: 'For 1 s (or 10 intervals of the leg probes, if that is longer) no flow to the target has moved by any leg, and the legs themselves pass packets: their probes are answered, or flows to other targets began to move on them meanwhile; or all of them are silent at once, though they have carrier. No failover of ours can help.',
    repair: 'Look at the target itself, and at what lies between it and the ends of the legs.',
    clears:
      'when a flow to the target moves; when it has neither a connection nor a session any more (subject-gone)',
    object: 'target/<group>/<address>',
  },
  {
    type: 'storage-path-lost',
    title: 'Storage path lost',
    perceivedSeverity: 'MAJOR',
    eventType: 'COMMUNICATIONS_ALARM',
    probableCause: 'Communications subsystem failure',
    text: "The kernel's session with a target (iSCSI, NVMe/TCP, NBD, DRBD, NFS, Ceph) is not usable, or its connection was closed and was not back within 3 s while there were disks that need it. CRITICAL of a multipath device: no path of it is usable, so its I/O waits or fails.",
    repair:
      "Look at the target and the legs that lead to it (`pathwarden paths`); `iscsiadm -m session -P 1`, `nvme list-subsys`, `multipath -ll` say what the kernel's own retries wait for.",
    clears: 'when the session, or a path, has been usable for 1 s',
    object: 'session/<session> or map/<device>',
    prompt: true,
  },
  {
    type: 'io-stalled',
    title: 'I/O stands still',
    perceivedSeverity: 'CRITICAL',
    eventType: 'QOS_ALARM',
    probableCause: 'Response time excessive',
    text: 'The oldest request that a block device was given has waited for longer than `block.io_stalled_ms`, long before the time-out of its driver (30 s for SCSI).',
    repair:
      'See what it is correlated with: a session, a target or a leg. Alone it is the device, or the target behind it, that is slow.',
    clears: 'when every request has been answered in time for 1 s',
    object: 'disk/<device>',
    prompt: true,
  },
  {
    type: 'io-errors',
    title: 'I/O fails',
    perceivedSeverity: 'WARNING',
    eventType: 'PROCESSING_ERROR_ALARM',
    probableCause: 'Input/output device error',
    text: 'Requests of a block device ended with an error. Of a path of a multipath device they are sent again by another.',
    repair: 'See the kernel log for the device; look at its session and its target.',
    clears: 'when no request has failed for 60 s',
    object: 'disk/<device>',
    prompt: true,
  },
  {
    type: 'path-flapping',
    title: 'Storage path flapping',
    perceivedSeverity: 'MINOR',
    eventType: 'COMMUNICATIONS_ALARM',
    probableCause: 'Degraded signal',
    text: 'A path of a multipath device failed 3 times or more within 60 s, and came back each time: each failure costs the I/O on it a retry.',
    repair:
      'Look at the leg and the target of its session; take the path out (`multipathd fail path`) until it is well.',
    clears: 'after 60 s without a failure',
    object: 'path/<device>/<disk>',
    prompt: true,
  },
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

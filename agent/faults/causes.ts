/**
 * What explains what: keys of the faults of a leg that may be behind another. A key of which there is no active fault
 * explains nothing, so these name all that could; alarms follow the chain to its root.
 */
import { faultKey } from '../types.ts';
import { type Scene, targetObject } from './set.ts';

const keysOf = (leg: string, ...types: string[]): string[] =>
  types.map(type => faultKey({ type, object: `leg/${leg}` }));

/** Faults of PCI functions and ports that take with them what is behind. */
export const addressCauses = (addresses: readonly string[]): string[] =>
  addresses.flatMap(address =>
    ['pcie-error', 'pci-device-removed', 'device-health'].map(type =>
      faultKey({ type, object: `pci/${address}` }),
    ),
  );

/** Of the function that a leg or a disk is behind, and of the ports above it. subject: `leg/c-a`, `disk/nvme0n1`. */
export const pciCauses = (subject: string, scene: Scene): string[] =>
  addressCauses(scene.pci[subject] ?? []);

const nicFaults = (leg: string): string[] => keysOf(leg, 'nic-removed', 'nic-tx-timeout');

/**
 * What takes a link down, or makes it useless: a NIC that is gone, or whose driver resets it because it does not send; and
 * what has befallen the function that it is, or a port above.
 */
export const nicCauses = (leg: string, scene: Scene): string[] => [
  ...nicFaults(leg),
  ...pciCauses(`leg/${leg}`, scene),
];

/** Faults of a leg's link. */
export const linkFaults = (leg: string): string[] => keysOf(leg, 'link-down', 'link-flapping');

/** Faults of a leg's link, of its NIC, and what explains these. */
export const linkCauses = (leg: string, scene: Scene): string[] => [
  ...linkFaults(leg),
  ...nicCauses(leg, scene),
];

/** All faults of a leg itself that explain what becomes of its group. */
export const legFaults = (leg: string): string[] => [
  ...linkFaults(leg),
  ...nicFaults(leg),
  ...keysOf(leg, 'bond-member-down', 'lacp-partner-lost', 'lacp-churn'),
];

export const legCauses = (leg: string, scene: Scene): string[] => [
  ...legFaults(leg),
  ...pciCauses(`leg/${leg}`, scene),
];

/** It has carrier and passes nothing. */
export const blackholeCauses = (leg: string): string[] => keysOf(leg, 'leg-blackholed');

/** All faults of a leg, and of its group, that explain why traffic on it stands still. */
export const trafficFaults = (leg: string): string[] => [
  ...legFaults(leg),
  ...blackholeCauses(leg),
  ...keysOf(leg, 'link-degraded', 'peer-still-uses-leg'),
];

export const trafficCauses = (leg: string, scene: Scene): string[] => [
  ...trafficFaults(leg),
  ...pciCauses(`leg/${leg}`, scene),
];

/** Faults of a group that explain why its traffic stands still. */
export const groupCauses = (group: string): string[] =>
  ['path-lost', 'no-gratuitous-arp'].map(type => faultKey({ type, object: `group/${group}` }));

const targetFaults = (object: string): string[] =>
  ['storage-target-unreachable', 'storage-path-stalled'].map(type => faultKey({ type, object }));

/** What explains that the connection of a kernel's session is lost: its target, and the legs that lead to it. */
export function sessionCauses(session: string, scene: Scene): string[] {
  const place = scene.sessions[session];
  if (place === undefined) return [];
  const { group, target } = place;
  return [
    ...(target === null ? [] : targetFaults(targetObject(group, target))),
    ...(group === null ? [] : groupCauses(group)),
    ...(group === null
      ? []
      : (scene.groups[group] ?? []).flatMap(leg => trafficCauses(leg, scene))),
  ];
}

/** Faults of a session, and what explains them. */
export const sessionFaults = (session: string, scene: Scene): string[] => [
  faultKey({ type: 'storage-path-lost', object: `session/${session}` }),
  ...sessionCauses(session, scene),
];

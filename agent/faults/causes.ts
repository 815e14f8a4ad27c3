/**
 * What explains what: keys of the faults of a leg that may be behind another. A key of which there is no active fault
 * explains nothing, so these name all that could; alarms follow the chain to its root.
 */
import { faultKey } from '../types.ts';
import { type Scene, targetObject } from './set.ts';

const keysOf = (leg: string, ...types: string[]): string[] =>
  types.map(type => faultKey({ type, object: `leg/${leg}` }));

/** What takes a link down, or makes it useless: a NIC that is gone, or whose driver resets it because it does not send. */
export const nicCauses = (leg: string): string[] => keysOf(leg, 'nic-removed', 'nic-tx-timeout');

/** Faults of a leg's link. */
export const linkFaults = (leg: string): string[] => keysOf(leg, 'link-down', 'link-flapping');

/** Faults of a leg's link, and of its NIC. */
export const linkCauses = (leg: string): string[] => [...linkFaults(leg), ...nicCauses(leg)];

/** All faults of a leg that explain what becomes of its group. */
export const legCauses = (leg: string): string[] => [
  ...linkCauses(leg),
  ...keysOf(leg, 'bond-member-down', 'lacp-partner-lost', 'lacp-churn'),
];

/** It has carrier and passes nothing. */
export const blackholeCauses = (leg: string): string[] => keysOf(leg, 'leg-blackholed');

/** All faults of a leg, and of its group, that explain why traffic on it stands still. */
export const trafficCauses = (leg: string): string[] => [
  ...legCauses(leg),
  ...blackholeCauses(leg),
  ...keysOf(leg, 'link-degraded', 'peer-still-uses-leg'),
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
    ...(group === null ? [] : (scene.groups[group] ?? []).flatMap(trafficCauses)),
  ];
}

/** Faults of a session, and what explains them. */
export const sessionFaults = (session: string, scene: Scene): string[] => [
  faultKey({ type: 'storage-path-lost', object: `session/${session}` }),
  ...sessionCauses(session, scene),
];

/** Whether this program runs in a network namespace of its own, which own-namespace.ts sees to. */
import { readlinkSync } from 'node:fs';

export const OWN = '/proc/self/ns/net';
/** Environment variable: the namespace, and the pid of the process outside that waits. */
export const MARK = 'PATHWARDEN_OWN_NETNS';

const mark = (): string[] => process.env[MARK]?.split(' ') ?? [];

/** A child inherits the mark; in another namespace it does not count. */
export const inOwnNamespace = (): boolean => mark()[0] === readlinkSync(OWN);

/** Path of the namespace that the program was started in: there is the network that packages come from. */
export const startedIn = (): string => (inOwnNamespace() ? `/proc/${mark()[1]}/ns/net` : OWN);

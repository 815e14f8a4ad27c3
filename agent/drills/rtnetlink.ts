/**
 * rtnetlink dumps through the package `netlink`, in the network namespace of this process.
 *
 * Never with a multicast membership: a receive buffer that overflows there aborts the process. Dumps without one are
 * safe as long as they follow each other, so they are queued: two at once on one socket mix their parts.
 */
import type { NetlinkMessage, NetlinkSocket } from 'netlink';

/** NLM_F_DUMP and NLM_F_DUMP_INTR (linux/netlink.h). */
const DUMP = 0x300;
const DUMP_INTR = 0x10;
/** Longest time that one dump may take, ms. 500 links take under 50 ms. */
const TIMEOUT_MS = 5000;
/** An interrupted dump is begun again this often. */
const TRIES = 5;

/** linux/rtnetlink.h: the request, and the length of the fixed part that each of its answers begins with. */
export const dumps = {
  links: { request: 18, header: 16 },
  addresses: { request: 22, header: 8 },
  routes: { request: 26, header: 12 },
  neighbours: { request: 30, header: 12 },
  nexthops: { request: 106, header: 8 },
} as const;

export type DumpName = keyof typeof dumps;

/** Payloads (fixed part and attributes) by dump: what is recorded in tests and decoded in inventory.ts. */
export type Payloads = Record<DumpName, Buffer[]>;

/**
 * All five dumps, one after the other.
 *
 * @throws Error when the kernel refuses one (nexthop objects need Linux 5.3), or keeps changing under a dump
 */
export async function dumpAll(): Promise<Payloads> {
  const { createNetlink, Protocol } = await import('netlink');
  const socket = createNetlink(Protocol.ROUTE);
  // An 'error' event without a listener would end the process; the pending request fails by its own time-out.
  socket.on('error', () => {});
  try {
    const out: Partial<Payloads> = {};
    for (const name of Object.keys(dumps) as DumpName[]) out[name] = await dump(socket, name);
    return out as Payloads;
  } finally {
    socket.close();
  }
}

async function dump(socket: NetlinkSocket, name: DumpName): Promise<Buffer[]> {
  const { request, header } = dumps[name];
  for (let trial = 1; ; trial++) {
    let parts: NetlinkMessage[];
    try {
      [parts] = await socket.request(request, Buffer.alloc(header), {
        flags: DUMP,
        timeout: TIMEOUT_MS,
      });
    } catch (error) {
      throw new Error(`kernel did not list its ${name}: ${(error as Error).message}`, {
        cause: error,
      });
    }
    if (!parts.some(p => p.flags & DUMP_INTR)) return parts.map(p => Buffer.from(p.data));
    if (trial === TRIES) throw new Error(`kernel's ${name} keep changing while they are listed`);
  }
}

/**
 * What the kernel says of team devices, by generic netlink (linux/if_team.h): rtnetlink knows no more than their ports.
 * Needs CAP_NET_ADMIN, as every command of that family does.
 */
import type { NetlinkSocket } from 'netlink';
import { attributes, text, u16, u32 } from './tlv.ts';

export interface InventoryTeam {
  ifindex: number;
  /** `activebackup`, `loadbalance`, … (option "mode"). */
  mode: string;
  /** Option "activeport"; null: a mode that has none, or no port is active. */
  active_ifindex: number | null;
  /** Ports whose link the team's watch sees up. */
  linked: number[];
}

// linux/genetlink.h, linux/if_team.h
const GENL_ID_CTRL = 16;
const CTRL = { CMD_GETFAMILY: 3, ATTR_FAMILY_ID: 1, ATTR_FAMILY_NAME: 2 } as const;
const TEAM_CMD = { OPTIONS_GET: 2, PORT_LIST_GET: 3 } as const;
const TEAM_ATTR = { TEAM_IFINDEX: 1, LIST_OPTION: 2, LIST_PORT: 3 } as const;
const OPTION = { NAME: 1, DATA: 4, PORT_IFINDEX: 6 } as const;
const PORT = { IFINDEX: 1, LINKUP: 3 } as const;
const GENL_HEADER = 4;
const TIMEOUT_MS = 5000;

/**
 * One for each of these team devices.
 *
 * @throws Error when the kernel refuses
 */
export async function readTeams(ifindexes: number[]): Promise<InventoryTeam[]> {
  if (ifindexes.length === 0) return [];
  const { createNetlink, Protocol } = await import('netlink');
  const socket = createNetlink(Protocol.GENERIC);
  // An 'error' event without a listener would end the process; the pending request fails by its own time-out.
  socket.on('error', () => {});
  try {
    const family = await findFamily(socket);
    const teams: InventoryTeam[] = [];
    for (const ifindex of ifindexes) {
      const of = attribute(TEAM_ATTR.TEAM_IFINDEX, number32(ifindex));
      const options = await ask(socket, family, TEAM_CMD.OPTIONS_GET, of);
      const ports = await ask(socket, family, TEAM_CMD.PORT_LIST_GET, of);
      teams.push(decodeTeam(ifindex, options, ports));
    }
    return teams;
  } finally {
    socket.close();
  }
}

async function findFamily(socket: NetlinkSocket): Promise<number> {
  const name = attribute(CTRL.ATTR_FAMILY_NAME, Buffer.from('team\0'));
  const [answer] = await ask(socket, GENL_ID_CTRL, CTRL.CMD_GETFAMILY, name);
  const id = answer && attributes(answer.subarray(GENL_HEADER)).get(CTRL.ATTR_FAMILY_ID);
  if (!id) throw new Error("kernel has no generic netlink family 'team'");
  return u16(id);
}

async function ask(
  socket: NetlinkSocket,
  family: number,
  command: number,
  body: Buffer,
): Promise<Buffer[]> {
  const header = Buffer.from([command, 1, 0, 0]);
  try {
    const [parts] = await socket.request(family, Buffer.concat([header, body]), {
      timeout: TIMEOUT_MS,
    });
    return parts.map(p => Buffer.from(p.data));
  } catch (error) {
    throw new Error(`kernel did not describe its team devices: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** From the answers to TEAM_CMD_OPTIONS_GET and TEAM_CMD_PORT_LIST_GET, each in one part or more. */
export function decodeTeam(ifindex: number, options: Buffer[], ports: Buffer[]): InventoryTeam {
  const team: InventoryTeam = { ifindex, mode: '', active_ifindex: null, linked: [] };
  for (const option of items(options, TEAM_ATTR.LIST_OPTION)) {
    const name = option.get(OPTION.NAME);
    const data = option.get(OPTION.DATA);
    if (!name || !data || option.has(OPTION.PORT_IFINDEX)) continue;
    if (text(name) === 'mode') team.mode = text(data);
    if (text(name) === 'activeport') team.active_ifindex = u32(data) || null;
  }
  for (const port of items(ports, TEAM_ATTR.LIST_PORT)) {
    const index = port.get(PORT.IFINDEX);
    if (index && port.has(PORT.LINKUP)) team.linked.push(u32(index));
  }
  return team;
}

/** The nests in the list of that type, over all parts. */
const items = (parts: Buffer[], list: number): Map<number, Buffer>[] =>
  parts.flatMap(part => {
    const found = attributes(part.subarray(GENL_HEADER)).get(list);
    return found === undefined ? [] : nests(found);
  });

/** A list's items all have the same type, so they cannot be told apart by it. */
function nests(list: Buffer): Map<number, Buffer>[] {
  const found: Map<number, Buffer>[] = [];
  for (let at = 0; at + 4 <= list.length; ) {
    const length = u16(list, at);
    if (length < 4 || at + length > list.length)
      throw new Error(`item at byte ${at} of a team's list has length ${length} of ${list.length}`);
    found.push(attributes(list.subarray(at + 4, at + length)));
    at += (length + 3) & ~3;
  }
  return found;
}

const number32 = (value: number): Buffer =>
  Buffer.from(new Uint8Array(new Uint32Array([value]).buffer));

function attribute(type: number, payload: Buffer): Buffer {
  const head = Buffer.from(new Uint8Array(new Uint16Array([4 + payload.length, type]).buffer));
  const padding = Buffer.alloc((4 - (payload.length % 4)) % 4);
  return Buffer.concat([head, payload, padding]);
}

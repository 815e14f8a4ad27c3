/**
 * What the kernel says of bonds and of their members in a link's IFLA_LINKINFO (linux/if_link.h). State belongs to the
 * bond: a drill reads it, and puts back nothing of it.
 */
import { attributes, text, u8, u16, u32 } from './tlv.ts';

const IFLA_INFO = { KIND: 1, DATA: 2, SLAVE_KIND: 4, SLAVE_DATA: 5 } as const;
const BOND = {
  MODE: 1,
  ACTIVE_SLAVE: 2,
  MIIMON: 3,
  UPDELAY: 4,
  ARP_INTERVAL: 7,
  AD_INFO: 23,
  AD_INFO_AGGREGATOR: 1,
} as const;
const MEMBER = { MII_STATUS: 2, AD_AGGREGATOR_ID: 6, AD_ACTOR_OPER_PORT_STATE: 7 } as const;
/** Of the actor's state octet (IEEE 802.1AX 6.4.2.3): frames leave by this port. */
const DISTRIBUTING = 0x20;
/** BOND_LINK_UP of net/bonding.h. */
const MII_UP = 0;

/** net/bonding.h: BOND_MODE_… */
export const BOND_MODE = { activeBackup: 1, lacp: 4 } as const;

export interface InventoryBond {
  /** IFLA_BOND_MODE, 0..6. */
  mode: number;
  active_ifindex: number | null;
  miimon_ms: number;
  updelay_ms: number;
  arp_interval_ms: number;
  /** 802.3ad: the aggregator in use; null: another mode, or none. */
  aggregator: number | null;
}

export interface InventoryBondMember {
  /** As the bond's monitor judges it: up, and not waiting for updelay. */
  mii_up: boolean;
  /** 802.3ad. */
  aggregator: number | null;
  /** 802.3ad: frames leave by it; false in the other modes. */
  distributing: boolean;
}

export interface LinkInfo {
  kind: string | null;
  bond: InventoryBond | null;
  member: InventoryBondMember | null;
}

/** @param payload the attribute IFLA_LINKINFO; undefined for a plain NIC */
export function linkInfo(payload: Buffer | undefined): LinkInfo {
  if (payload === undefined) return { kind: null, bond: null, member: null };
  const info = attributes(payload);
  const kind = textOf(info, IFLA_INFO.KIND);
  const data = info.get(IFLA_INFO.DATA);
  const member = info.get(IFLA_INFO.SLAVE_DATA);
  return {
    kind,
    bond: kind === 'bond' && data ? bond(attributes(data)) : null,
    member: member && textOf(info, IFLA_INFO.SLAVE_KIND) === 'bond' ? bondMember(member) : null,
  };
}

function textOf(info: Map<number, Buffer>, type: number): string | null {
  const value = info.get(type);
  return value === undefined ? null : text(value);
}

function bond(a: Map<number, Buffer>): InventoryBond {
  const number = (type: number) => {
    const value = a.get(type);
    return value === undefined ? 0 : u32(value);
  };
  const mode = a.get(BOND.MODE);
  const info = a.get(BOND.AD_INFO);
  const aggregator = info && attributes(info).get(BOND.AD_INFO_AGGREGATOR);
  return {
    mode: mode === undefined ? 0 : u8(mode),
    active_ifindex: number(BOND.ACTIVE_SLAVE) || null,
    miimon_ms: number(BOND.MIIMON),
    updelay_ms: number(BOND.UPDELAY),
    arp_interval_ms: number(BOND.ARP_INTERVAL),
    aggregator: aggregator === undefined ? null : u16(aggregator),
  };
}

function bondMember(payload: Buffer): InventoryBondMember {
  const a = attributes(payload);
  const status = a.get(MEMBER.MII_STATUS);
  const aggregator = a.get(MEMBER.AD_AGGREGATOR_ID);
  const actor = a.get(MEMBER.AD_ACTOR_OPER_PORT_STATE);
  return {
    mii_up: status !== undefined && u8(status) === MII_UP,
    aggregator: aggregator === undefined ? null : u16(aggregator),
    distributing: actor !== undefined && (u8(actor) & DISTRIBUTING) !== 0,
  };
}

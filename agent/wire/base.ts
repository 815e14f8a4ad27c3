/** What all frames and requests are made of. */
import * as z from 'zod';

export const us = z.int().min(0);
export const ifindex = z.int().min(1).max(0x7fffffff);
export const text = z.string().max(256);
export const ip = z.union([z.ipv4(), z.ipv6()]);
export const count = z.int().min(0);
/** IEEE 802.1Q, 9.6: 0 is no VLAN, 4095 is reserved. */
export const vlan = z.int().min(1).max(4094);

/** Carried by every frame. (boot_id, epoch, seq) names it for ever; seq rises by one within an epoch. */
const head = {
  boot_id: z.uuid(),
  /** µs at which the helper started. */
  epoch: us,
  /** 0 for frames made for one client (hello, refused), which are never replayed. */
  seq: count,
  /** Taken where the event is: in the kernel if it can be, else in the helper. */
  t_us: us,
};

/** A frame of this type. shape: its fields beside the head. */
export const frame = <const T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.object({ type: z.literal(type), data: z.object({ ...head, ...shape }) });

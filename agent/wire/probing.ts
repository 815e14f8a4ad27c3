/** Whether a leg passes packets: leg probes and BFD. */
import * as z from 'zod';
import { count, frame, ifindex, ip, us } from './base.ts';

/**
 * How a leg is asked. icmp: an echo (RFC 792, RFC 4443). arp: an ARP probe (RFC 5227: sender address 0.0.0.0). nd: a
 * neighbour solicitation (RFC 4861 4.3). The last two go out by a member of a bond or team, from its permanent MAC
 * or, where that is in use by the bond or another member, one made of it: no switch or host changes what it knows of an
 * address in use.
 */
export const probeMethod = z.enum(['icmp', 'arp', 'nd']);

const bfdState = z.enum(['admin-down', 'down', 'init', 'up']);

export const probingFrames = [
  frame('leg_probe', {
    ifindex,
    target: ip,
    method: probeMethod,
    answering: z.boolean(),
    /** Send time of the first lost echo, or receive time of the first answer. */
    since_us: us,
    sent: count,
    answered: count,
    rtt_us: us,
  }),
  /** A BFD session (RFC 5880, asynchronous mode) on one leg; told when its state changes, and in the snapshot. */
  frame('bfd', {
    ifindex,
    local: ip,
    remote: ip,
    /** RFC 7130: on a member of an aggregate, to port 6784. */
    micro: z.boolean(),
    state: bfdState,
    remote_state: bfdState,
    /** RFC 5880 4.1: 0 none, 1 detection time expired, 3 neighbour signalled session down, 7 administratively down. */
    diagnostic: z.int().min(0).max(31),
    remote_diagnostic: z.int().min(0).max(31),
    /** In this state since; after a loss: when the last packet came. */
    since_us: us,
    /** As agreed with the other end now. */
    tx_us: us,
    detect_us: us,
    gone: z.boolean(),
  }),
] as const;

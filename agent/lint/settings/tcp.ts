/** TCP's retransmission, which decides when a connection flows again after the path is back. */
import { numberSetting, type Tree } from '../tree.ts';
import { mapValue, orDefault, type Value } from '../value.ts';

export interface Tcp {
  /** Least time before a retransmission, ms; a route's own rto_min comes before it. */
  rto_min: Value<number>;
  /** Retransmissions before an established connection is given up. */
  retries2: Value<number>;
}

/** TCP_RTO_MIN, include/net/tcp.h: before it became a sysctl in Linux 6.11. */
const RTO_MIN_MS = 200;

export function readTcp(tree: Tree): Tcp {
  const folder = '/proc/sys/net/ipv4';
  const us = numberSetting(tree, `${folder}/tcp_rto_min_us`, 1);
  return {
    rto_min: orDefault(
      mapValue(us, n => n / 1000),
      RTO_MIN_MS,
    ),
    retries2: numberSetting(tree, `${folder}/tcp_retries2`, 0, 255),
  };
}

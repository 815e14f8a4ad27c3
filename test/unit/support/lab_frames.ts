/** The directly cabled lab in frames: its two legs, its route, a BFD session, and the helper's word on its group. */
import type { Frame } from '../../../agent/wire.ts';
import { type Fields, type Helper, us } from './frames.ts';

/** A leg's BFD session with 10.77.1.2; up, unless `fields` say otherwise. */
export function bfd(h: Helper, ms: number, ifindex: number, fields: Partial<Fields<'bfd'>> = {}) {
  return h.frame(ms, 'bfd', {
    ifindex,
    local: '10.77.1.1',
    remote: '10.77.1.2',
    micro: false,
    state: 'up',
    remote_state: 'up',
    diagnostic: 0,
    remote_diagnostic: 0,
    since_us: us(ms),
    tx_us: 50_000,
    detect_us: 150_000,
    gone: false,
    ...fields,
  });
}

/** The helper's word on LAB_GROUP: c-a left for c-b by a route, unless `fields` say otherwise. */
export function steering(h: Helper, ms: number, fields: Partial<Fields<'steering'>> = {}) {
  return h.frame(ms, 'steering', {
    group: LAB_GROUP,
    outcome: 'steered',
    how: 'route',
    from_ifindex: 31,
    to_ifindex: 32,
    asked_us: us(ms - 2),
    before: '10.77.9.2/32 nexthop via 10.77.1.2 dev c-a nexthop via 10.77.2.2 dev c-b',
    after: '10.77.9.2/32 via 10.77.2.2 dev c-b proto 112',
    lasts: true,
    reason: 'c-a does not answer',
    ...fields,
  });
}

/** Two legs, c-a (31) and c-b (32), as in a directly cabled lab; an ECMP route over both; both ends up. */
export function labSnapshots(helper: Helper, ms: number, more: Frame[] = []): Frame[] {
  return [
    ...helper.snapshot(ms, 'rtnl', [
      helper.link(ms, 1, 'lo', { kind: null, loopback: true }),
      helper.link(ms, 31, 'c-a'),
      helper.link(ms, 32, 'c-b'),
      helper.address(ms, 31, '10.77.1.1/30'),
      helper.address(ms, 32, '10.77.2.1/30'),
      helper.address(ms, 1, '10.77.9.1/32'),
      labRoute(helper, ms),
      helper.route(ms, '10.77.1.0/30', ['31']),
      helper.route(ms, '10.77.2.0/30', ['32']),
      ...more,
    ]),
    ...helper.snapshot(ms, 'carrier', [
      helper.carrier(ms, 31, 'u', 1, 1),
      helper.carrier(ms, 32, 'u', 1, 1),
    ]),
  ];
}

/** The lab's multipath route, with the named legs dead. */
export function labRoute(helper: Helper, ms: number, ...dead: ('a' | 'b')[]): Frame {
  return helper.route(ms, LAB_TARGET, [
    `31@10.77.1.2${dead.includes('a') ? '!' : ''}`,
    `32@10.77.2.2${dead.includes('b') ? '!' : ''}`,
  ]);
}

export const LAB_TARGET = '10.77.9.2/32';
export const LAB_GROUP = `ecmp:${LAB_TARGET}`;
export const flowName = (flow: number): string => `10.77.9.1:${40000 + flow}-10.77.9.2:3260`;

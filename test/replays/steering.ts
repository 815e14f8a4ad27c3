/** Stories of legs that pass nothing: what BFD says of them, and what the helper does about it. */
import type { Observation } from '../../agent/types.ts';
import { GROUP, Host, ms, s } from '../unit/main/host.ts';

type Line = Host['frames'][number] | { observe: Observation };

const steering = (host: Host, outcome: 'steered' | 'undone' | 'refused', asked: boolean, reason: string) =>
  host.say('steering', {
    group: GROUP,
    outcome,
    how: outcome === 'refused' ? null : 'route',
    from_ifindex: 31,
    to_ifindex: outcome === 'refused' ? null : 32,
    asked_us: asked ? host.t - 10 * ms : null,
    before: '10.77.9.2/32 nexthop via 10.77.1.2 dev c-a nexthop via 10.77.2.2 dev c-b',
    after: outcome === 'steered' ? '10.77.9.2/32 via 10.77.2.2 dev c-b proto 112' : '',
    lasts: true,
    reason,
  });

const bfd = (
  host: Host,
  state: 'up' | 'down',
  diagnostic: number,
  since_us: number,
  remote_state: 'up' | 'down' | 'admin-down' = state,
) =>
  host.say('bfd', {
    ifindex: 31,
    local: '10.77.1.1',
    remote: '10.77.1.2',
    micro: false,
    state,
    remote_state,
    diagnostic,
    remote_diagnostic: 0,
    since_us,
    tx_us: 50 * ms,
    detect_us: 150 * ms,
    gone: false,
  });

export const steered: Record<string, () => Line[]> = {
  /** A leg passes nothing; the helper leaves it 65 ms later, its peer after 350 ms, and it is used again when it is well. */
  'made-blackhole-steered'() {
    const host = new Host().attach().wait(5 * s);
    host.wait(53 * ms).stall().wait(12 * ms);
    steering(host, 'steered', true, '1 flow stands still on c-a');
    host.say('flow_switch', { flow: 1, direction: 'out', from_ifindex: 31, to_ifindex: 32 });
    host.wait(235 * ms).tellProbe('c-a', false).wait(50 * ms);
    host.move('c-b').resume().wait(20 * s);
    host.tellProbe('c-a', true).wait(10 * s);
    steering(host, 'undone', false, 'c-a has answered for 10 s');
    return host.wait(10 * s).frames;
  },
  /** The same, and the other leg is not proven: asked again and again, and never done. */
  'made-blackhole-refused'() {
    const host = new Host().attach().wait(5 * s);
    host.wait(53 * ms).stall().wait(150 * ms);
    steering(host, 'refused', true, '1 flow stands still on c-a; no other leg answers');
    host.wait(97 * ms).tellProbe('c-a', false);
    for (let i = 0; i < 3; i++) {
      host.wait(s);
      steering(host, 'refused', true, 'c-a does not answer (10.77.1.2); no other leg answers');
    }
    host.wait(2 * s).tellProbe('c-a', true).wait(s).resume();
    return host.wait(30 * s).frames;
  },
  /** A BFD session goes down with its leg, comes back, and is then held down at the other end. */
  'made-bfd-session'() {
    const host = new Host().attach().wait(s);
    bfd(host, 'up', 0, host.t);
    host.wait(10 * s);
    bfd(host, 'down', 1, host.t - 150 * ms);
    host.wait(150 * ms).tellProbe('c-a', false).wait(5 * s);
    bfd(host, 'up', 0, host.t);
    host.tellProbe('c-a', true).wait(10 * s);
    bfd(host, 'down', 3, host.t, 'admin-down');
    return host.wait(10 * s).frames;
  },
};

/** NFS has no second path of its own: whether its connection outlives a failover below it. */
import { judged, LOSSES, type Rule, rule } from '../rule.ts';

const nfsUserTimeout = rule({
  id: 'nfs-user-timeout',
  layer: 'nfs',
  subject: 'nfs',
  stage: 'keep',
  losses: LOSSES,
  way: '',
  reads: ['/proc/self/mountinfo'],
  formula:
    'timeo ÷ 10 × (retrans + 1) s before it flows: hard 3 s more until the next connection, soft never; else 0',
  advice: l =>
    `mount with timeo × (retrans + 1) well above ${l.elapsed_ms} ms (the defaults, 600 and 2, are), and hard`,
  source: [
    'nfs(5): timeo, retrans, soft, hard',
    'net/sunrpc/xprtsock.c: xs_tcp_set_socket_timeouts() sets TCP_USER_TIMEOUT; XS_TCP_INIT_REEST_TO',
  ],
  judge: ({ mount: { timeo, retrans, soft, tcp }, elapsed_ms }) =>
    !tcp
      ? null
      : judged({ timeo, retrans }, v => {
          const end = 100 * v.timeo * (v.retrans + 1);
          if (end >= elapsed_ms) return { ms: 0, why: `the connection waits ${end / 1000} s` };
          return soft
            ? {
                ms: 'never',
                why: `requests fail after ${end} ms, before the path is back (soft mount)`,
              }
            : {
                ms: 3000,
                why: `the connection is given up after ${end} ms, before the path is back`,
              };
        }),
});

export const nfsRules: readonly Rule<'nfs'>[] = [nfsUserTimeout];

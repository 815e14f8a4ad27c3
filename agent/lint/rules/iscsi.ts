/** iSCSI: how soon a session notices a dead path, and how soon its I/O leaves it. */
import { judged, LOSSES, type Rule, rule } from '../rule.ts';
import { late } from '../timers.ts';

const ISCSID = 'open-iscsi, iscsid.conf';

const iscsiNoop = rule({
  id: 'iscsi-noop',
  layer: 'iscsi',
  subject: 'iscsi',
  stage: 'detect',
  losses: LOSSES,
  way: 'noop',
  reads: [
    '/sys/class/iscsi_connection/<connection>/recv_tmo',
    '/sys/class/iscsi_connection/<connection>/ping_tmo',
    '/etc/iscsi/iscsid.conf',
  ],
  formula: 'noop_out_interval + noop_out_timeout',
  advice: () =>
    'node.conn[0].timeo.noop_out_interval and noop_out_timeout of 1 s are the least; a failover within 1 s needs a bond or multipath route below the session',
  source: [
    `${ISCSID}: node.conn[0].timeo.noop_out_interval, noop_out_timeout`,
    'drivers/scsi/libiscsi.c: iscsi_has_ping_timed_out()',
  ],
  judge: ({ noop_out_interval, noop_out_timeout }) =>
    judged({ noop_out_interval, noop_out_timeout }, v => {
      if (v.noop_out_interval === 0 || v.noop_out_timeout === 0)
        return {
          ms: 'never',
          why: 'NOP-Outs are off: the session does not notice that nobody answers',
          by: v.noop_out_interval === 0 ? 'noop_out_interval' : 'noop_out_timeout',
        };
      return {
        ms: late(1000 * (v.noop_out_interval + v.noop_out_timeout)),
        why: `a NOP-Out goes out after ${v.noop_out_interval} s of silence and has ${v.noop_out_timeout} s`,
      };
    }),
});

const iscsiReplacement = rule({
  id: 'iscsi-replacement',
  layer: 'iscsi',
  subject: 'iscsi',
  stage: 'switch',
  losses: LOSSES,
  way: '',
  reads: ['/sys/class/iscsi_session/<session>/recovery_tmo', '/etc/iscsi/iscsid.conf'],
  formula: 'replacement_timeout; negative: never',
  advice: () =>
    'replacement_timeout of 0 or 1 s below dm-multipath: by fast_io_fail_tmo in multipath.conf, or node.session.timeo.replacement_timeout',
  source: [
    `${ISCSID}: node.session.timeo.replacement_timeout`,
    'multipath.conf(5): fast_io_fail_tmo (multipathd writes it into the session)',
  ],
  judge: ({ replacement_timeout }) =>
    judged({ replacement_timeout }, v =>
      v.replacement_timeout < 0
        ? { ms: 'never', why: 'I/O of a lost session waits for it for ever' }
        : {
            ms: late(1000 * v.replacement_timeout),
            why: `I/O of a lost session waits ${v.replacement_timeout} s for it before it takes another path`,
          },
    ),
});

export const iscsiRules: readonly Rule<'iscsi'>[] = [iscsiNoop, iscsiReplacement];

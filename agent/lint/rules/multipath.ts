/** dm-multipath: what multipathd adds to the transports' own time-outs. */
import { judged, LOSSES, type Rule, rule, shown } from '../rule.ts';

const MULTIPATH = 'multipath.conf(5)';
const CONF = ['/etc/multipath.conf', '/etc/multipath/conf.d/*.conf'];

const checker = rule({
  id: 'multipath-checker',
  layer: 'multipath',
  subject: 'multipath',
  stage: 'note',
  losses: LOSSES,
  way: '',
  reads: [...CONF, '/sys/block/<disk>/device/timeout'],
  formula: "max_polling_interval + checker_timeout, or the disk's own timeout",
  advice: () =>
    'polling_interval 1, max_polling_interval 2, checker_timeout 2; what is under way waits for the transport all the same',
  source: [`${MULTIPATH}: polling_interval, max_polling_interval, checker_timeout`],
  judge: ({ multipath: { max_polling_interval, checker_timeout }, disk_timeout }) =>
    judged({ max_polling_interval, checker_timeout, 'device/timeout': disk_timeout }, v => {
      const ms = 1000 * (v.max_polling_interval + (v.checker_timeout ?? v['device/timeout']));
      return {
        ms,
        why: `new I/O leaves a dead path after ${ms / 1000} s at the latest, by multipathd's checker`,
      };
    }),
});

const fastIoFail = rule({
  id: 'multipath-fast-io-fail',
  layer: 'multipath',
  subject: 'multipath',
  stage: 'note',
  losses: LOSSES,
  way: '',
  reads: CONF,
  formula: 'fast_io_fail_tmo, which multipathd writes into each session as its replacement_timeout',
  advice: () => 'fast_io_fail_tmo 1 in the section defaults',
  source: [`${MULTIPATH}: fast_io_fail_tmo`],
  judge: ({ multipath: { fast_io_fail_tmo } }) =>
    judged({ fast_io_fail_tmo }, v => ({
      ms: v.fast_io_fail_tmo < 0 ? 'never' : 1000 * v.fast_io_fail_tmo,
      why:
        v.fast_io_fail_tmo < 0
          ? "fast_io_fail_tmo is off: the session's own replacement_timeout counts"
          : `multipathd lets a lost session fail its I/O after ${v.fast_io_fail_tmo} s`,
      warns: v.fast_io_fail_tmo < 0,
    })),
});

const noPathRetry = rule({
  id: 'multipath-no-path-retry',
  layer: 'multipath',
  subject: 'multipath',
  stage: 'note',
  losses: LOSSES,
  way: '',
  reads: CONF,
  formula: 'no_path_retry × polling_interval; fail: 0; queue: never ends',
  advice: () =>
    'no_path_retry: a number, so that both paths may be lost for a while, but not for ever (12 with polling_interval 5 is a minute)',
  source: [`${MULTIPATH}: no_path_retry, polling_interval`],
  judge: ({ multipath: { no_path_retry, polling_interval } }) =>
    judged({ no_path_retry, polling_interval }, v => {
      if (v.no_path_retry === 'fail' || v.no_path_retry === '0')
        return { ms: 0, why: 'with all paths lost I/O fails at once', warns: true };
      if (v.no_path_retry === 'queue')
        return { ms: 'never', why: 'with all paths lost I/O waits for ever', warns: true };
      const ms = 1000 * Number(v.no_path_retry) * v.polling_interval;
      return { ms, why: `with all paths lost I/O waits ${ms / 1000} s` };
    }),
});

const devLoss = rule({
  id: 'multipath-dev-loss',
  layer: 'multipath',
  subject: 'multipath',
  stage: 'note',
  losses: LOSSES,
  way: '',
  reads: CONF,
  formula: 'dev_loss_tmo; to be more than fast_io_fail_tmo (FC and SAS; iSCSI disks stay)',
  advice: () => 'dev_loss_tmo infinity, so that a path comes back by itself',
  source: [`${MULTIPATH}: dev_loss_tmo, fast_io_fail_tmo`],
  judge: ({ multipath: { dev_loss_tmo, fast_io_fail_tmo } }) => {
    if (dev_loss_tmo.state === 'known' && dev_loss_tmo.value === null)
      return {
        ms: 'unknown',
        settings: [shown('dev_loss_tmo', dev_loss_tmo)],
        why: 'dev_loss_tmo is left as the driver sets it',
      };
    return judged({ dev_loss_tmo, fast_io_fail_tmo }, v => {
      const seconds = v.dev_loss_tmo ?? 0;
      return {
        ms: Number.isFinite(seconds) ? 1000 * seconds : 'never',
        why:
          seconds <= v.fast_io_fail_tmo
            ? 'a lost path is removed before its I/O is failed over'
            : `a lost path is removed after ${Number.isFinite(seconds) ? `${seconds} s` : 'no time at all'}`,
        warns: seconds <= v.fast_io_fail_tmo,
      };
    });
  },
});

export const multipathRules: readonly Rule<'multipath'>[] = [
  checker,
  fastIoFail,
  noPathRetry,
  devLoss,
];

/** NVMe over TCP: how soon a controller is found dead, and how soon its I/O leaves it. */
import { judged, LOSSES, type Rule, rule } from '../rule.ts';
import { late } from '../timers.ts';

/** The block layer looks at its time-outs once a second (block/blk-timeout.c, blk_round_jiffies()). */
const BLOCK_TICK_MS = 1000;

const nvmeKeepAlive = rule({
  id: 'nvme-keep-alive',
  layer: 'nvme',
  subject: 'nvme',
  stage: 'detect',
  losses: LOSSES,
  way: 'keep-alive',
  reads: ['/sys/class/nvme/<controller>/kato'],
  formula: '3 × keep_alive_tmo + 2 s',
  advice: () =>
    'keep_alive_tmo of 1 s is the least; a failover within 1 s needs a bond or multipath route below the connection',
  source: [
    'nvme-connect(1): --keep-alive-tmo',
    'drivers/nvme/host/core.c: nvme_keep_alive_work(): sent within keep_alive_tmo of the last answer, awaited for as long; taking the controller down may wait for it as long again (with 5 s, Linux 6.1: 12.6 s and 15.6 s measured)',
  ],
  judge: ({ controller: { keep_alive_tmo } }) =>
    judged({ keep_alive_tmo }, v =>
      v.keep_alive_tmo === 0
        ? {
            ms: 'never',
            why: 'keep-alive is off: the controller is not asked whether it is there',
          }
        : {
            ms: late(3000 * v.keep_alive_tmo) + 2 * BLOCK_TICK_MS,
            why: `a keep-alive goes out within ${v.keep_alive_tmo} s and has as long, and the end of the connection may wait for it once more`,
          },
    ),
});

const nvmeFailover = rule({
  id: 'nvme-failover',
  layer: 'nvme',
  subject: 'nvme',
  stage: 'switch',
  losses: LOSSES,
  way: '',
  reads: [
    '/sys/module/nvme_core/parameters/multipath',
    '/sys/class/nvme/<controller>/fast_io_fail_tmo',
    '/sys/class/nvme/<controller>/ctrl_loss_tmo',
  ],
  formula:
    'native multipath: 0; else fast_io_fail_tmo, or ctrl_loss_tmo when that is off, or never when both are',
  advice: () =>
    'use native multipath (nvme_core.multipath=Y), or connect with --fast_io_fail_tmo=1 below dm-multipath',
  source: [
    'nvme-connect(1): --fast_io_fail_tmo, --ctrl-loss-tmo',
    'Documentation/admin-guide/nvme-multipath.rst',
  ],
  judge: ({ controller: { fast_io_fail_tmo, ctrl_loss_tmo }, native }) => {
    if (native.state === 'known' && native.value)
      return judged({ multipath: native }, () => ({
        ms: 0,
        why: 'the driver sends I/O of a lost controller by another one at once',
      }));
    return judged({ fast_io_fail_tmo, ctrl_loss_tmo, multipath: native }, v => {
      if (v.fast_io_fail_tmo >= 0)
        return {
          ms: late(1000 * v.fast_io_fail_tmo),
          why: `I/O waits ${v.fast_io_fail_tmo} s for a lost controller`,
        };
      if (v.ctrl_loss_tmo >= 0)
        return {
          ms: late(1000 * v.ctrl_loss_tmo),
          why: `fast_io_fail_tmo is off: I/O waits for a lost controller until that is removed after ${v.ctrl_loss_tmo} s`,
          by: 'ctrl_loss_tmo',
        };
      return { ms: 'never', why: 'I/O waits for a lost controller for ever' };
    });
  },
});

const nvmeReconnect = rule({
  id: 'nvme-reconnect',
  layer: 'nvme',
  subject: 'nvme',
  stage: 'note',
  losses: LOSSES,
  way: '',
  reads: [
    '/sys/class/nvme/<controller>/reconnect_delay',
    '/sys/class/nvme/<controller>/ctrl_loss_tmo',
  ],
  formula: 'tried every reconnect_delay; removed for good after ctrl_loss_tmo',
  advice: () =>
    'connect with --ctrl-loss-tmo=-1, so that a path comes back by itself after a long repair',
  source: ['nvme-connect(1): --reconnect-delay, --ctrl-loss-tmo'],
  judge: ({ controller: { reconnect_delay, ctrl_loss_tmo } }) =>
    judged({ ctrl_loss_tmo, reconnect_delay }, v => ({
      ms: 1000 * Math.max(0, v.reconnect_delay),
      why:
        v.ctrl_loss_tmo < 0
          ? `a lost path is tried again every ${v.reconnect_delay} s`
          : `a path that is lost for ${v.ctrl_loss_tmo} s is removed, and does not come back by itself`,
      warns: v.ctrl_loss_tmo >= 0,
    })),
});

export const nvmeRules: readonly Rule<'nvme'>[] = [nvmeKeepAlive, nvmeFailover, nvmeReconnect];

// guest: --timeout 90
/** A driver whose module comes when the helper runs already: it cannot load programs any more, and says so. */
import { execFileSync } from 'node:child_process';
import t from 'tap';
import { until } from '../../scripts/lab/wait.ts';
import { Attached, Helper, socketOf } from '../vm/helper.ts';

t.setTimeout(80_000);

t.test('modules that were not there at the start', async t => {
  const helper = await Helper.start(t, '--nudge', 'off');
  const reason = ({ hello }: Attached) =>
    hello.sources.find(({ name }) => name === 'hwevents')?.reason ?? '';
  t.equal(reason(helper), 'nvme_core not loaded, scsi_mod not loaded');
  execFileSync('modprobe', ['nvme']);
  const line = await until('it to say so', () =>
    /^.*restart pathwarden-helper.*$/m.exec(helper.said),
  );
  t.match(line[0], /hwevents degraded: nvme_core was loaded after the start/);
  const second = await Attached.to(t, socketOf(0));
  t.match(reason(second), /nvme_core was loaded after the start: restart pathwarden-helper/);

  const again = await Helper.start(t, '--nudge', 'off');
  t.equal(reason(again), 'scsi_mod not loaded', 'a helper that starts now hears of NVMe');
});

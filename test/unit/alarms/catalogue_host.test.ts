/** The texts of the alarms of disks, sensors and the host name the limits that the faults keep. */
import t from 'tap';
import { entryOf } from '../../../agent/alarms/catalogue.ts';
import { hostCatalogue } from '../../../agent/alarms/catalogue_host.ts';
import { hardwareLimits } from '../../../agent/faults/hw_limits.ts';

const seconds = (us: number) => `${us / 1e6} s`;
const hours = (us: number) => `${us / 3600e6} h`;

t.test('limits', async t => {
  const says = (type: string, field: 'text' | 'clears', ...words: string[]) => {
    for (const word of words) t.match(entryOf(type)[field], word, `${type} ${field}`);
  };
  const { disk, array, filesystem, processors, kernel, watchdog, sensor, bmc } = hardwareLimits;
  says(
    'disk-failing',
    'text',
    ...[`${disk.used} %`, `${disk.timeouts} requests`, seconds(disk.timeouts_window_us)],
    hours(disk.window_us),
    ...Object.values(disk.rise).map(rise => `rose by ${rise}`),
  );
  says('disk-failing', 'clears', seconds(disk.trouble_us));
  says('disk-failed', 'clears', seconds(disk.trouble_us));
  says('disk-media-errors', 'clears', seconds(disk.media_quiet_us));
  says('disk-removed', 'text', seconds(disk.used_before_us));
  says('disk-removed', 'clears', seconds(disk.forget_after_us));
  says('array-degraded', 'clears', seconds(array.clear_after_us));
  says('filesystem-read-only', 'clears', seconds(filesystem.clear_after_us));
  says('processor-offline', 'clears', seconds(processors.clear_after_us));
  says('memory-offline', 'clears', seconds(processors.clear_after_us));
  says('task-hung', 'clears', seconds(kernel.hung_quiet_us));
  says('cpu-lockup', 'clears', seconds(kernel.lockup_quiet_us));
  says('watchdog-reset', 'clears', seconds(watchdog.told_us));
  says(
    'temperature-high',
    'clears',
    ...[`${sensor.margin.temperature} °C`, seconds(sensor.clear_after_us)],
    ...[seconds(sensor.settle_us), seconds(sensor.trip_quiet_us)],
  );
  says('fan-failed', 'clears', `${sensor.margin.fan! * 100} %`, seconds(sensor.clear_after_us));
  says('power-supply-failed', 'clears', seconds(sensor.clear_after_us));
  says('sensor-threshold', 'clears', seconds(sensor.clear_after_us), seconds(sensor.settle_us));
  says('bmc-event', 'clears', seconds(bmc.quiet_us));
});

t.test(
  'each of them proposes a repair, and is told the moment it is seen but for what is polled',
  async t => {
    for (const { type, repair } of hostCatalogue) t.ok(repair.length > 10, type);
    const slow = hostCatalogue.filter(one => !one.prompt).map(one => one.type);
    t.same(slow, ['watchdog-reset', 'bmc-event']);
  },
);

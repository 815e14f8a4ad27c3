/** Stories of disks, arrays and file systems that fail, and of what surrounds them. */
import type { Frame, ReaderTool } from '../../agent/wire.ts';
import { Host, ms, s } from '../unit/main/host.ts';
import { type Fields, type HardwareType, hwFields } from '../unit/support/hardware_frames.ts';
import { ataWith, nvmeWith, said } from '../unit/topology/readings/fixture.ts';

/** An NVMe disk, and two SATA disks that are the members of md0, which is mounted at /srv. */
class DiskHost extends Host {
  tellAll(): this {
    this.whole('disk', () => this.tellDisk('nvme0n1').tellDisk('sda').tellDisk('sdb'));
    this.whole('block', () => {});
    this.whole('md', () => this.hw('md'));
    this.whole('mount', () => this.tellMount());
    return this.whole('reader', () => {
      this.read('nvme-smart-log', 'nvme0', nvmeWith({}));
      this.read('smartctl', 'nvme0', said('smartctl-nvme.json'));
      this.read('smartctl', 'sda', ataWith({}, { serial_number: 'ZL2A0001' }));
      this.read('smartctl', 'sdb', ataWith({}, { serial_number: 'ZL2B0002' }));
    });
  }

  whole(source: string, tell: () => void): this {
    this.say('snapshot', { source, phase: 'begin', complete: false });
    tell();
    return this.say('snapshot', { source, phase: 'end', complete: true });
  }

  hw<T extends HardwareType>(type: T, of: Partial<Fields<T>> = {}): this {
    return this.say(type, hwFields(type, of));
  }

  read(tool: ReaderTool, subject: string, output: string, of: Partial<Fields<'reading'>> = {}) {
    return this.hw('reading', { tool, subject, output, ...of });
  }

  tellDisk(disk: string, gone = false): this {
    const pci = disk.startsWith('nvme') ? '0000:5e:00.0' : '0000:00:17.0';
    const of = { disk, major: 8, minor: 0, kind: 'local' as const, session: null, map: null };
    return this.say('disk', { ...of, pci, scsi: null, holders: [], gone });
  }

  tellMount(of: Partial<Fields<'mount'>> = {}): this {
    return this.hw('mount', { point: '/srv', source: '/dev/md0', ...of });
  }

  failRequests(disk: string, medium: number, medium_sector: number): this {
    return this.say('io_errors', { disk, errors: medium, last: 'EIO', medium, medium_sector });
  }
}

const begin = (): DiskHost => new DiskHost().attach().tellAll().wait(5 * s);

const IN_SYNC = { disk: 'sda', slot: 0, state: 'in_sync' };
const FAULTY = { disk: 'sdb', slot: null, state: 'faulty' };
const SPARE = { disk: 'sdc', slot: 1, state: 'spare' };

export const disks: Record<string, () => Frame[]> = {
  /** The controller's event, then its log: reliability first, read only a minute later; then it is pulled, and replaced. */
  'made-nvme-fails'() {
    const host = begin().hw('nvme_event', { controller: 'nvme0', result: '0x20001' });
    host.wait(300 * ms).read('nvme-smart-log', 'nvme0', nvmeWith({ critical_warning: 4 }));
    host.wait(60 * s).read('nvme-smart-log', 'nvme0', nvmeWith({ critical_warning: 12 }));
    host.wait(60 * s).tellDisk('nvme0n1', true);
    host.wait(100 * ms).read('nvme-smart-log', 'nvme0', '', { outcome: 'gone' });
    host.read('smartctl', 'nvme0', '', { outcome: 'gone' }).wait(60 * s).tellDisk('nvme0n1');
    return host.read('nvme-smart-log', 'nvme0', nvmeWith({})).wait(5 * s).frames;
  },
  /** A member's medium fails requests, the array lets it go, and is rebuilt on a spare. */
  'made-md-member-fails'() {
    const host = begin().failRequests('sdb', 1, 4660).wait(20 * ms);
    host.hw('md', { degraded: 1, members: [IN_SYNC, FAULTY] }).wait(900 * ms);
    host.read('smartctl', 'sdb', ataWith({ 187: 1, 197: 8 }, { serial_number: 'ZL2B0002' }));
    host.wait(30 * s).tellDisk('sdc').wait(s);
    const rebuilt = { degraded: 1, action: 'recover' };
    host.hw('md', { ...rebuilt, members: [IN_SYNC, FAULTY, SPARE] }).wait(60 * s);
    host.hw('md', { members: [IN_SYNC, { ...SPARE, state: 'in_sync' }] }).wait(20 * s);
    host.tellDisk('sdb', true).read('smartctl', 'sdb', '', { outcome: 'gone' });
    return host.wait(5 * s).frames;
  },
  /** A whole array is lost under its file system: one root, and what follows from it. */
  'made-disk-pulled'() {
    const host = begin().tellMount({ point: '/data', source: '/dev/nvme0n1p1' }).wait(s);
    host.tellDisk('nvme0n1', true).wait(50 * ms);
    host.tellMount({ point: '/data', source: '/dev/nvme0n1p1', super_read_only: true });
    host.hw('kmsg', { text: 'EXT4-fs (nvme0n1p1): Remounting filesystem read-only' }).wait(60 * s);
    host.tellMount({ point: '/data', source: '/dev/nvme0n1p1', gone: true });
    return host.wait(30 * s).frames;
  },
  /** By an error, and by hand, which is no fault. */
  'made-read-only'() {
    const host = begin().tellMount({ super_read_only: true }).wait(10 * s).tellMount();
    host.wait(10 * s).tellMount({ super_read_only: true, read_only: true });
    return host.wait(10 * s).frames;
  },
  /** A task hangs while its storage does not answer; a processor locks up; another one is taken offline by hand. */
  'made-host-hangs'() {
    const host = begin().hw('processors', { smt: 'notsupported' });
    host.hw('kmsg', { text: 'INFO: task dd:4711 blocked for more than 120 seconds.' });
    host.wait(120 * s).hw('kmsg', { text: 'INFO: task dd:4711 blocked for more than 241 seconds.' });
    const soft = 'watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [stress:1234]';
    host.hw('kmsg', { text: soft }).wait(28 * s).hw('kmsg', { text: soft }).wait(310 * s);
    host.hw('processors', { online: '0-2', smt: 'notsupported' }).wait(10 * s);
    return host.hw('processors', { smt: 'notsupported' }).wait(5 * s).frames;
  },
  /** Records of the management controller's log come and end, it is cleared, and its sensors are read; garbage in between. */
  'made-bmc'() {
    const lines = said('ipmi-sel.csv').trim().split('\n');
    const log = (...of: number[]) => of.map(number => `${lines[number - 1]}\n`).join('');
    const host = begin().read('ipmi-sel', 'bmc', log(1, 2)).wait(10 * s);
    host.read('ipmi-sel', 'bmc', log(1, 2, 3, 4)).wait(10 * s);
    host.read('ipmi-sel', 'bmc', log(1, 2, 3).slice(0, -20), { outcome: 'truncated' }).wait(10 * s);
    host.read('ipmi-sel', 'bmc', log(1, 2, 3, 4, 5, 6, 7)).wait(10 * s);
    host.read('ipmi-sensors', 'bmc', said('ipmi-sensors.csv')).wait(60 * s);
    const mended = said('ipmi-sensors.csv').replace(', Power Supply AC lost', '');
    host.read('ipmi-sensors', 'bmc', mended.replace('FAN2,0,RPM,cr', 'FAN2,5100,RPM,ok'));
    return host.wait(320 * s).read('ipmi-sel', 'bmc', log(1)).wait(10 * s).frames;
  },
  /** Fans and temperatures, which no guest has: what a chip says while a fan dies, and the board gets hot. */
  'made-fan-fails'() {
    const host = begin();
    const tell = (rpm: number, celsius: number) =>
      host.hw('hwmon', {
        ...{ chip: 'hwmon3', name: 'nct6775', device: 'nct6775.656' },
        sensors: [
          reading('fan1', 'CPU fan', rpm, { low: 300, alarm: rpm < 300 }),
          reading('temp1', 'SYSTIN', celsius * 1000, { high: 70_000, critical: 90_000 }),
          reading('in0', 'Vcore', 1_100, {}),
        ],
      });
    for (const [rpm, celsius] of [
      ...[[1200, 40], [290, 41], [0, 55], [0, 69.9], [0, 70.2], [0, 91], [0, 80], [1150, 69]],
      ...[[1180, 66], [1190, 50]],
    ] as const) {
      tell(rpm, celsius).wait(30 * s);
    }
    host.hw('thermal_trip', { zone: 'acpitz', kind: 'critical' });
    return host.wait(90 * s).frames;
  },
};

type Sensor = Fields<'hwmon'>['sensors'][number];
const reading = (
  sensor: string,
  label: string,
  input: number,
  of: Partial<Sensor>,
): Sensor => ({
  ...{ sensor, label, input, low: null, high: null, critical: null, alarm: null, fault: null },
  ...of,
});

/** A server as its frames tell of it. */
import type { Frame } from '../../../agent/wire.ts';
import type { Helper } from './frames.ts';
import { HARDWARE_SOURCES, hw } from './hardware_frames.ts';
import { madeDimm, madeSlot, madeSupply, smbiosTable } from './smbios.ts';

const SYSTEM = {
  type: 1,
  fields: ['Dell Inc.', 'PowerEdge R740xd', 'Not Specified', '7XKJ9R2'],
};

const cpu = (slot: string) => ({
  type: 4,
  fields: [
    ...[slot, 3, 0xb3, 'Intel', ...Array(8).fill(0), 'Xeon Gold 6248', ...Array(7).fill(0)],
    ...[0x41, 0, 0, 0, 0, 0, 0, 0, 'Not Specified', '', '', 20, 20, 40],
  ],
});

const SMART = {
  model_name: 'SAMSUNG MZQL23T8HCLS-00A07',
  serial_number: 'S64HNE0R500123',
  firmware_version: 'GDC5602Q',
  nvme_smart_health_information_log: {
    ...{ critical_warning: 0, temperature: 49, available_spare: 100 },
    ...{ available_spare_threshold: 10, percentage_used: 3, media_errors: 0 },
  },
};

const SENSORS = [
  'Inlet Temp,23,degrees C,ok,7.1,Environmental',
  'Fan1,5880,RPM,ok,7.1,Fan',
  'PS1 Status,85h,ok,10.1,Presence detected',
].join('\n');

export function serverFrames(h: Helper, ms = 1): Frame[] {
  const table = smbiosTable([
    ...[SYSTEM, cpu('CPU1'), cpu('CPU2')],
    ...['A1', 'A2', 'B1', 'B2'].map((slot, i) => madeDimm(`DIMM_${slot}`, '', `0317A4${i}`)),
    ...[madeSlot('PCIe Slot 3', 0x3b, 0), madeSupply('PSU1', 'PWR SPLY', 'CN179')],
  ]);
  const dimms = ['A1', 'A2', 'B1'].map((slot, i) => ({
    ...{ dimm: `dimm${i}`, label: `DIMM_${slot}`, location: '', size_mib: 32_768 },
    ...{ kind: 'Registered-DDR4', corrected: i === 1 ? 214 : 0, uncorrected: 0 },
  }));
  const of: Record<string, Frame[]> = {
    pci: [
      hw(h, ms, 'pci_device', { device: '0000:3a:00.0', parent: null, class: 0x060400 }),
      hw(h, ms, 'pci_device', { slot: null }),
      hw(h, ms, 'pci_device', { device: '0000:3b:00.1', slot: null, link_width: 4 }),
      hw(h, ms, 'pci_device', { device: '0000:3b:02.0', physical: '0000:3b:00.0', slot: null }),
      hw(h, ms, 'pci_device', {
        ...{ device: '0000:5e:00.0', parent: null, slot: 'Bay 1', class: 0x010802 },
        ...{ vendor: 0x144d, product: 0xa80a, driver: 'nvme', link_width: 4, max_link_width: 4 },
      }),
    ],
    processors: [
      hw(h, ms, 'processors', { present: '0-79', online: '0-78' }),
      hw(h, ms, 'memory', { corrupted_bytes: 4096 }),
    ],
    md: [hw(h, ms, 'md', { degraded: 1, action: 'recover' })],
    mount: [hw(h, ms, 'mount', {}), hw(h, ms, 'mount', { point: '/', source: '/dev/md0' })],
    supply: [hw(h, ms, 'power_supply', {}), hw(h, ms, 'watchdog', {})],
    reader: [
      hw(h, ms, 'reading', { tool: 'dmi', subject: 'host', output: table.toString('base64') }),
      hw(h, ms, 'reading', { subject: 'nvme0', output: JSON.stringify(SMART) }),
      hw(h, ms, 'reading', { tool: 'ipmi-sensors', subject: 'bmc', output: SENSORS }),
      hw(h, ms, 'hwmon', {}),
      hw(h, ms, 'edac', { dimms }),
    ],
    disk: [
      h.frame(ms, 'disk', {
        ...{ disk: 'nvme0n1', major: 259, minor: 0, kind: 'local', session: null, map: null },
        ...{ pci: '0000:5e:00.0', scsi: null, holders: [], gone: false },
      }),
      h.frame(ms, 'disk', {
        ...{ disk: 'sdx', major: 8, minor: 0, kind: 'iscsi', session: null, map: null },
        ...{ pci: null, scsi: null, holders: [], gone: false },
      }),
    ],
  };
  const sources = [...Object.keys(HARDWARE_SOURCES), 'disk'];
  return [h.hello(ms), ...sources.flatMap(source => h.snapshot(ms, source, of[source]!))];
}

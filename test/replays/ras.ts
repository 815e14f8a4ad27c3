/** Stories of memory, processors and PCI functions that fail. */
import type { Frame } from '../../agent/wire.ts';
import { Host, ms, s } from '../unit/main/host.ts';
import { type Fields, type HardwareType, hwFields } from '../unit/support/hardware_frames.ts';

const PORT = '0000:3a:00.0';
const NIC = '0000:3b:00.0';
const NVME = '0000:5e:00.0';

/** c-a is a NIC behind a root port; an NVMe disk is behind another. */
class HardwareHost extends Host {
  constructor() {
    super();
    this.pci['c-a'] = NIC;
  }

  tellHardware(): this {
    const at = (device: string, parent: string | null, of: Partial<Fields<'pci_device'>> = {}) =>
      this.hw('pci_device', { device, parent, ...of });
    this.say('snapshot', { source: 'pci', phase: 'begin', complete: false });
    at(PORT, null, { class: 0x060400, driver: 'pcieport', slot: null });
    at(NIC, PORT);
    at('0000:3b:00.1', PORT);
    at('0000:5d:00.0', null, { class: 0x060400, driver: 'pcieport', slot: null });
    at(NVME, '0000:5d:00.0', { class: 0x010802, driver: 'nvme', slot: 'Bay 1' });
    this.say('snapshot', { source: 'pci', phase: 'end', complete: true });
    this.say('snapshot', { source: 'disk', phase: 'begin', complete: false });
    const disk = { disk: 'nvme0n1', major: 259, minor: 0, kind: 'local' as const };
    const nobody = { session: null, map: null, scsi: null, holders: [] };
    this.say('disk', { ...disk, ...nobody, pci: NVME, gone: false });
    this.say('snapshot', { source: 'disk', phase: 'end', complete: true });
    this.say('snapshot', { source: 'block', phase: 'begin', complete: false });
    return this.say('snapshot', { source: 'block', phase: 'end', complete: true });
  }

  hw<T extends HardwareType>(type: T, of: Partial<Fields<T>> = {}): this {
    const errors = { first_us: this.t, ...of } as Partial<Fields<T>>;
    const fields = hwFields(type, 'count' in hwFields(type) ? errors : of);
    return this.say(type, fields);
  }

  /** The kernel switches at once; carrier and routes are told. */
  loseLeg(): this {
    this.lose('c-a').tellCarrier('c-a');
    this.say('trace', { trace: 1, phase: 'begin', reason: 'carrier', for_ms: 5000 });
    this.wait(3 * ms).move('c-b');
    this.say('flow_progress', { flow: 1, after: 'switch', since_us: this.t - 4 * ms });
    return this.wait(10 * ms).tellLinks().tellRoute();
  }

  healLeg(): this {
    this.heal('c-a').tellCarrier('c-a').tellLinks().tellRoute().wait(1 * s);
    const pause = { pause_from_us: this.t - 3 * s, pause_to_us: this.t - 3 * s + 4 * ms };
    const rest = { pause_open: false, progress_count: 500, spacing_us: 10 * ms };
    this.say('trace_flow', { flow: 1, trace: 1, ...pause, ...rest });
    return this.say('trace', { trace: 1, phase: 'end', reason: 'carrier', for_ms: 5000 });
  }
}

const FATAL = { device: PORT, severity: 'fatal', status: '0x10' } as const;

export const ras: Record<string, () => Frame[]> = {
  /** Two sockets and a DIMM that no driver names, each as the helper joins a storm: ten frames a second of a thousand. */
  'made-corrected-storm'() {
    const host = new HardwareHost().attach().tellHardware().wait(5 * s);
    for (let i = 0; i < 50; i++) {
      const first_us = host.t;
      host.wait(100 * ms);
      for (const socket of [0, 1]) {
        host.hw('mce', { socket, cpu: 20 * socket, bank: 1, status: '0x9c00000000010151', count: 1000, first_us });
      }
      host.hw('mce', { count: 1000, first_us });
      host.hw('aer', { device: NIC, status: '0x40', count: 1000, first_us });
    }
    return host.wait(60 * s).frames;
  },
  /** Corrected errors of a DIMM, told by its driver and as machine checks; then one that is not, and its page. */
  'made-dimm-fails'() {
    const host = new HardwareHost().attach().tellHardware().wait(5 * s);
    for (let i = 0; i < 12; i++) host.hw('mce').wait(1 * ms).hw('memory_error').wait(800 * ms);
    const page = { address: '0x20000000' };
    host.hw('mce', { ...page, status: '0xbd000000000000c1', mcg_status: '0x5' }).wait(1 * ms);
    host.hw('memory_error', { ...page, severity: 'uncorrected', message: 'memory scrubbing error' });
    host.wait(2 * ms).hw('page_failure', { pfn: '0x20000', page: 'clean_lru' });
    return host.wait(10 * s).frames;
  },
  /** A page of a virtual machine goes bad; and another one, which the kernel cannot do without. */
  'made-page-of-a-vm'() {
    const host = new HardwareHost().attach().tellHardware().wait(5 * s);
    host.hw('page_victim').wait(100).hw('page_failure').wait(5 * s);
    host.hw('page_failure', { pfn: '0x99', page: 'slab', result: 'ignored' });
    return host.wait(5 * s).frames;
  },
  /** The root port above a NIC has a fatal error, and its link goes down with it; it comes back after a reset. */
  'made-aer-takes-leg'() {
    const host = new HardwareHost().attach().tellHardware().wait(5 * s);
    host.hw('aer', FATAL).wait(2 * ms).loseLeg().wait(2 * s).healLeg();
    return host.wait(90 * s).frames;
  },
  /** The same, and the carrier is seen to go first. */
  'made-aer-after-leg'() {
    const host = new HardwareHost().attach().tellHardware().wait(5 * s);
    host.loseLeg().wait(30 * ms).hw('aer', FATAL).wait(2 * s).healLeg();
    return host.wait(90 * s).frames;
  },
  /** The port above an NVMe disk: its requests stand still, and fail. */
  'made-aer-takes-disk'() {
    const host = new HardwareHost().attach().tellHardware().wait(5 * s);
    const since_us = host.t;
    host.hw('aer', { ...FATAL, device: '0000:5d:00.0' }).wait(900 * ms);
    const stall = { disk: 'nvme0n1', since_us, threshold_us: 900 * ms, in_flight: 8 };
    host.say('io_stall', { ...stall, operation: 'read' }).wait(500 * ms);
    const errors = { disk: 'nvme0n1', errors: 8, last: 'EIO', medium: 0, medium_sector: null };
    host.say('io_errors', errors).say('io_resume', { disk: 'nvme0n1', since_us });
    return host.wait(90 * s).frames;
  },
  /** The card is pulled: its functions go, and the link of one of them. */
  'made-card-pulled'() {
    const host = new HardwareHost().attach().tellHardware().wait(5 * s);
    host.loseLeg();
    for (const device of ['0000:3b:00.1', NIC]) {
      host.wait(5 * ms).hw('pci_device', { device, parent: PORT, gone: true });
    }
    host.wait(5 * s).hw('pci_device', { device: NIC, parent: PORT });
    return host.wait(5 * s).frames;
  },
};

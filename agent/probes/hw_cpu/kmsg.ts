/** What the kernel's log says of hardware where a machine has nothing better, as data. */
import type { KmsgPattern } from '../kmsg_patterns.ts';

/** told_by: probes that tell it better, where the kernel has what they need. */
export const patterns: readonly (KmsgPattern & { told_by: readonly `hw_${string}`[] })[] = [
  {
    what: 'machine check',
    told_by: ['hw_cpu', 'hw_memory'],
    // mce_log() and mce_panic(); "Machine check events logged" is of those that userspace was told of.
    pattern: /^(?:mce: )?\[Hardware Error\]: .*Machine [Cc]heck|^mce: CPU\d+: Machine [Cc]heck/,
  },
  {
    what: 'memory error',
    told_by: ['hw_memory'],
    // edac_ce_error(), edac_ue_error() of drivers/edac/edac_mc.c; memory_failure() of mm/memory-failure.c; do_sigbus() of arch/x86/mm/fault.c.
    pattern: /^EDAC MC\d+: \d+ (?<kind>CE|UE) |^Memory failure: 0x[0-9a-f]+: |^MCE: Killing /,
  },
  {
    what: 'PCIe error',
    told_by: ['hw_pci'],
    pattern:
      /^(?:pcieport|AER|[a-z0-9_-]+) ?(?<device>[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])?: (?:AER: |PCIe Bus Error: )/,
  },
  {
    what: 'hardware error told by firmware',
    told_by: ['hw_cpu', 'hw_memory', 'hw_pci'],
    // drivers/firmware/efi/cper.c prints the record after this.
    pattern: /^\{\d+\}\[Hardware Error\]: Hardware error from APEI/,
  },
  {
    what: 'processor throttled for its heat',
    told_by: [],
    // arch/x86: drivers/thermal/intel/therm_throt.c
    pattern: /^(?:mce: )?CPU(?<cpu>\d+): (?<part>Core|Package) temperature (?:is )?above threshold/,
  },
  {
    what: 'power limit',
    told_by: [],
    pattern: /^(?:mce: )?CPU(?<cpu>\d+): (?<part>Core|Package) power limit notification/,
  },
  {
    what: 'firmware bug',
    told_by: [],
    // FW_BUG of include/linux/printk.h.
    pattern: /\[Firmware Bug\]: /,
  },
  {
    what: 'hardware error',
    told_by: ['hw_cpu', 'hw_memory', 'hw_pci'],
    // HW_ERR of include/linux/printk.h.
    pattern: /\[Hardware Error\]: /,
  },
];

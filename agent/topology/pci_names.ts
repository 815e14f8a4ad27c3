/** Names for numbers of PCI: the vendors and classes that a host is likely to meet. */

const vendors: Readonly<Record<number, string>> = {
  4098: 'AMD/ATI',
  4130: 'AMD',
  4096: 'Broadcom/LSI',
  4136: 'Dell',
  4156: 'HP',
  4215: 'QLogic',
  4318: 'NVIDIA',
  4332: 'Realtek',
  4407: 'Cisco',
  4600: 'Microchip',
  4660: 'QEMU',
  4719: 'Silicon Motion',
  4932: 'Micron',
  5197: 'Samsung',
  5348: 'Broadcom',
  5549: 'VMware',
  5555: 'Mellanox',
  5559: 'SanDisk',
  5520: 'HPE',
  6436: 'Solarflare',
  6629: 'Huawei',
  6659: 'ASPEED',
  6900: 'Virtio',
  6966: 'QEMU',
  6987: 'Marvell',
  7089: 'Seagate',
  7260: 'SK hynix',
  7439: 'Amazon',
  7640: 'Pensando',
  7695: 'KIOXIA',
  4334: 'Xilinx',
  5157: 'Chelsio',
  6013: 'Cavium',
  7361: 'ADATA',
  32902: 'Intel',
  36869: 'Adaptec',
};

/** null: it has no name here. */
export const pciVendor = (vendor: number): string | null => vendors[vendor] ?? null;

/** Base class and subclass (PCI Code and ID Assignment 1.15, 1). */
const classes: Readonly<Record<number, string>> = {
  256: 'SCSI',
  257: 'IDE',
  260: 'RAID',
  262: 'SATA',
  263: 'SAS',
  264: 'NVMe',
  384: 'storage',
  512: 'Ethernet',
  519: 'InfiniBand',
  520: 'fabric',
  640: 'network',
  768: 'VGA',
  770: '3D',
  896: 'display',
  1282: 'CXL memory',
  1540: 'PCI bridge',
  2880: 'co-processor',
  3076: 'Fibre Channel',
  4096: 'encryption',
  4608: 'accelerator',
};

/** Of a class code of 24 bits; null: it has no name here. */
export const pciClass = (code: number): string | null => classes[code >> 8] ?? null;

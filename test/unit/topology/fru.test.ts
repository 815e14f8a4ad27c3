/** Which part has to be replaced. */
import t from 'tap';
import * as fru from '../../../agent/topology/fru.ts';
import { ipmiUnits } from '../../../agent/topology/readings/ipmi_fru.ts';
import { smartIdentity } from '../../../agent/topology/readings/smart_identity.ts';
import type { Frame, FrameOf } from '../../../agent/wire.ts';
import { Helper } from '../support/frames.ts';
import { type Made, madeDimm, madeSlot, madeSupply, smbiosTable } from '../support/smbios.ts';
import { topologyOf } from '../support/topology.ts';

const h = new Helper();
type Tool = FrameOf<'reading'>['data']['tool'];

const reading = (tool: Tool, subject: string, output: string) =>
  h.frame(1, 'reading', {
    ...{ tool, subject, output, outcome: 'ok', exit_code: 0 },
    ...{ complaint: '', took_us: 10, interval_ms: 1000 },
  });
const dmi = (...structures: Made[]) =>
  reading('dmi', 'host', smbiosTable(structures).toString('base64'));
const pci = (device: string, parent: string | null = null, slot: string | null = null) =>
  h.frame(1, 'pci_device', {
    ...{ device, parent, slot, class: 0x020000, vendor: 0x15b3, product: 0x1017 },
    ...{ driver: 'mlx5_core', link_speed: null, link_width: null },
    ...{ max_link_speed: null, max_link_width: null, physical: null, gone: false },
  });
const disk = (name: string, address: string | null) =>
  h.frame(1, 'disk', {
    ...{ disk: name, major: 8, minor: 0, kind: 'local', session: null, map: null },
    ...{ pci: address, scsi: null, holders: [], gone: false },
  });
const edac = (...labels: string[]) =>
  h.frame(1, 'edac', {
    ...{ controller: 'mc0', name: 'skx', corrected: 0, uncorrected: 0, corrected_noinfo: 0 },
    dimms: labels.map((label, i) => ({
      ...{ dimm: `dimm${i}`, label, location: '', size_mib: 1, kind: null },
      ...{ corrected: 0, uncorrected: 0 },
    })),
    gone: false,
  });
const of = (...frames: Frame[]) => topologyOf([h.hello(0), ...frames]);
const dimm = (label: string, ...frames: Frame[]) =>
  fru.describeFru(fru.dimmFru(of(...frames), label));

t.test('in words', async t => {
  const some = { slot: 'DIMM_A1', vendor: 'Samsung', part: 'M393A4K40BB1', serial: '1234' };
  t.equal(fru.describeFru(some), 'slot DIMM_A1, Samsung M393A4K40BB1, serial 1234');
  t.equal(fru.describeFru({ ...some, serial: null, slot: null }), 'Samsung M393A4K40BB1');
  t.equal(fru.describeFru({ ...some, part: null, serial: null }), 'slot DIMM_A1, Samsung');
  const named = { ...some, vendor: 'SAMSUNG Ltd', part: 'Samsung SSD 980', slot: null };
  t.equal(fru.describeFru(named), 'Samsung SSD 980, serial 1234');
  t.equal(fru.describeFru({ slot: null, vendor: null, part: null, serial: null }), null);
  t.equal(fru.describeFru(null), null);
});

t.test('a DIMM by the label of its driver', async t => {
  const table = dmi(madeDimm('DIMM_A1', 'NODE 0', 'S1'), madeDimm('DIMM_A2', 'NODE 0', 'S2'));
  const known = 'slot DIMM_A1, Samsung M393A4K40BB1-CRC, serial S1';
  for (const label of ['DIMM_A1', 'dimm a1', 'NODE 0 DIMM_A1', 'NODE0/DIMM-A1', 'DIMM_A1 NODE 0']) {
    t.equal(dimm(label, table), known, label);
  }
  t.equal(dimm('DIMM_A', table), null, 'half a name is none');
  t.equal(dimm('', table), null);
  t.equal(dimm('DIMM_A1'), null, 'nothing is known');
  t.equal(dimm('CPU_SrcID#0_MC#0', edac('CPU_SrcID#0_MC#0')), 'slot CPU_SrcID#0_MC#0');
});

t.test('what could be one of two DIMMs is none of them', async t => {
  const nodes = dmi(madeDimm('A1', 'NODE 0', 'S1'), madeDimm('A1', 'NODE 1', 'S2'));
  t.equal(dimm('A1', nodes), null);
  t.equal(dimm('A1', nodes, edac('A1')), 'slot A1', 'its label is known all the same');
  t.match(dimm('NODE 1 A1', nodes), /S2/);
  const alike = dmi(madeDimm('DIMM_1', 'B', 'S1'), madeDimm('DIMM-1', 'B', 'S2'));
  t.match(dimm('DIMM-1', alike), /S2/, 'exactly');
  t.equal(dimm('DIMM 1', alike), null);
});

t.test('a processor by its package', async t => {
  const cpu = (slot: string, status: number): Made => ({
    type: 4,
    fields: [
      ...[slot, 3, 0xb3, 'Intel', ...Array(8).fill(0), 'Xeon', ...Array(7).fill(0)],
      ...[status, 0, 0, 0, 0, 0, 0, 0, 'SN', 'AT', 'PN', 8, 8, 16],
    ],
  });
  const two = of(dmi(cpu('CPU1', 0x41), cpu('CPU2', 0), cpu('CPU3', 0x41)));
  t.equal(fru.describeFru(fru.cpuFru(two, 0)), 'slot CPU1, Intel Xeon, serial SN');
  t.equal(fru.cpuFru(two, 1), null, 'nobody is there');
  t.match(fru.cpuFru(two, 2), { slot: 'CPU3' });
  t.equal(fru.cpuFru(two, 3), null);
});

t.test("a PCI function's slot: its own, or that of the port above it", async t => {
  const tree = [pci('0000:00:01.0'), pci('0000:3b:00.1', '0000:00:01.0', '3')];
  const slot = (address: string, ...frames: Frame[]) => fru.slotOf(of(...frames), address);
  t.equal(slot('0000:3b:00.1', ...tree), '3', "the kernel's name");
  t.equal(slot('0000:3b:00.1', ...tree, dmi(madeSlot('PCIe 3', 0x3b, 0))), 'PCIe 3');
  const below = [...tree, pci('0000:3c:00.0', '0000:3b:00.1')];
  t.equal(slot('0000:3c:00.0', ...below), '3');
  t.equal(slot('0000:00:01.0', ...tree), null);
  t.equal(slot('0000:0a:00.0', pci('0000:0a:00.0', '0000:0a:00.0')), null, 'its own parent');
  t.equal(fru.describeFru(fru.pciFru(of(...tree), '0000:3b:00.1')), 'slot 3, Mellanox 15b3:1017');
  t.equal(fru.pciFru(of(), '0000:3b:00.1'), null);
});

const nvme = { model_name: 'SAMSUNG MZQL23T8', serial_number: 'S64', firmware_version: 'GDC5' };

t.test('a disk: what it says of itself, and the slot of its function', async t => {
  const frames = [
    ...[disk('nvme0n1', '0000:3b:00.1'), pci('0000:3b:00.1', null, '7')],
    reading('smartctl', 'nvme0', JSON.stringify(nvme)),
  ];
  const known = 'slot 7, SAMSUNG MZQL23T8, serial S64';
  t.equal(fru.describeFru(fru.diskFru(of(...frames), 'nvme0n1')), known);
  t.equal(fru.describeFru(fru.diskFru(of(...frames), 'nvme0')), known);
  t.equal(fru.describeFru(fru.pciFru(of(...frames), '0000:3b:00.1')), known, 'its controller');
  t.equal(fru.diskFru(of(...frames), 'sda'), null);
  const sas = reading('smartctl', 'sda', '{"scsi_vendor":"SEAGATE","scsi_product":"ST8000"}');
  t.equal(fru.describeFru(fru.diskFru(of(sas), 'sda')), 'SEAGATE ST8000');
});

t.test('what is no JSON of smartctl says nothing', async t => {
  const outputs = ['', '{', '[]', 'null', '"x"', '{"model_name":7}', '{"model_name":""}'];
  t.same(outputs.map(smartIdentity), Array(outputs.length).fill(null));
  const whole = JSON.stringify(nvme);
  for (let i = 0; i < whole.length; i++) t.equal(smartIdentity(whole.slice(0, i)), null);
});

const FRU = `FRU Device Description : Builtin FRU Device (ID 0)
 Board Mfg             : Supermicro
 Board Product         : X11DPU
 Board Serial          : OM1

FRU Device Description : PSU1 (ID 1)
 Product Manufacturer  : Delta
 Product Part Number   : DPS-800AB
 Product Serial        : D0001

FRU Device Description : PSU2 (ID 2)
 Device not present (Requested sensor, data, or record not found)
`;

t.test('a power supply', async t => {
  const supply = (name: string, ...frames: Frame[]) =>
    fru.describeFru(fru.supplyFru(of(...frames), name));
  const bmc = reading('ipmi-fru', 'bmc', FRU);
  t.same(
    ipmiUnits(FRU).map(unit => unit.serial),
    ['OM1', 'D0001', null],
  );
  t.equal(supply('PSU1', bmc), 'slot PSU1, Delta DPS-800AB, serial D0001');
  t.equal(supply('PS1 Status', bmc), 'slot PSU1, Delta DPS-800AB, serial D0001');
  t.equal(supply('PS3 Status', bmc), null);
  const table = dmi(madeSupply('PSU1', 'PWR', 'D1'), madeSupply('PSU2', 'PWR', 'D2'));
  t.equal(supply('psu 2', table), 'slot PSU2, Delta DPS-800, serial D2');
  t.equal(supply('PWR', table), null, 'both are called so');
});

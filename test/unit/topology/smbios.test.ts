/** The structure table of SMBIOS: of a virtual machine (QEMU 7.2, SeaBIOS), made ones, and what is none at all. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { said } from '../../../agent/topology/readings/said.ts';
import { decodeSmbios } from '../../../agent/topology/smbios/decode.ts';
import { runSeed, seeded } from '../support/random.ts';
import { madeDimm, madeSlot, madeSupply, smbiosTable, word } from '../support/smbios.ts';

const file = new URL('../../fixtures/smbios/qemu-7.2.base64', import.meta.url);
const real = Buffer.from(readFileSync(file, 'utf8'), 'base64');

t.test('the table of a virtual machine', async t => {
  const { firmware, system, processors, dimms, slots, ecc } = decodeSmbios(real);
  t.match(firmware, { vendor: 'SeaBIOS', date: '04/01/2014' });
  t.same(system, { slot: null, vendor: 'Lab', part: 'Host', serial: 'H-1' });
  const cpu = { slot: 'CPU 0', vendor: 'Intel', part: 'Xeon Lab', serial: 'C-77' };
  t.match(processors[0], { fru: cpu, populated: true });
  t.same(dimms, [
    {
      fru: {
        slot: 'DIMM_A 0',
        vendor: 'Samsung',
        part: 'M393A4K40BB1-CRC',
        serial: '1234ABCD',
      },
      bank: 'NODE 0',
      size_mib: 1024,
      kind: null,
      speed: 2666,
    },
  ]);
  t.same(slots, [{ name: 'LOM1', address: '0000:00:17.0', onboard: true }]);
  t.equal(ecc, 'multi-bit');
});

t.test('sizes: in MiB, in KiB, too large for the field, unknown; empty slots are none', async t => {
  const size = (value: number) =>
    decodeSmbios(smbiosTable([madeDimm('A1', '', '1', value)])).dimms.map(one => one.size_mib);
  t.same([0x7fff, 16384, 0x8000 | 2048, 0xffff].map(size), [[32768], [16384], [2], [null]]);
  t.same(size(0), []);
});

t.test('what is written where there is nothing to say is nothing', async t => {
  const fillers = ['Not Specified', 'To Be Filled By O.E.M.', 'Default string', '00000000', '  '];
  t.same(fillers.map(said), [null, null, null, null, null]);
  t.equal(said(' S3Z8\u0000\u001b[2J '), 'S3Z8  [2J', 'nothing of it commands a terminal');
  t.equal(said('y'.repeat(500))?.length, 64);
});

t.test('slots and supplies', async t => {
  const gone = madeSupply('PSU3', 'PWR', '3');
  gone.fields[9] = word(0x1b0);
  const table = smbiosTable([
    ...[madeSlot('PCIe Slot 3', 0x3b, 0), madeSlot('Slot 4', 0xff, 0x1f, 0xffff)],
    ...[madeSupply('PSU1', 'PWR SPLY', 'D1'), gone],
  ]);
  const { slots, supplies } = decodeSmbios(table);
  t.same(slots, [{ name: 'PCIe Slot 3', address: '0000:3b:00.0', onboard: false }]);
  t.same(supplies, [
    {
      fru: { slot: 'PSU1', vendor: 'Delta', part: 'DPS-800', serial: 'D1' },
      name: 'PWR SPLY',
      watts: 800,
    },
  ]);
});

t.test('what comes behind the end of the table is not read', async t => {
  const first = smbiosTable([madeSlot('1', 1, 0)]);
  t.equal(decodeSmbios(Buffer.concat([first, smbiosTable([madeSlot('2', 2, 0)])])).slots.length, 1);
});

t.test('cut anywhere it is what came before, and never throws', async t => {
  const table = Buffer.concat([real, smbiosTable([madeDimm('A1', 'B', '1'), madeSlot('1', 1, 0)])]);
  for (let length = 0; length <= table.length; length++) {
    const cut = decodeSmbios(table.subarray(0, length));
    if (cut.dimms.length > 2) t.fail(`${length}: ${cut.dimms.length} DIMMs`);
  }
  t.same(decodeSmbios(new Uint8Array()).dimms, []);
});

t.test('any bytes: never throws, never loops', async t => {
  const seed = runSeed();
  t.comment(`SEED=${seed}`);
  const random = seeded(seed);
  const byte = () => Math.floor(random() * 256);
  for (let i = 0; i < 3000; i++) {
    const noise = Buffer.from(Array.from({ length: byte() * 4 }, byte));
    const bent = Buffer.from(real);
    for (let j = 0; j < 8; j++) bent[Math.floor(random() * bent.length)] = byte();
    decodeSmbios(noise);
    decodeSmbios(bent);
  }
  // As many structures as fit: no more than the bound are looked at.
  const many = Buffer.concat(Array.from({ length: 20_000 }, () => Buffer.from([9, 4, 0, 0, 0, 0])));
  t.same(decodeSmbios(many).slots, []);
  // One whose strings never end.
  t.same(
    decodeSmbios(Buffer.concat([Buffer.from([17, 4, 0, 0]), Buffer.alloc(98_000, 1)])).dimms,
    [],
  );
});

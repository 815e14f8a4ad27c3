/** Decoding of machine check banks: registers as kernel logs that are public have them, the SDM's own codes, and chance. */
import t from 'tap';
import { readCode } from '../../../../agent/probes/hw_cpu/mce/code.ts';
import { decodeMce, type MceRegisters } from '../../../../agent/probes/hw_cpu/mce/decode.ts';
import { type MceClass, meaning } from '../../../../agent/probes/hw_cpu/mce/severity.ts';
import { runSeed, seeded } from '../../support/random.ts';

/** MCG_CAP of a server: 22 banks, CMCI, thresholds, software recovery. */
const CAP = '0x1000c16';

const bank = (of: Partial<MceRegisters>): MceRegisters => ({
  vendor: 0,
  bank: 7,
  status: '0x0',
  address: '0x0',
  misc: '0x0',
  mcg_status: '0x0',
  mcg_cap: CAP,
  synd: '0x0',
  ipid: '0x0',
  ...of,
});

t.test('as logs have them', async t => {
  const logged: [string, Partial<MceRegisters>, MceClass, string, boolean][] = [
    [
      'a core that does not retire',
      { bank: 3, status: '0xbe00000000800400', address: '0x3fe98d264ebd', mcg_status: '0x5' },
      'fatal',
      'internal timer error (fatal)',
      false,
    ],
    [
      'a memory read of channel 1',
      { status: '0xbe00000001010091', address: '0x314d193000', misc: '0x200400c008002086' },
      'fatal',
      'memory controller error, read, channel 1 (fatal)',
      true,
    ],
    [
      'the scrubber, channel 1',
      {
        bank: 10,
        status: '0xfe002984001000c1',
        address: '0x9562dc000',
        misc: '0x1229440404003e8c',
      },
      'fatal',
      'memory controller error, scrubbing, channel 1 (fatal)',
      true,
    ],
    [
      'a PCIe completion',
      { bank: 6, status: '0xfb80000000000e0b' },
      'fatal',
      'I/O error (fatal)',
      false,
    ],
    [
      "AMD's bus",
      { vendor: 2, bank: 4, status: '0xb200000000070f0f' },
      'fatal',
      'bus or interconnect error, error, other transaction, generic level, generic, the request timed out (fatal)',
      false,
    ],
    [
      'a cache of an old processor',
      { bank: 0, status: '0x9409c00000000136', mcg_cap: '0x806' },
      'corrected',
      'cache error, data read, level 2 (CE)',
      false,
    ],
    [
      "AMD's memory controller",
      {
        vendor: 2,
        bank: 17,
        status: '0xdc2040000000011b',
        address: '0x1bf6d1f40',
        ipid: '0x9600050f00',
        synd: '0x5b240d000a801203',
        mcg_cap: '0x11c',
      },
      'corrected',
      'cache error, generic read, generic level (CE)',
      true,
    ],
    [
      'data load of poison',
      { status: '0xbd80000000000134', misc: '0x8c', mcg_status: '0x7' },
      'action required',
      'cache error, data read, level 0 (SRAR)',
      true,
    ],
    [
      'instruction fetch of poison',
      { status: '0xbd80000000000150', misc: '0x8c', mcg_status: '0x7' },
      'action required',
      'cache error, instruction fetch, level 0 (SRAR)',
      true,
    ],
    [
      'found by the scrubber',
      { status: '0xbd000000000000c0', misc: '0x8c', mcg_status: '0x5' },
      'action optional',
      'memory controller error, scrubbing, channel 0 (SRAO)',
      true,
    ],
    [
      'found on the way back to memory',
      { status: '0xbd0000000000017a', misc: '0x86', mcg_status: '0x5' },
      'action optional',
      'cache error, generic eviction, level 2 (SRAO)',
      true,
    ],
  ];
  for (const [name, of, kind, text, memory] of logged) {
    const mce = decodeMce(bank(of));
    t.match(mce, { class: kind, memory }, name);
    t.equal(mce?.details[0], text, name);
  }
});

t.test('the error codes of the SDM, 15.9', async t => {
  const codes: [number, string, string][] = [
    [0x0000, 'other', 'no error'],
    [0x0001, 'other', 'unclassified error'],
    [0x0002, 'internal', 'parity error in internal microcode ROM'],
    [0x0003, 'bus', 'external error: the BINIT# of another processor'],
    [0x0005, 'internal', 'internal parity error'],
    [0x0406, 'internal', 'internal unclassified error'],
    [0x000e, 'cache', 'cache hierarchy error, level 2'],
    [0x0011, 'tlb', 'TLB error, instruction, level 1'],
    [0x1015, 'tlb', 'TLB error, data, level 1'],
    [0x009f, 'memory', 'memory controller error, read'],
    [0x10a2, 'memory', 'memory controller error, write, channel 2'],
    [0x00b0, 'memory', 'memory controller error, address or command, channel 0'],
    [0x02cf, 'memory', 'memory controller (memory as a cache) error, scrubbing'],
    [0x0185, 'cache', 'cache error, data snoop, level 1'],
    [
      0x0800,
      'bus',
      'bus or interconnect error, error, memory access, level 0, this processor made the request',
    ],
    [
      0x0b15,
      'bus',
      'bus or interconnect error, read, reserved, level 1, this processor responded to the request, the request timed out',
    ],
    [0x2001, 'unknown', 'error code 0x2001'],
  ];
  for (const [code, unit, text] of codes) t.match(readCode(code), { unit, text }, text);
  t.equal(readCode(0x009f).channel, null, 'channel 15 is none');
  t.equal(readCode(0x0091).channel, 1);
});

t.test('how bad it is', async t => {
  const classes: [string, Partial<MceRegisters>, MceClass][] = [
    ['not corrected, not signaled', { status: '0xbc00000000000091' }, 'no action'],
    ['an overwritten one', { status: '0xfd80000000000134', mcg_status: '0x7' }, 'fatal'],
    ['no way back', { status: '0xbd80000000000134', mcg_status: '0x4' }, 'fatal'],
    ['no software recovery', { status: '0xbd80000000000134', mcg_cap: '0xc16' }, 'uncorrected'],
    [
      'nor a valid address of what ran',
      { status: '0xb400000000000134', mcg_cap: '0xc16', mcg_status: '0x4' },
      'fatal',
    ],
    ['AMD: deferred', { vendor: 2, status: '0x942010000000011b' }, 'deferred'],
    ['AMD: used', { vendor: 2, status: '0xbc00080001010135' }, 'uncorrected'],
    ['Hygon: context corrupt', { vendor: 9, status: '0xbe00000000000135' }, 'fatal'],
  ];
  for (const [name, of, kind] of classes) t.equal(decodeMce(bank(of))?.class, kind, name);
  t.equal(decodeMce(bank({ status: '0x3c00000000000134' })), null, 'not valid: nothing');
  t.match(decodeMce(bank({ vendor: 2, status: '0xbc00080001010135' }))?.details, {
    4: 'data that had been marked as lost was used',
  });
});

t.test('counts and addresses', async t => {
  t.equal(decodeMce(bank({ status: '0x8c00008000010091' }))?.corrected_count, 2);
  t.equal(decodeMce(bank({ status: '0x8c00000000010091' }))?.corrected_count, 1, 'none is one');
  t.equal(
    decodeMce(bank({ status: '0x9c7fffc000010091' }))?.corrected_count,
    0x7fff,
    'threshold bits are none of it',
  );
  t.equal(
    decodeMce(bank({ status: '0x8c00008000010091', mcg_cap: '0x16' }))?.corrected_count,
    1,
    'it does not count',
  );
  const at = (misc: string, of: Partial<MceRegisters> = {}) =>
    decodeMce(bank({ status: '0x8c00004000010091', address: '0x12345678', misc, ...of }))?.address;
  t.equal(at('0x8c'), 0x12345000n, 'physical, 12 bits say nothing');
  t.equal(at('0x4c'), null, 'linear');
  t.equal(at('0x4c', { mcg_cap: '0x16' }), 0x12345678n, 'bits of another kind');
  t.equal(at('0x8c', { status: '0x8800004000010091' }), null, 'not valid');
  t.match(
    decodeMce(bank({ status: '0x8c00004000010091', address: '0x12345678', misc: '0x4c' }))?.details,
    [
      /CE/,
      /nothing is lost/,
      "bank 7, model's code 0x0001, status 0x8c00004000010091",
      'linear address 0x12345678',
    ],
  );
});

t.test('whatever the registers are, there is a text and nothing is thrown', async t => {
  const seed = runSeed();
  t.comment(`SEED=${seed}`);
  const random = seeded(seed);
  const hex = () => {
    const word = () =>
      Math.floor(random() * 2 ** 32)
        .toString(16)
        .padStart(8, '0');
    return `0x${(random() < 0.2 ? '' : word()) + word()}`;
  };
  const valid = (status: string) => `0x${(BigInt(status) | (1n << 63n)).toString(16)}`;
  for (let i = 0; i < 20_000; i++) {
    const of = {
      vendor: [0, 2, 9, 10, 255][Math.floor(random() * 5)]!,
      bank: Math.floor(random() * 256),
      ...{ status: valid(hex()), address: hex(), misc: hex(), mcg_status: hex() },
      ...{ mcg_cap: random() < 0.5 ? CAP : hex(), synd: hex(), ipid: hex() },
    };
    const mce = decodeMce(of);
    const says =
      mce !== null &&
      mce.details.length >= 3 &&
      mce.details.every(one => one.length > 0 && one.length < 256);
    if (!says || meaning[mce.class] === undefined || mce.corrected_count < 1) {
      t.fail(JSON.stringify(of));
      break;
    }
  }
  for (let code = 0; code < 0x10000; code++) {
    const { text } = readCode(code);
    if (text.length < 3 || text.includes('undefined')) t.fail(code.toString(16));
  }
  t.pass('through');
});

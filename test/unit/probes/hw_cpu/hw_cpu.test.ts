/** The probe hw_cpu: whose a machine check is, what firmware tells, what the log alone says. */
import t from 'tap';
import { patterns } from '../../../../agent/probes/hw_cpu/kmsg.ts';
import { probe } from '../../../../agent/probes/hw_cpu/probe.ts';
import { matchKmsg } from '../../../../agent/probes/kmsg_patterns.ts';
import { createTopology } from '../../../../agent/topology/state.ts';
import type { Frame } from '../../../../agent/wire.ts';
import { Helper } from '../../support/frames.ts';
import { hw } from '../../support/hardware_frames.ts';
import { options } from '../../support/topology.ts';

const h = new Helper();
const see = (frame: Frame) => probe.observe(frame, createTopology(options));

t.test('machine checks: memory is for another probe', async t => {
  t.same(see(hw(h, 1, 'mce')), []);
  t.same(see(hw(h, 1, 'mce', { status: '0x0' })), [], 'not valid');
  t.match(see(hw(h, 1, 'mce', { status: '0x9c00014000010185', socket: 1, cpu: 40, count: 3 })), [
    {
      subject: 'cpu/1',
      value: { severity: 'corrected', count: 5, by: 'mce', details: [/^cache error/] },
    },
  ]);
  t.match(see(hw(h, 1, 'mce', { status: '0x9c00014000010185', count: 9000 })), [
    { value: { count: 9000 } },
  ]);
});

t.test('firmware', async t => {
  t.match(see(hw(h, 1, 'firmware_error', { severity: 'recoverable' })), [
    { subject: 'host', value: { severity: 'uncorrected', fru: 'CPU 0', by: 'firmware' } },
  ]);
  t.same(see(hw(h, 1, 'firmware_error', { severity: 'info' })), []);
  t.same(see(hw(h, 1, 'firmware_error', { kind: 'memory' })), []);
});

t.test('the kernel log', async t => {
  const lines: [string, string | null, Record<string, string>?][] = [
    ['mce: [Hardware Error]: Machine check events logged', 'machine check'],
    [
      'mce: [Hardware Error]: CPU 5: Machine Check Exception: 5 Bank 7: be00000001010091',
      'machine check',
    ],
    ['mce: [Hardware Error]: TSC ae4b410af0b8 ADDR 314d193000', 'hardware error'],
    [
      'EDAC MC0: 1 CE memory read error on CPU_SrcID#0_Ha#0_Chan#1_DIMM#0',
      'memory error',
      { kind: 'CE' },
    ],
    ['Memory failure: 0x12345: recovery action for dirty LRU page: Recovered', 'memory error'],
    ['EDAC MC0: Giving out device to module skx_edac', null],
    [
      'pcieport 0000:00:1c.5: AER: Corrected error message received from 0000:01:00.0',
      'PCIe error',
      { device: '0000:00:1c.5' },
    ],
    [
      'pcieport 0000:00:1c.5: PCIe Bus Error: severity=Corrected, type=Physical Layer',
      'PCIe error',
    ],
    [
      "mlx5_core 0000:3b:00.0: AER: can't recover (no error_detected callback)",
      'PCIe error',
      { device: '0000:3b:00.0' },
    ],
    [
      '{1}[Hardware Error]: Hardware error from APEI Generic Hardware Error Source: 0',
      'hardware error told by firmware',
    ],
    [
      'CPU3: Core temperature above threshold, cpu clock throttled (total events = 7)',
      'processor throttled for its heat',
      { cpu: '3', part: 'Core' },
    ],
    [
      'mce: CPU12: Package temperature is above threshold, cpu clock is throttled (total events = 1)',
      'processor throttled for its heat',
      { cpu: '12', part: 'Package' },
    ],
    ['[Firmware Bug]: TSC_DEADLINE disabled due to Errata', 'firmware bug'],
    ['ACPI: [Firmware Bug]: BIOS _OSI(Linux) query ignored', 'firmware bug'],
    ['EXT4-fs (sda1): error count since last fsck: 3', null],
    ['usb 1-1: device descriptor read/64, error -71', null],
  ];
  for (const [text, what, names] of lines) {
    const found = matchKmsg(patterns, text);
    t.equal(found?.what ?? null, what, text);
    if (names !== undefined) t.same(found?.names, names);
    t.equal(see(hw(h, 1, 'kmsg', { text })).length, what === null ? 0 : 1);
  }
});

t.test('no record takes long, however it is made', async t => {
  const cases = [
    'a',
    '0',
    ' ',
    '[Hardware Error]: ',
    'CPU1',
    'EDAC MC0: ',
    '{1}',
    'mce: ',
    '-',
    '0000:00:',
  ];
  const times = [64, 128, 256].map(length => {
    const begin = performance.now();
    for (let i = 0; i < 200; i++) {
      for (const piece of cases) matchKmsg(patterns, piece.repeat(length).slice(0, length));
    }
    return performance.now() - begin;
  });
  t.comment(
    `2000 records of 64, 128 and 256 characters: ${times.map(ms => ms.toFixed(1)).join(', ')} ms`,
  );
  t.equal(
    new Set(patterns.map(one => one.what)).size,
    patterns.length,
    'each has a name of its own',
  );
});

/** The probe hw_memory: which DIMM, how bad, which page, and who had it. */
import t from 'tap';
import { probe } from '../../../../agent/probes/hw_memory/probe.ts';
import { createTopology } from '../../../../agent/topology/state.ts';
import { topologyStep } from '../../../../agent/topology/step.ts';
import type { Frame } from '../../../../agent/wire.ts';
import { Helper } from '../../support/frames.ts';
import { hw } from '../../support/hardware_frames.ts';
import { options, topologyOf } from '../../support/topology.ts';

const h = new Helper();
const see = (frame: Frame, topology = createTopology(options)) =>
  probe.observe(frame, topologyStep(topology, frame));

t.test('the memory controller’s driver', async t => {
  t.match(see(hw(h, 1, 'memory_error', { count: 7 })), [
    {
      subject: 'dimm/DIMM_A1',
      value: {
        severity: 'corrected',
        count: 7,
        by: 'controller',
        page: '0x12345',
        details: [
          'memory read error',
          'controller 0, position 1:0',
          'address 0x12345000',
          /area:DRAM/,
        ],
      },
    },
  ]);
  const subject = (label: string, controller = 1) =>
    see(hw(h, 1, 'memory_error', { label, controller }))[0]?.subject;
  t.equal(subject('DIMM_A1 or DIMM_A2'), 'dimm/DIMM_A1,DIMM_A2', 'one of two');
  for (const nobody of ['unknown memory', 'any memory', ' ', '']) {
    t.equal(subject(nobody), 'dimm/unknown-1', nobody);
  }
  t.same(see(hw(h, 1, 'memory_error', { severity: 'info' })), []);
  t.match(see(hw(h, 1, 'memory_error', { address: '0x0', layers: [null, null, null] })), [
    { value: { page: null, details: ['memory read error', 'controller 0', /./] } },
  ]);
});

t.test('the part, as far as the host knows it', async t => {
  const known = topologyOf(h.snapshot(1, 'reader', [hw(h, 1, 'edac')]));
  t.match(see(hw(h, 2, 'memory_error'), known), [{ value: { fru: 'slot DIMM_A1' } }]);
});

t.test('machine checks of memory, firmware, CXL', async t => {
  t.match(see(hw(h, 1, 'mce', { socket: 1 })), [
    { subject: 'dimm/unknown-1', value: { by: 'mce', page: '0x12345', severity: 'corrected' } },
  ]);
  t.same(see(hw(h, 1, 'mce', { status: '0xbe00000000800400' })), [], 'not memory');
  t.match(
    see(
      hw(h, 1, 'firmware_error', {
        kind: 'memory',
        fru_text: 'DIMM_B2',
        address: '0x7000',
        severity: 'recoverable',
      }),
    ),
    [
      {
        subject: 'dimm/DIMM_B2',
        value: { severity: 'uncorrected', by: 'firmware', page: '0x7', fru: 'DIMM_B2' },
      },
    ],
  );
  t.equal(
    see(hw(h, 1, 'firmware_error', { kind: 'memory', fru_text: null }))[0]?.subject,
    'dimm/unknown-firmware',
  );
  t.match(see(hw(h, 1, 'cxl_error', { severity: 'uncorrected' })), [
    { subject: 'dimm/mem0', value: { severity: 'uncorrected', by: 'cxl', fru: 'serial 0x12' } },
  ]);
});

t.test('pages and victims', async t => {
  t.match(see(hw(h, 1, 'page_victim')), [
    { value: { pid: 4711, vm: { name: 'instance-0000002a', uuid: null }, action: 'required' } },
  ]);
  t.match(see(hw(h, 1, 'page_victim', { command: null })), [
    { value: { vm: { name: 'instance-0000002a' } } },
  ]);
  t.match(see(hw(h, 1, 'page_victim', { command: 'sleep 9', cgroup: null })), [
    { value: { vm: null } },
  ]);
  t.match(see(hw(h, 1, 'page_failure')), [{ value: { page: '0x12345', result: 'recovered' } }]);
});

t.test('counters', async t => {
  t.match(see(hw(h, 1, 'edac')), [
    { subject: 'dimm/DIMM_A1', value: { corrected: 0, uncorrected: 0 } },
  ]);
  const known = topologyOf(h.snapshot(1, 'reader', [hw(h, 1, 'edac')]));
  t.match(see(hw(h, 2, 'edac', { gone: true }), known), [{ value: 'absent' }]);
});

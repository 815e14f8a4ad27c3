/** The probe hw_pci: errors by name, what is behind a port, removal against absence, places. */
import t from 'tap';
import { aerErrors } from '../../../../agent/probes/hw_pci/errors.ts';
import { probe } from '../../../../agent/probes/hw_pci/probe.ts';
import type { Topology } from '../../../../agent/topology/state.ts';
import { topologyStep } from '../../../../agent/topology/step.ts';
import type { Frame } from '../../../../agent/wire.ts';
import { Helper } from '../../support/frames.ts';
import { hw } from '../../support/hardware_frames.ts';
import { disk } from '../../support/storage_frames.ts';
import { topologyOf } from '../../support/topology.ts';

const h = new Helper();
const PORT = '0000:3a:00.0';
const NIC = '0000:3b:00.0';

const functions = [
  hw(h, 1, 'pci_device', {
    device: PORT,
    parent: null,
    class: 0x060400,
    driver: 'pcieport',
    slot: null,
  }),
  hw(h, 1, 'pci_device'),
  hw(h, 1, 'pci_device', { device: '0000:3b:00.1' }),
  hw(h, 1, 'pci_device', { device: '0000:3b:02.0', physical: NIC }),
];
const links = [
  h.link(1, 11, 'ens1', { kind: null, parent_dev: 'virtio3', parent_bus: 'virtio', pci: NIC }),
  h.link(1, 12, 'ens2', { kind: null, parent_dev: '0000:3b:00.1', parent_bus: 'pci' }),
  h.link(1, 13, 'ens1.7', { kind: 'vlan', iflink: 11, vlan: 7 }),
  h.link(1, 14, 'v-a'),
  h.link(1, 15, 'ens1v0', { kind: null, parent_dev: '0000:3b:02.0', parent_bus: 'pci' }),
];
const known = topologyOf([
  ...h.snapshot(1, 'rtnl', links),
  ...h.snapshot(1, 'pci', functions),
  ...h.snapshot(1, 'disk', [disk(h, 1, 'nvme0n1', { kind: 'local', session: null, pci: NIC })]),
]);

const see = (frame: Frame, topology = known) => probe.observe(frame, topologyStep(topology, frame));

function runs(frames: Frame[], from?: Topology) {
  let topology = from ?? topologyOf([]);
  return frames.flatMap(frame => {
    topology = topologyStep(topology, frame);
    return probe.observe(frame, topology);
  });
}

t.test('status bits by their names', async t => {
  t.same(aerErrors('fatal', '0x10'), ['Data Link Protocol Error']);
  t.same(aerErrors('nonfatal', '0x5000'), ['Poisoned TLP Received', 'Completion Timeout']);
  t.same(aerErrors('corrected', '0x1041'), ['Receiver Error', 'Bad TLP', 'Replay Timer Timeout']);
  t.same(aerErrors('corrected', '0x80000000'), ['bit 31']);
  t.same(aerErrors('fatal', '0x0'), [], 'the kernel does not read it of a link that is gone');
  t.same(aerErrors('fatal', '0xffffffffffffffff').length, 32);
});

t.test('errors name their device, and the ports above', async t => {
  t.match(see(hw(h, 2, 'aer', { device: PORT, severity: 'fatal', status: '0x20' })), [
    {
      subject: `pci/${PORT}`,
      value: {
        severity: 'fatal',
        errors: ['Surprise Down Error'],
        above: [],
        details: ['PCI bridge, driver pcieport'],
      },
    },
  ]);
  t.match(see(hw(h, 2, 'aer', { tlp_header: '0'.repeat(32) })), [
    {
      value: {
        above: [PORT],
        details: [/Ethernet/, /^TLP header 0+$/],
      },
    },
  ]);
  t.match(see(hw(h, 2, 'aer', { device: '0000:ff:00.0' })), [
    { value: { details: [], above: [], fru: null } },
  ]);
});

t.test('health', async t => {
  t.match(see(hw(h, 2, 'device_health')), [
    { subject: `pci/${NIC}`, value: { reporter: 'fw_fatal', above: [PORT] } },
  ]);
  t.same(see(hw(h, 2, 'device_health', { device: 'auxiliary/mlx5_core.eth.0' })), []);
});

t.test('removed is what the kernel says; what a snapshot misses is absent', async t => {
  const [seen] = see(hw(h, 2, 'pci_device', { gone: true }));
  t.match(seen, {
    value: 'removed',
    above: [PORT],
    virtual: false,
  });
  t.match(seen, { details: [/^Ethernet.*, driver mlx5_core$/], fru: /slot Slot 3/ });
  t.match(see(hw(h, 2, 'pci_device', { device: '0000:3b:02.0', gone: true })), [{ virtual: true }]);
  const missed = runs(h.snapshot(3, 'pci', functions.slice(0, 1)), known);
  const values = missed.flatMap(one =>
    one.aspect === 'presence' ? [`${one.subject} ${one.value}`] : [],
  );
  t.ok(values.includes(`pci/${NIC} absent`) && values.includes(`pci/${PORT} present`));
});

t.test('places', async t => {
  const places = (frames: Frame[], from?: Topology) =>
    new Map(
      runs(frames, from).flatMap(one => (one.aspect === 'place' ? [[one.subject, one.value]] : [])),
    );
  const all = places([...h.snapshot(1, 'rtnl', links), ...h.snapshot(1, 'pci', functions)]);
  t.same(all.get('leg/ens1'), [NIC, PORT], 'by its function, whatever its bus is');
  t.same(all.get('leg/ens2'), ['0000:3b:00.1', PORT]);
  t.same(all.get('leg/ens1.7'), [NIC, PORT], 'a VLAN is behind what its NIC is behind');
  t.same(all.get('leg/v-a'), []);
  t.same(all.get('leg/ens1v0'), ['0000:3b:02.0', NIC, PORT], 'and its physical function');
  t.same(places([disk(h, 2, 'nvme1n1', { pci: NIC })], known).get('disk/nvme1n1'), [NIC, PORT]);
  t.same([...places([h.carrier(2, 11, 'd', 1, 2)], known)], [], 'only when it is news');
  t.same([...places([hw(h, 2, 'pci_device', { gone: true })], known)], [], 'nor when it is gone');
});

/** What the reader is asked for at once. */
import t from 'tap';
import { wantedReads } from '../../../agent/topology/wanted.ts';
import type { Frame, ReaderTool } from '../../../agent/wire.ts';
import { Helper } from '../support/frames.ts';
import { hw } from '../support/hardware_frames.ts';
import { ioErrors } from '../support/storage_frames.ts';
import { topologyOf } from '../support/topology.ts';

const h = new Helper();
const read = (tool: ReaderTool, subject: string) => hw(h, 1, 'reading', { tool, subject });
const topology = topologyOf([
  ...[read('smartctl', 'sda'), read('smartctl', 'sdb'), read('nvme-smart-log', 'nvme0')],
  ...[read('ipmi-sensors', 'bmc'), read('ipmi-sel', 'bmc')],
]);
const wants = (frame: Frame) =>
  wantedReads(frame, topology).map(({ tool, subject }) => `${tool} ${subject}`);
const failed = (medium: number) => {
  const frame = ioErrors(h, 2, 'sda', 3);
  return { ...frame, data: { ...frame.data, medium } };
};

t.test('of what the reader has told of, that which a frame makes doubtful', async t => {
  t.same(wants(hw(h, 2, 'nvme_event')), ['nvme-smart-log nvme0']);
  t.same(wants(hw(h, 2, 'nvme_event', { controller: 'nvme7' })), [], 'nobody reads it');
  t.same(wants(failed(1)), ['smartctl sda']);
  t.same(wants(failed(0)), [], 'the medium is well');
  const members = [
    { disk: 'sda1', slot: 0, state: 'in_sync' },
    { disk: 'sdb1', slot: null, state: 'faulty' },
    { disk: 'nvme0n1p2', slot: null, state: 'faulty' },
  ];
  t.same(wants(hw(h, 2, 'md', { members })), ['smartctl sdb', 'nvme-smart-log nvme0']);
  t.same(wants(hw(h, 2, 'md')), []);
  t.same(wants(hw(h, 2, 'power_supply')), ['ipmi-sensors bmc', 'ipmi-sel bmc']);
  t.same(wants(h.heartbeat(2)), []);
});

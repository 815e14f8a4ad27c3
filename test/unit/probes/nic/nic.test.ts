import t from 'tap';
import type { Observation } from '../../../../agent/types.ts';
import type { Frame } from '../../../../agent/wire.ts';
import { recorded } from '../../support/eeprom.ts';
import { Helper, us } from '../../support/frames.ts';
import { labSnapshots } from '../../support/lab_frames.ts';
import { observe, topologyOf } from '../../support/topology.ts';

const h = new Helper();
const NIC = { kind: null, parent_dev: '0000:3b:00.1' };
const start = topologyOf([
  h.hello(0),
  ...labSnapshots(h, 1, [h.link(1, 11, 'ens1', NIC), h.link(1, 13, 'tap0', { kind: 'tun' })]),
]);
const of = (frames: Frame[], from = start): Observation[] =>
  observe(frames, from)[0].filter(one => one.probe === 'nic');

t.test('how it runs, its errors, its module', async t => {
  t.match(of([h.nicMode(5, 11, { speed_mbps: 1000, duplex: 'half' })]), [
    {
      aspect: 'mode',
      subject: 'leg/ens1',
      value: { speed_mbps: 1000, duplex: 'half', advertised_mbps: 25_000 },
      t: us(5),
    },
  ]);
  const errors = { rx_packets: 7, tx_packets: 5, rx_crc_errors: 2, fec_corrected: 9 };
  t.match(of([h.nicErrors(5, 31, errors)]), [
    {
      aspect: 'errors',
      subject: 'leg/c-a',
      value: { packets: 12, crc: 2, fec_corrected: 9, fec_uncorrectable: null, symbol: null },
    },
  ]);
  t.match(of([h.module(5, 11, recorded('sff8472-10gbase-sr'))]), [
    { aspect: 'optics', value: { readings: { length: 5 } } },
  ]);
  t.same(of([h.nicMode(5, 13)]), [], 'no leg, and nobody can unplug it');
});

t.test('told before its link was known, or before it became a leg', async t => {
  const early = topologyOf([h.hello(0), h.nicMode(1, 31)]);
  t.match(of(labSnapshots(h, 2), early), [{ subject: 'leg/c-a', aspect: 'mode', t: us(1) }]);
  t.match(of([h.nicMode(2, 13), h.link(3, 13, 'ens9', { ...NIC, parent_dev: '0000:3b:00.2' })]), [
    { subject: 'leg/ens9', aspect: 'mode' },
    { subject: 'leg/ens9', aspect: 'presence' },
  ]);
});

t.test('no longer told, or gone', async t => {
  const known = topologyOf([h.nicMode(5, 11), h.nicErrors(5, 31)], start);
  t.match(of([h.nicMode(9, 11, { gone: true })], known), [{ aspect: 'mode', value: 'absent' }]);
  t.match(of([h.link(9, 31, 'c-a', { gone: true })], known), [
    { aspect: 'errors', subject: 'leg/c-a', value: 'absent' },
  ]);
  t.match(of([h.lost(9, 'ethtool')], known), [
    { aspect: 'mode', value: 'unknown' },
    { aspect: 'errors', value: 'unknown' },
  ]);
});

t.test('removed, moved, or who knows', async t => {
  const gone = (moved: boolean) => of([h.link(9, 11, 'ens1', { ...NIC, gone: true, moved })]);
  t.match(gone(false), [
    {
      aspect: 'presence',
      subject: 'leg/ens1',
      value: 'removed',
      parent_dev: '0000:3b:00.1',
      had_link: true,
    },
  ]);
  t.match(gone(true), [{ value: 'moved' }]);
  const missed = of(h.snapshot(9, 'rtnl', []));
  t.match(missed, [{ subject: 'leg/ens1', value: 'unknown' }], 'it may have moved meanwhile');
  t.match(of([h.link(9, 11, 'ens1', NIC)]), [{ value: 'present', t: us(9) }]);
  t.match(of([h.lost(9, 'rtnl')]), [{ value: 'unknown' }]);
  t.same(of([h.link(9, 31, 'c-a', { gone: true })]), [], 'what is built of software');
  t.same(of([h.carrier(9, 11, 'u', 1, 1)]), [], 'the carrier source says nothing of it');
  const empty = { ...NIC, carrier_up_count: 0, gone: true };
  const never = topologyOf([h.link(5, 12, 'ens2', { ...NIC, carrier_up_count: 0 })], start);
  t.match(of([h.link(9, 12, 'ens2', empty)], never), [{ value: 'removed', had_link: false }]);
});

t.test('the transmit watchdog', async t => {
  const bark = (ifindex: number) => h.frame(9, 'tx_timeout', { ifindex, queue: 3 });
  t.match(of([bark(11)]), [{ aspect: 'tx-timeout', subject: 'leg/ens1', value: { queue: 3 } }]);
  t.same(of([bark(13), bark(99)]), []);
});

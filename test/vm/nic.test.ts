// guest: --nics 2
/** What the helper tells of a NIC's health: speed and duplex as they change, error counters, and a NIC that is pulled. */
import { execFileSync } from 'node:child_process';
import t from 'tap';
import { nowUs } from '../../scripts/lab/wait.ts';
import { deviceDel } from '../../scripts/vm-lab/monitor.ts';
import { Helper } from './helper.ts';

const run = (file: string, ...args: string[]) => execFileSync(file, args, { encoding: 'utf8' });

t.before(() => {
  for (const nic of ['nic0', 'nic1']) run('ip', 'link', 'set', nic, 'up');
  run('ethtool', '-s', 'nic0', 'speed', '10000', 'duplex', 'full');
});

t.test('speed, duplex, counters and removal', async t => {
  const helper = await Helper.start(t, '--nudge', 'off');
  const source = helper.hello.sources.find(({ name }) => name === 'ethtool');
  t.equal(source?.state, 'ok', source?.reason ?? '');
  const link = await helper.next('link', one => one.ifname === 'nic0');
  const ofNic0 = (one: { ifindex: number }) => one.ifindex === link.ifindex;

  const first = await helper.next('nic_mode', ofNic0);
  t.match(first, { speed_mbps: 10_000, duplex: 'full', gone: false });
  const errors = await helper.next('nic_errors', ofNic0);
  t.match(errors, { rx_errors: 0, rx_crc_errors: 0, gone: false });
  const begin = await helper.next(
    'snapshot',
    one => one.source === 'ethtool' && one.phase === 'end',
  );
  t.equal(begin.complete, true);

  // Nobody is told that a virtio NIC's speed was set: the next look finds it.
  const set_us = nowUs();
  run('ethtool', '-s', 'nic0', 'speed', '1000', 'duplex', 'half');
  const slower = await helper.next('nic_mode', ofNic0, set_us);
  t.match(slower, { speed_mbps: 1000, duplex: 'half' });

  const pulled_us = nowUs();
  deviceDel('nic0');
  const gone = await helper.next('link', one => ofNic0(one) && one.gone, pulled_us);
  t.match(gone, { moved: false, ifname: 'nic0', parent_bus: 'virtio' });
  t.equal((await helper.next('nic_mode', one => ofNic0(one) && one.gone, pulled_us)).gone, true);
  await helper.next('nic_errors', one => ofNic0(one) && one.gone, pulled_us);

  const moved_us = nowUs();
  run('ip', 'netns', 'add', 'elsewhere');
  run('ip', 'link', 'set', 'nic1', 'netns', 'elsewhere');
  const left = await helper.next('link', one => one.ifname === 'nic1' && one.gone, moved_us);
  t.equal(left.moved, true, 'another namespace has it now');
});

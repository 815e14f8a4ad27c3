// guest: --timeout 90 --qemu -netdev --qemu hubport,id=near,hubid=9 --qemu -device --qemu virtio-net-pci,netdev=near,romfile= --qemu -netdev --qemu hubport,id=far,hubid=9 --qemu -device --qemu e1000,netdev=far,romfile=
/**
 * A NIC that stops sending: its cable ends at one that is not set up and takes nothing, so QEMU lets the packets lie in the
 * ring, the ring fills, and the kernel's transmit watchdog fires after 5 s.
 */
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readdirSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import t from 'tap';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { Helper } from './helper.ts';

t.setTimeout(80_000);

/** One socket alone may not have as many packets under way as the ring takes. */
const SOCKETS = 8;
const ip = (...args: string[]) => execFileSync('ip', args, { encoding: 'utf8' });

const nicOf = (driver: string): string | undefined =>
  readdirSync('/sys/class/net')
    .filter(nic => nic !== 'lo')
    .find(nic => basename(readlinkSync(`/sys/class/net/${nic}/device/driver`)) === driver);
const statsOf = (nic: string) => JSON.parse(ip('-j', '-s', 'link', 'show', nic))[0].stats64.tx;

t.test('a queue that has not sent for the time-out is told, each time', async t => {
  const near = await until('the NIC', () => nicOf('virtio_net'));
  const far = await until('its far end', () => nicOf('e1000'));
  ip('link', 'set', near, 'up');
  ip('address', 'add', '10.5.0.1/24', 'dev', near);
  ip('neigh', 'add', '10.5.0.2', 'lladdr', '52:54:00:99:99:99', 'dev', near, 'nud', 'permanent');
  const helper = await Helper.start(t, '--nudge', 'off');
  const source = helper.hello.sources.find(({ name }) => name === 'netdev');
  t.match(source, { state: 'ok', reason: null });
  const { ifindex } = helper.all('link').find(({ ifname }) => ifname === near)!;

  const sockets = Array.from({ length: SOCKETS }, () => createSocket('udp4').on('error', () => {}));
  const timer = setInterval(() => {
    for (const socket of sockets)
      for (let i = 0; i < 10; i++) socket.send(Buffer.alloc(500), 9, '10.5.0.2', () => {});
  }, 100);
  t.teardown(() => {
    clearInterval(timer);
    for (const socket of sockets) socket.close();
  });
  const began_us = nowUs();
  const first = await helper.next('tx_timeout', () => true, began_us);
  t.match(first, { ifindex, queue: 0 });
  const second = await helper.next('tx_timeout', () => true, first.t_us);
  t.match(second, { ifindex, queue: 0 });
  t.comment(`after ${first.t_us - began_us} µs and ${second.t_us - began_us} µs`);

  ip('link', 'set', far, 'up');
  await until('the packets to go', () => statsOf(near).packets > 256);
  t.pass('the far end takes them, and it sends again');
});

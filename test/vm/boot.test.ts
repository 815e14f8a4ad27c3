// guest: --nics 3 --cables 1
/** What every test in a guest builds on: the kernel that was asked for, NICs whose cables it can cut, devices it can pull. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { resolve } from 'node:path';
import t from 'tap';
import { until } from '../../scripts/lab/wait.ts';
import { deviceDel, monitor, setLink } from '../../scripts/vm-lab/monitor.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const ip = (...args: string[]) => execFileSync('ip', args, { encoding: 'utf8' });
const carrier = (nic: string) => readFileSync(`/sys/class/net/${nic}/carrier`, 'utf8').trim();
const carrierIs = (nic: string, wanted: '0' | '1') =>
  until(`${nic}'s carrier to be ${wanted}`, () => carrier(nic) === wanted);

t.test('the kernel is the one that was asked for, its modules and BTF are there', async t => {
  t.ok(release().startsWith(`${process.env.PATHWARDEN_VM_KERNEL}.`), release());
  execFileSync('modprobe', ['bonding', 'max_bonds=0']);
  t.ok(existsSync('/sys/kernel/btf/bonding'));
  for (const folder of ['kernel/tracing/events', 'kernel/debug/tracing', 'fs/bpf'])
    t.ok(existsSync(`/sys/${folder}`), folder);
  t.ok(existsSync('/sys/fs/cgroup/cgroup.controllers'), 'cgroup2');
});

t.test('a cut cable is a lost carrier, on that side alone', async t => {
  const links: { ifname: string }[] = JSON.parse(ip('-j', 'link'));
  t.same(links.map(link => link.ifname).sort(), ['lo', 'nic0', 'nic1', 'nic2', 'nic3', 'nic4']);
  for (const nic of ['nic0', 'nic3', 'nic4']) ip('link', 'set', nic, 'up');
  for (const nic of ['nic0', 'nic3', 'nic4']) await carrierIs(nic, '1');
  setLink('nic3', false);
  await carrierIs('nic3', '0');
  t.equal(carrier('nic4'), '1');
  setLink('nic3', true);
  await carrierIs('nic3', '1');
  writeFileSync('/dev/virtio-ports/mon', 'set_link nic0 off\n');
  await carrierIs('nic0', '0');
  t.match(monitor('info network'), 'nic0', 'an answer is that of its own command');
  t.throws(() => setLink('nic99', false), /nic99/, 'what QEMU refuses is an error');
});

t.test('a cable joins its two NICs', async t => {
  ip('netns', 'add', 'far');
  ip('link', 'set', 'nic4', 'netns', 'far');
  ip('-n', 'far', 'link', 'set', 'nic4', 'up');
  ip('-n', 'far', 'address', 'add', '10.0.0.2/24', 'dev', 'nic4');
  ip('address', 'add', '10.0.0.1/24', 'dev', 'nic3');
  t.match(
    execFileSync('ping', ['-c1', '-W5', '10.0.0.2'], { encoding: 'utf8' }),
    ' 0% packet loss',
  );
});

t.test('a device can be pulled', async t => {
  deviceDel('nic2');
  await until('nic2 to be gone', () => !existsSync('/sys/class/net/nic2'));
  t.notOk(existsSync('/sys/class/net/nic2'));
});

t.test('the checkout is there, and what is written to it stays in the guest', async t => {
  t.ok(existsSync(`${ROOT}/build/native/pathwarden-helper`));
  writeFileSync(`${ROOT}/build/.written-in-a-guest`, '');
  t.ok(existsSync(`${ROOT}/build/.written-in-a-guest`));
});

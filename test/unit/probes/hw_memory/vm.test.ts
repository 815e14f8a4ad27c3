/** Which virtual machine a process is. */
import t from 'tap';
import { vmOf } from '../../../../agent/probes/hw_memory/vm.ts';
import { runSeed, seeded } from '../../support/random.ts';

const UUID = '6e4f3d0a-1111-4222-8333-444455556666';

t.test('by the command line', async t => {
  const names: [string, string | null][] = [
    [
      '/usr/bin/qemu-system-x86_64 -name guest=instance-0000002a,debug-threads=on -S -object {"qom-type"',
      'instance-0000002a',
    ],
    ['/usr/libexec/qemu-kvm -name vm1 -m 4096', 'vm1'],
    ['qemu-system-x86_64 -name vm1,process=qemu:vm1 -m 1', 'vm1'],
    ['qemu-system-x86_64 -m 1 -name debug-threads=on,guest=late', 'late'],
    ['qemu-system-x86_64 -name guest=a,,b,debug-threads=on -S', 'a,b'],
    ['qemu-system-x86_64 --name double', 'double'],
    ['qemu-system-x86_64 -name my own machine -m 1', 'my own machine'],
    ['qemu-system-x86_64 -name guest=', null],
    ['qemu-system-x86_64 -name debug-threads=on', null],
    ['find / -name', null],
    ['sleep 1000', null],
    ['', null],
  ];
  for (const [command, name] of names) t.equal(vmOf(command, null)?.name ?? null, name, command);
  t.same(vmOf(`qemu -name guest=x -uuid ${UUID.toUpperCase()} -no-user-config`, null), {
    name: 'x',
    uuid: UUID,
  });
  t.same(vmOf(`qemu -uuid ${UUID}`, null), { name: null, uuid: UUID });
  t.equal(vmOf('qemu -uuid nonsense', null), null);
  t.equal(vmOf(null, null), null);
});

t.test('by the cgroup', async t => {
  const names: [string, string | null][] = [
    ['machine-qemu\\x2d3\\x2dinstance\\x2d0000002a.scope', 'instance-0000002a'],
    ['machine.slice/machine-qemu\\x2d3\\x2dvm.scope/libvirt/emulator', 'vm'],
    ['machine-qemu\\x2d12\\x2dm\\xc3\\xbcller.scope/libvirt', 'müller'],
    ['machine/qemu-7-web-01.libvirt-qemu', 'web-01'],
    ['machine-lxc\\x2d1\\x2dbox.scope', 'box'],
    ['system.slice/ssh.service', null],
    ['machine-\\xff\\xzz.scope', null],
    ['', null],
  ];
  for (const [cgroup, name] of names) t.equal(vmOf(null, cgroup)?.name ?? null, name, cgroup);
  t.equal(
    vmOf('qemu -name guest=by-command', 'machine-qemu\\x2d3\\x2dcut.scope')?.name,
    'by-command',
  );
});

t.test('whatever a process calls itself, nothing is thrown', async t => {
  const seed = runSeed();
  t.comment(`SEED=${seed}`);
  const random = seeded(seed);
  const pieces = [
    '-name ',
    'guest=',
    ',,',
    ',',
    '\\x2d',
    '\\x',
    '.scope',
    'machine-',
    'qemu-1-',
    '/',
    '-uuid ',
    '\0',
    'ü',
    ' -',
  ];
  const text = () =>
    Array.from({ length: 12 }, () => pieces[Math.floor(random() * pieces.length)]).join('');
  for (let i = 0; i < 20_000; i++) vmOf(text(), text());
  t.pass('through');
});

/** pathwarden-guard's plan: what it refuses to cut, and what it refuses to undo. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import t, { type Test } from 'tap';
import { inNetns, run } from '../../scripts/lab/run.ts';
import { GUARD, GuardLab } from './guard-lab.ts';

t.setTimeout(120_000);

/** struct plan_header of native/guard.h. */
const AT = { crc: 16, file_size: 20, boot_id: 24, ifname: 104, record_count: 152 };

/** The plan that a guard leaves when it is killed in an admin-down of c-a. */
async function leftPlan(lab: GuardLab): Promise<Buffer> {
  const guard = lab.start('--kind admin-down --ifindex 31 --hold-ms 60000');
  const { pid } = await guard.cut();
  process.kill(pid, 'SIGKILL');
  await guard.exited;
  return readFileSync(lab.plan());
}

function write(lab: GuardLab, bytes: Buffer): void {
  bytes.writeUInt32LE(bytes.length, AT.file_size);
  bytes.writeUInt32LE(0, AT.crc);
  bytes.writeUInt32LE(crc32(bytes), AT.crc);
  writeFileSync(lab.plan(), bytes, { mode: 0o600 });
}

async function refused(t: Test, lab: GuardLab, words: string, reason: RegExp, plan?: string) {
  const argv = [GUARD, 'run', ...words.split(' '), '--plan', plan ?? lab.plan()];
  const ran = await run(inNetns(lab.c, argv), { mayFail: true });
  t.equal(ran.code, 3, ran.stdout + ran.stderr);
  t.match(JSON.parse(ran.stdout), { event: 'refused', reason });
}

t.test('what is not cut', async t => {
  const lab = await GuardLab.open(t, { ipv6: false });
  await lab.ip('link add c-x index 50 type veth peer name c-y index 51');
  const before = await lab.state();
  await lab.ip('nexthop add id 1 via 10.77.1.2 dev c-a');
  await lab.ip('nexthop add id 10 group 1 proto zebra');
  await refused(
    t,
    lab,
    '--kind admin-down --ifindex 31 --hold-ms 100',
    /nexthop object 10, .* protocol 11: a routing daemon's/,
  );
  await lab.ip('nexthop flush');
  for (const kind of ['admin-down', 'blackhole']) {
    const of = (ifindex: number) => `--kind ${kind} --ifindex ${ifindex} --hold-ms 100`;
    await refused(t, lab, of(4711), /no such link/);
    await refused(t, lab, of(1), /loopback/);
    await refused(t, lab, of(50), /down already/);
  }
  await lab.ip('route add 10.77.9.2/32 metric 9 via 10.77.1.2 dev c-a'); // `flush` took nothing else
  await lab.ip('route del 10.77.9.2/32 metric 9');
  t.equal(await lab.state(), before);
  t.notOk(lab.planExists());
});

t.test('where no plan is written', async t => {
  const lab = await GuardLab.open(t, { ipv6: false });
  const words = '--kind admin-down --ifindex 31 --hold-ms 100';
  const open = `${lab.plans}/open`;
  mkdirSync(open);
  chmodSync(open, 0o777);
  await refused(t, lab, words, /belong to root/, `${open}/plan`);
  await refused(t, lab, words, /cannot be opened/, `${lab.plans}/none/plan`);
  await refused(t, lab, words, /absolute/, 'plan');
  const guard = lab.start('--kind admin-down --ifindex 31 --hold-ms 60000');
  await guard.event('ready');
  await refused(t, lab, words, /File exists/);
  await refused(t, lab, words, /another guard/, lab.plan('second.plan'));
  await refused(
    t,
    lab,
    '--kind blackhole --ifindex 31 --hold-ms 100',
    /another guard/,
    lab.plan('second.plan'),
  );
  const other = lab.start('--kind admin-down --ifindex 32 --hold-ms 60000', lab.plan('b.plan'));
  await other.event('ready');
  for (const g of [guard, other]) {
    g.say('heal');
    t.equal((await g.healed()).code, 0);
  }
  t.ok(await lab.isUp('c-a'));
});

t.test('the command line', async t => {
  for (const words of [
    '',
    'run',
    'undo',
    'frobnicate --plan /run/x',
    'run --kind admin-down --ifindex 31 --hold-ms 0 --plan /run/x',
    'run --kind admin-down --ifindex -1 --hold-ms 5 --plan /run/x',
    'run --kind admin-down --ifindex 31 --hold-ms 600001 --plan /run/x',
    'run --kind unplug --ifindex 31 --hold-ms 5 --plan /run/x',
    'run --kind blackhole --direction up --ifindex 31 --hold-ms 5 --plan /run/x',
  ]) {
    const { code } = await run([GUARD, ...words.split(' ').filter(w => w)], { mayFail: true });
    t.equal(code, 2, words);
  }
  t.match((await run([GUARD, '--help'])).stdout, /usage: pathwarden-guard run/);
  t.match((await run([GUARD, '--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
});

t.test('a plan that is not as it was written is refused', async t => {
  const lab = await GuardLab.open(t);
  const good = await leftPlan(lab);
  const state = await lab.state();
  const faults: [string, RegExp, () => Buffer | null][] = [
    ['empty', /size/, () => Buffer.alloc(0)],
    ['cut short', /incomplete/, () => good.subarray(0, good.length - 4)],
    [
      'a bit changed',
      /checksum/,
      () => {
        const bytes = Buffer.from(good);
        bytes[good.length - 20]! ^= 1;
        return bytes;
      },
    ],
    ['another file', /not a plan/, () => Buffer.alloc(good.length, 'x')],
  ];
  for (const [what, reason, make] of faults) {
    writeFileSync(lab.plan(), make()!);
    for (const verb of ['undo', 'check']) {
      const { ran, events } = await lab.tell(verb);
      t.equal(ran.code, 3, what);
      t.match(events, [{ event: 'refused', reason }]);
    }
  }
  // Well-formed as a whole, with a record that is not.
  const bytes = Buffer.from(good);
  bytes.writeUInt32LE(0x10000, 160 + 4);
  write(lab, bytes);
  t.match(await lab.tell('undo'), { ran: { code: 3 }, events: [{ reason: /length of a record/ }] });
  t.equal(await lab.state(), state, 'nothing was changed');
  writeFileSync(lab.plan(), good);
  chmodSync(lab.plan(), 0o666);
  t.match(await lab.tell('undo'), { ran: { code: 3 }, events: [{ reason: /only root/ }] });
  chmodSync(lab.plan(), 0o600);
  t.match(await lab.tell('undo', lab.plan(), lab.s), {
    ran: { code: 3 },
    events: [{ reason: /namespace/ }],
  });
  t.match(await lab.undo(), { code: 0 });
});

t.test('a plan of another boot is deleted', async t => {
  const lab = await GuardLab.open(t);
  const good = await leftPlan(lab);
  const other = Buffer.from(good);
  other.write('00000000-0000-4000-8000-000000000000', AT.boot_id);
  write(lab, other);
  const check = await lab.tell('check');
  t.equal(check.ran.code, 3);
  const { ran, events } = await lab.tell('undo');
  t.equal(ran.code, 0);
  t.match(events, [{ event: 'discarded', reason: /another boot/ }, { event: 'done' }]);
  t.notOk(existsSync(lab.plan()));
  t.notOk(await lab.isUp('c-a'));
});

t.test('a link that is another one now', async t => {
  const lab = await GuardLab.open(t);
  const good = await leftPlan(lab);
  await lab.ip('link set c-a name c-z');
  t.match(await lab.tell('undo'), { ran: { code: 3 }, events: [{ reason: /c-z now/ }] });
  await lab.ip('link del c-z');
  const { healed, code } = await lab.undo();
  t.equal(code, 4);
  t.match(healed.failures.join('\n'), /cannot be set up: No such device/);
  t.match(healed.differences.join('\n'), /gone: link/);
  const other = Buffer.from(good);
  other.write('00000000-0000-4000-8000-000000000000', AT.boot_id);
  write(lab, other);
  await lab.tell('undo');
});

/** A netlink attribute, and a dump message of the kernel. */
function attribute(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(4 + value.length, 0);
  head.writeUInt16LE(type, 2);
  return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)]);
}
function nexthop(family: number, ...attributes: Buffer[]): Buffer {
  const RTM_NEWNEXTHOP = 104;
  const body = Buffer.concat([Buffer.from([family, 0, 0, 0, 0, 0, 0, 0]), ...attributes]);
  const head = Buffer.alloc(16);
  head.writeUInt32LE(16 + body.length, 0);
  head.writeUInt16LE(RTM_NEWNEXTHOP, 4);
  return Buffer.concat([head, body]);
}
function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32LE(value, 4 * i);
  return bytes;
}

t.test('a plan with next hop objects brings them back, members before groups', async t => {
  const lab = await GuardLab.open(t, { ipv6: false });
  const good = await leftPlan(lab);
  const NHA = { id: 1, group: 2, group_type: 3, oif: 5, gateway: 6 };
  const group = nexthop(
    0,
    attribute(NHA.id, u32(10)),
    attribute(NHA.group_type, Buffer.alloc(2)),
    attribute(NHA.group, Buffer.concat([u32(1), Buffer.from([2, 0, 0, 0])])),
  );
  const member = nexthop(
    2,
    attribute(NHA.id, u32(1)),
    attribute(NHA.oif, u32(31)),
    attribute(NHA.gateway, Buffer.from([10, 77, 1, 2])),
  );
  const bytes = Buffer.concat([good, group, member]);
  bytes.writeUInt32LE(good.readUInt32LE(AT.record_count) + 2, AT.record_count);
  write(lab, bytes);
  const { healed, code } = await lab.undo();
  t.equal(code, 0);
  t.same(healed.differences, []);
  t.match(healed.restored.join('\n'), /nexthop id 1 dev c-a\n.*nexthop group id 10/s);
  t.match(await lab.ip('nexthop show'), /id 1 via 10\.77\.1\.2 dev c-a.*\nid 10 group 1,3/);
});

// guest: --cables 2 --timeout 230
/**
 * iSCSI by the kernel's initiator under dm-multipath over two NICs: each way to lose a path, as the helper tells it, and the
 * process that asks device-mapper for it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import type { FrameOf } from '../../agent/wire.ts';
import {
  connectIscsi,
  IQN,
  MAP,
  openPortal,
  startIscsiTarget,
} from '../../scripts/lab/guest-iscsi.ts';
import { Processes } from '../../scripts/lab/processes.ts';
import { Reader } from '../../scripts/lab/reader.ts';
import { run } from '../../scripts/lab/run.ts';
import {
  blackhole,
  createTwoPaths,
  ownAddress,
  PATHS,
  plug,
  storageAddress,
} from '../../scripts/lab/two-paths.ts';
import { nowUs } from '../../scripts/lab/wait.ts';
import { Helper } from '../vm/helper.ts';

t.setTimeout(220_000);

const processes = new Processes('/tmp');

let helper: Helper;
let reader: Reader;

type Map = FrameOf<'multipath'>['data'];

const usable = (map: Map) => map.paths.filter(path => path.usable).length;

/** The first frame after then with so many usable paths. */
const withPaths = (count: number, from_us: number) =>
  helper.next('multipath', map => usable(map) === count, from_us);

/** A loss and a return, by whatever means; each read was answered without an error. */
async function losesOne(
  t: Test,
  cut: () => unknown,
  mend: () => unknown,
): Promise<{ before: Map; lost: Map }> {
  const before = helper.all('multipath').at(-1)!;
  const cut_us = nowUs();
  await cut();
  const lost = await withPaths(1, cut_us);
  const back_us = nowUs();
  await mend();
  const back = await withPaths(2, back_us);
  const { took_us } = await reader.slowest(cut_us, nowUs());
  t.strictSame(
    reader.reads.filter(one => one.error !== 0),
    [],
    'no read failed',
  );
  const failed = lost.paths.find(path => !path.usable)!;
  t.equal(failed.state, 'failed');
  const failures = (map: Map) => map.paths.find(({ disk }) => disk === failed.disk)?.failures ?? 0;
  t.ok(failures(lost) > failures(before), 'one failure more');
  t.ok(
    back.paths.every(path => path.state === 'active'),
    'both are active again',
  );
  t.comment(`told after ${(lost.t_us - cut_us) / 1000} ms; slowest read: ${took_us / 1000} ms`);
  return { before, lost };
}

t.before(async () => {
  await createTwoPaths('nics', processes);
  await startIscsiTarget();
  const device = await connectIscsi(processes);
  reader = await Reader.start(processes, device);
  helper = await Helper.start(t, '--user', '60742:60742');
});
t.teardown(() => processes.stopAll());

t.test('what there is', async t => {
  const map = await helper.next('multipath');
  t.match(map, { kind: 'dm', name: MAP, map: 'dm-0', gone: false });
  t.strictSame(
    map.paths.map(path => path.disk),
    ['sda', 'sdb'],
  );
  t.ok(
    map.paths.every(path => path.usable && path.state === 'active' && path.failures === 0),
    'both paths are usable and have never failed',
  );
  t.ok(
    map.paths.every(path => path.access === 'optimized'),
    'ALUA says that they are optimized',
  );
  t.strictSame(
    map.paths.map(path => path.session).sort(),
    ['iscsi:session1', 'iscsi:session2'],
    'each belongs to a session',
  );
  const end = await helper.next(
    'snapshot',
    one => one.source === 'multipath' && one.phase === 'end',
  );
  t.equal(end.complete, true);
});

t.test('sessions, and the disks that belong to them', async t => {
  for (const path of PATHS) {
    const session = await helper.next('session', ({ remote }) => remote === storageAddress(path));
    t.match(session, {
      protocol: 'iscsi',
      target: IQN,
      local: ownAddress(path),
      remote_port: 3260,
      state: 'LOGGED_IN',
      usable: true,
    });
    const disk = await helper.next('disk', one => one.session === session.session);
    t.match(disk, { kind: 'iscsi', map: 'dm-0', major: 8, gone: false });
    t.strictSame(session.disks, [disk.disk]);
  }
  t.match(await helper.next('disk', ({ disk }) => disk === 'dm-0'), { kind: 'dm-multipath' });
});

t.test('who asks device-mapper can do nothing else', async t => {
  const asker = children();
  t.equal(asker.length, 1);
  const { pid, field } = asker[0]!;
  const CAP_SYS_ADMIN = 1n << 21n;
  t.equal(BigInt(`0x${field('CapPrm')}`), CAP_SYS_ADMIN);
  t.equal(BigInt(`0x${field('CapBnd')}`), 0n);
  t.equal(field('Uid'), '60742');
  t.equal(field('NoNewPrivs'), '1');
  t.equal(field('Seccomp'), '2');
  t.equal(readdirSync(`/proc/${pid}/fd`).length, 2, 'it has the control device and a socket');
  const own = BigInt(`0x${statusOf(helper.pid)?.field('CapPrm')}`);
  t.equal(own & CAP_SYS_ADMIN, 0n, 'the helper itself has not kept that');
});

t.test('an administrator fails a path, and reinstates it', async t => {
  const path = readFileSync('/sys/block/sda/dev', 'utf8').trim();
  const say = (what: string) => run(['dmsetup', 'message', MAP, '0', `${what} ${path}`]);
  const { lost } = await losesOne(
    t,
    () => say('fail_path'),
    () => say('reinstate_path'),
  );
  t.equal(lost.paths.find(one => !one.usable)?.disk, 'sda');
});

t.test('the target shuts a portal, and opens it again', async t => {
  await losesOne(
    t,
    () => openPortal(0, false),
    () => openPortal(0, true),
  );
  const ofPath = ({ remote }: { remote: string | null }) => remote === storageAddress(0);
  const down = await helper.next('session', one => ofPath(one) && !one.usable);
  t.not(down.state, 'LOGGED_IN');
  await helper.next('session', one => ofPath(one) && one.usable, down.t_us);
});

t.test('a cable is pulled', async t => {
  await losesOne(
    t,
    () => plug(0, false),
    () => plug(0, true),
  );
});

t.test('a path is lost in silence', async t => {
  await losesOne(
    t,
    () => blackhole(1, true),
    () => blackhole(1, false),
  );
});

t.test('the map is taken away', async () => {
  await processes.stop(processes.running.find(({ name }) => name === 'reader')!);
  const gone_us = nowUs();
  await run(['multipath', '-f', MAP]);
  await helper.next('multipath', map => map.map === 'dm-0' && map.gone, gone_us);
});

t.test('who asks device-mapper is killed', async t => {
  const killed_us = nowUs();
  process.kill(children()[0]!.pid, 'SIGKILL');
  const lost = await helper.next('lost', one => one.source === 'multipath', killed_us);
  t.match(lost.reason, /device-mapper/);
});

interface Status {
  pid: number;
  field(name: string): string | undefined;
}

/** Null: it has ended. */
function statusOf(pid: number): Status | null {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    return { pid, field: name => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(text)?.[1] };
  } catch {
    return null;
  }
}

/** The helper's. */
const children = (): Status[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => statusOf(Number(name)) ?? [])
    .filter(({ field }) => field('PPid') === String(helper.pid));

// guest: --cables 2 --timeout 280
/**
 * Sessions that the kernel keeps, and the block devices behind them, as the helper tells of them; what happens to both when
 * the packets of one path vanish. With NVMe/TCP; of iSCSI multipath.test.ts has the same.
 */
import t from 'tap';
import type { FrameOf } from '../../agent/wire.ts';
import { connectNvme, controllerOf, NQN, startNvmeTarget } from '../../scripts/lab/guest-nvme.ts';
import { Processes } from '../../scripts/lab/processes.ts';
import { Reader } from '../../scripts/lab/reader.ts';
import {
  blackhole,
  createTwoPaths,
  ownAddress,
  PATHS,
  storageAddress,
} from '../../scripts/lab/two-paths.ts';
import { nowUs } from '../../scripts/lab/wait.ts';
import { Helper } from '../vm/helper.ts';

t.setTimeout(270_000);

const STALLED_MS = 300;
const processes = new Processes('/tmp');

type Session = FrameOf<'session'>['data'];

let helper: Helper;

const named = (session: string) => (one: { session: string | null }) => one.session === session;

t.before(async () => {
  await createTwoPaths('nics', processes);
  await startNvmeTarget();
  await Reader.start(processes, await connectNvme({ keepAliveS: 2 }));
  helper = await Helper.start(t, '--user', '60742:60742');
  helper.configure({ io_stalled_ms: STALLED_MS });
});
t.teardown(() => processes.stopAll());

/** By the first path. */
let first: Session;

t.test('sessions, and the disks that belong to them', async t => {
  for (const path of PATHS) {
    const session = await helper.next('session', named(`nvme:${controllerOf(path)}`));
    t.match(session, {
      protocol: 'nvme-tcp',
      target: NQN,
      remote: storageAddress(path),
      remote_port: 4420,
      state: 'live',
      usable: true,
      gone: false,
    });
    // The kernel tells it since 6.1; before, only where it was asked to take one.
    t.ok([null, ownAddress(path)].includes(session.local), `local: ${session.local}`);
    const branch = await helper.next('disk', named(session.session));
    t.match(branch, { kind: 'nvme-tcp', map: 'nvme0n1', major: 0, gone: false });
    t.strictSame(session.disks, [branch.disk]);
    if (path === 0) first = session;
  }
  t.match(await helper.next('disk', one => one.disk === 'nvme0n1'), { kind: 'nvme-multipath' });
});

t.test('the packets of one path vanish', async t => {
  const cut_us = nowUs();
  await blackhole(0, true);
  const ofPath = (one: { disk: string }) => one.disk === first.disks[0];
  // The reads go by the first path, which is the optimized one.
  const stall = await helper.next('io_stall', ofPath, cut_us);
  t.match(stall, { operation: 'read', threshold_us: STALLED_MS * 1000 });
  t.ok(stall.t_us - stall.since_us >= STALLED_MS * 1000);
  const isLost = (one: Session) => one.session === first.session && !one.usable;
  const lost = await helper.next('session', isLost, cut_us);
  t.match(lost, { gone: false, remote: first.remote, disks: first.disks });
  t.ok(stall.t_us < lost.t_us, 'requests grow old before the driver gives the session up');
  const resume = await helper.next('io_resume', ofPath, cut_us);
  t.equal(resume.since_us, stall.since_us);
  t.comment(
    `told ${(stall.t_us - stall.since_us) / 1000} ms after the issue; the session was ${lost.state} after ` +
      `${(lost.t_us - cut_us) / 1000} ms, the request given up after ${(resume.t_us - resume.since_us) / 1000} ms`,
  );

  const mend_us = nowUs();
  await blackhole(0, false);
  const isBack = (one: Session) => one.session === first.session && one.usable;
  t.match(await helper.next('session', isBack, mend_us), { state: 'live', disks: first.disks });
  const lostFrames = helper.all('lost').filter(({ source }) => source !== 'tcp');
  t.strictSame(lostFrames, [], 'nothing was lost');
});

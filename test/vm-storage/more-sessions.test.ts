// guest: --cables 2 --timeout 200 --memory 1536
/**
 * Sessions of NFS, NBD and DRBD that the kernel keeps, with the whole product: what the helper tells of each, what `paths`
 * makes of it, and what happens to them when the packets of one path vanish.
 */
import t from 'tap';
import type { FrameOf } from '../../agent/wire.ts';
import { helperFrames } from '../../scripts/benchmarks/stage.ts';
import { DRBD_PORT, drbdDisk, drbdResource, startDrbd } from '../../scripts/lab/guest-drbd.ts';
import { disconnectNbd, NBD_DISK, NBD_PORT, startNbdServer } from '../../scripts/lab/guest-nbd.ts';
import {
  lookAtNfs,
  mountNfs,
  NFS_PORT,
  type NfsMount,
  startNfsServer,
  unmountNfs,
  V3,
  V4,
} from '../../scripts/lab/guest-nfs.ts';
import { GuestSite } from '../../scripts/lab/guest-site.ts';
import { run } from '../../scripts/lab/run.ts';
import { blackhole, ownAddress, PATHS, storageAddress } from '../../scripts/lab/two-paths.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';

t.setTimeout(190_000);

const WAIT_MS = 60_000;
/** A guest's processors are away for a hundred ms now and then: no stalled flow is told for that. */
const PATIENT = 'thresholds: {unacked_ms: 400}';

type Session = FrameOf<'session'>['data'];
type Flow = FrameOf<'flow'>['data'];
type Stall = FrameOf<'flow_stall'>['data'];

const sessions: Session[] = [];
const flows = new Map<number, Flow>();
const stalls: Stall[] = [];
let site: GuestSite;

/** The first frame of a session after `from_us` that fits; waits for it. */
const told = (what: string, fits: (one: Session) => boolean, from_us = 0): Promise<Session> =>
  until(what, () => sessions.find(one => one.t_us > from_us && fits(one)), WAIT_MS);
const isOf = (mount: NfsMount) => (one: Session) => one.target === mount.source;
const named = (session: string) => (one: Session) => one.session === session;

/** The other end is on the first path, and serves there, or we do. */
const isByFirst = (flow: Flow | undefined, port: number) =>
  flow?.remote === storageAddress(0) && [flow.remote_port, flow.local_port].includes(port);

t.before(async () => {
  site = await GuestSite.open('nics', PATIENT);
  t.teardown(() => site.close());
  await startNfsServer(site.processes);
  for (const mount of [V4, V3]) await mountNfs(mount);
  await startNbdServer(site.processes);
  await startDrbd();
  await site.start(0);
  const stop = helperFrames(site.host, ({ type, data }) => {
    if (type === 'session') sessions.push(data as Session);
    if (type === 'flow') flows.set(data.flow as number, data as Flow);
    if (type === 'flow_stall') stalls.push(data as Stall);
  });
  t.teardown(stop);
});

t.test('what the helper tells', async t => {
  const nfs = { protocol: 'nfs', remote_port: NFS_PORT, state: 'mounted', usable: true, disks: [] };
  const four = { ...nfs, remote: storageAddress(0), local: ownAddress(0) };
  t.match(await told('NFS 4', isOf(V4)), four);
  t.match(await told('NFS 3', isOf(V3)), { ...nfs, remote: storageAddress(1), local: null });
  t.match(await told('NBD', named(`nbd:${NBD_DISK}`)), {
    ...{ protocol: 'nbd', state: 'connected', usable: true, disks: [NBD_DISK] },
    ...{ remote: null, remote_port: 0 },
  });
  for (const path of PATHS) {
    const isDescribed = (one: Session) =>
      named(`drbd:${drbdDisk(path)}`)(one) && one.remote !== null;
    t.match(await told('DRBD', isDescribed), {
      ...{ protocol: 'drbd', target: drbdResource(path), local: ownAddress(path) },
      ...{ remote: storageAddress(path), remote_port: DRBD_PORT },
      ...{ state: 'Connected', usable: true, disks: [drbdDisk(path)] },
    });
  }
});

t.test('as paths shows it', async t => {
  for (const mount of [V4, V3]) await lookAtNfs(mount);
  const { sessions, flows, disks } = await site.host.ask('paths', { limit: 1000 });
  const connected = sessions.map(one => [one.protocol, one.connected] as const).sort();
  t.strictSame(connected, [
    ...[['drbd', true] as const, ['drbd', true] as const],
    // Which connection is its own the kernel does not say.
    ['nbd', null],
    ...[['nfs', true] as const, ['nfs', true] as const],
  ]);
  const ways = flows.map(one => `${one.protocol} ${one.target_name} ${one.device_out}`);
  t.strictSame(
    [...new Set(ways)].sort(),
    [
      `drbd ${drbdResource(0)} nic0`,
      `drbd ${drbdResource(1)} nic2`,
      'nbd null nic0',
      `nfs ${V4.source} nic0`,
      `nfs ${V3.source} nic2`,
    ].sort(),
  );
  t.strictSame(
    disks.flatMap(({ kind, session }) => (session === null ? [] : [`${kind} ${session}`])).sort(),
    ['drbd drbd:drbd0', 'drbd drbd:drbd1', 'nbd nbd:nbd0'],
  );
});

t.test('the packets of one path vanish', async t => {
  const cut_us = nowUs();
  await blackhole(0, true);
  const io = [
    lookAtNfs(V4),
    run(['dd', `if=/dev/${NBD_DISK}`, 'of=/dev/null', 'bs=4096', 'count=1', 'iflag=direct']),
    run(['dd', 'if=/dev/zero', `of=/dev/${drbdDisk(0)}`, 'bs=4096', 'count=1', 'oflag=direct']),
  ];
  for (const port of [NFS_PORT, NBD_PORT, DRBD_PORT]) {
    const isIt = ({ flow, t_us, reason }: Stall) =>
      t_us > cut_us && reason !== 'unanswered' && isByFirst(flows.get(flow), port);
    const stall = await until(`the stall on port ${port}`, () => stalls.find(isIt), WAIT_MS);
    t.comment(`port ${port}: ${stall.reason} for ${(stall.t_us - stall.since_us) / 1000} ms`);
  }
  const isDrbd = named(`drbd:${drbdDisk(0)}`);
  const lost = await told('DRBD to be lost', one => isDrbd(one) && !one.usable, cut_us);
  const alarm = `session/drbd:${drbdDisk(0)}`;
  const isToldOf = (change: string) =>
    site.receiver
      .alarms(cut_us)
      .some(
        ({ change: { kind, alarm: of } }) =>
          kind === change && of.type === 'storage-path-lost' && of.managedObjectId === alarm,
      );
  await until('the alarm', () => isToldOf('raised'), WAIT_MS);

  const mend_us = nowUs();
  await blackhole(0, false);
  await Promise.all(io);
  const back = await told('DRBD to be back', one => isDrbd(one) && one.usable, mend_us);
  t.match(back, { remote: storageAddress(0), target: drbdResource(0) });
  await until('the alarm to be cleared', () => isToldOf('cleared'), WAIT_MS);
  t.comment(`DRBD was ${lost.state}, and is ${back.state}`);
});

t.test('they end', async t => {
  const from_us = nowUs();
  await disconnectNbd();
  for (const mount of [V4, V3]) await unmountNfs(mount);
  const ends = [named(`nbd:${NBD_DISK}`), isOf(V4), isOf(V3)];
  for (const isIt of ends)
    t.ok(await told('the end', one => isIt(one) && one.gone, from_us), 'gone');
});

/** The Ceph of the lab itself: it stores over the legs, its daemons can be taken away and given back, and nothing is left of it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import t, { type Test } from 'tap';
import { Lab } from '../../scripts/lab/lab.ts';
import { commandLine, netnsInode, processesInside } from '../../scripts/lab/leaks.ts';
import { inNetns, run } from '../../scripts/lab/run.ts';
import { until } from '../../scripts/lab/wait.ts';
import { Ceph } from '../../scripts/storage-lab/ceph.ts';
import { fetchRoot } from '../../scripts/storage-lab/root.ts';
import { connections } from '../../scripts/storage-lab/sessions.ts';
import { closeAfter } from '../netns/support.ts';

t.setTimeout(600_000);

const HEALTHY_MS = 120_000;

async function openCeph(t: Test): Promise<{ lab: Lab; ceph: Ceph }> {
  const root = await fetchRoot();
  const lab = await Lab.open();
  closeAfter(t, lab);
  return { lab, ceph: await Ceph.start(lab, root) };
}

t.test('requests of the disk go to each OSD over the legs, and an OSD goes and comes', async t => {
  const { lab, ceph } = await openCeph(t);
  const { engine, env = {} } = ceph.disk;
  const ports = async () => new Set((await connections(lab.network)).map(one => one.dport));
  const [ran] = await Promise.all([
    run(
      inNetns(lab.network.compute, [
        ...['fio', ...engine, '--name=some', '--rw=randrw', '--bs=8k', '--size=128M'],
        ...['--number_ios=300', '--rate_iops=50,50', '--output-format=json'],
      ]),
      { env },
    ),
    until(
      'connections to the monitor and each OSD',
      async () => (await ports()).size === 4,
      60_000,
    ),
  ]);
  const { read, write } = JSON.parse(ran.stdout).jobs[0];
  t.equal(read.total_ios + write.total_ios, 300);
  t.ok(
    write.clat_ns.min > 50_000,
    `the fastest write took ${write.clat_ns.min} ns: no cache has it`,
  );

  const put = 'echo first >/tmp/o; rados -p rbd put object /tmp/o';
  await ceph.run(['bash', '-ec', put]);
  await ceph.stopDaemon('osd.1');
  await until(
    'the monitor to see it',
    async () => (await ceph.status()).osdmap.num_up_osds === 2,
    HEALTHY_MS,
  );
  const get = ['rados', '-p', 'rbd', 'get', 'object', '-'];
  t.equal(await ceph.run(get), 'first\n', 'another OSD has it, too');
  await ceph.startDaemon('osd.1');
  await ceph.healthy();
  await ceph.stopDaemon('osd.0');
  await until(
    'the monitor to see the other',
    async () => (await ceph.status()).osdmap.num_up_osds === 2,
    HEALTHY_MS,
  );
  t.equal(await ceph.run(get), 'first\n', 'the one that came back has its objects');
});

t.test('a Ceph whose owner is killed ends with it, and the next lab removes the rest', async t => {
  const owner: ChildProcess = spawn(process.execPath, [resolve(import.meta.dirname, 'owner.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => owner.kill('SIGKILL'));
  const said = await new Promise<string>(done =>
    owner.stdout?.once('data', text => done(`${text}`)),
  );
  const { dir, memory, netns } = JSON.parse(said);
  const inode = new Set([netnsInode(netns)]);
  const daemons = () => processesInside(inode).map(commandLine);
  t.equal(daemons().filter(line => line.startsWith('ceph-osd')).length, 3);
  owner.kill('SIGKILL');
  await until('its daemons to end', () => daemons().length === 0, 30_000);

  const next = await Lab.open();
  await next.closeClean();
  for (const path of [dir, memory, `/run/netns/${netns}`]) t.notOk(existsSync(path), path);
});

/** The disk under the spool is full, or hangs: alarms still go out, marked, and the agent says what ails it. */
import { closeSync, mkdirSync, openSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { AGENT_UID } from '../../scripts/lab/product.ts';
import { run } from '../../scripts/lab/run.ts';
import type { Site } from '../../scripts/lab/site.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { openSite, typesTold } from './support.ts';

t.setTimeout(240_000);

/** Cuts leg a at the far end and waits until the receiver knows of it. */
async function toldOfCut(t: Test, site: Site): Promise<void> {
  const from = nowUs();
  await run(['ip', '-n', site.storage.netns, 'link', 'set', 's-a', 'down']);
  const linkDown = await until(
    'link-down at the receiver',
    () =>
      site.receiver
        .alarms(from)
        .find(
          ({ source, change }) =>
            source === site.compute.source && change.alarm.type === 'link-down',
        ),
    20_000,
  );
  t.equal(linkDown.change.uncommitted, true, 'marked as not on disk');
  await until(
    'spool-slow at the receiver',
    () => typesTold(site, site.compute, 0).has('spool-slow'),
    20_000,
  );
  t.pass('spool-slow was told, too');
  await run(['ip', '-n', site.storage.netns, 'link', 'set', 's-a', 'up']);
}

async function spoolClears(site: Site): Promise<void> {
  await until(
    'spool-slow to clear',
    async () =>
      !(await site.compute.ask('alarms', { all: false })).some(a => a.type === 'spool-slow'),
    60_000,
    100,
  );
}

/** The compute agent is restarted with its spool in another folder. */
async function moveSpool(site: Site, folder: string): Promise<void> {
  await run(['chown', `${AGENT_UID}:${AGENT_UID}`, folder]);
  await run(['chmod', '700', folder]);
  const url = `http://10.77.201.2:${site.receiver.port}/alarms`;
  await site.compute.startAgent({ url, stateDir: folder });
  await site.settled();
}

t.test('a full disk', async t => {
  const site = await openSite(t, { rate: null });
  const folder = site.lab.folder('full');
  await run(['mount', '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]);
  await moveSpool(site, folder);
  const fd = openSync(join(folder, 'ballast'), 'w');
  try {
    for (;;) writeSync(fd, Buffer.alloc(4096));
  } catch {
    // ENOSPC: full
  }
  closeSync(fd);
  await toldOfCut(t, site);
  truncateSync(join(folder, 'ballast'), 0);
  await spoolClears(site);
  await site.settled(60_000);
  t.pass('healthy again when there is room');
  await site.compute.stopAgent();
});

t.test('a disk that hangs', async t => {
  const site = await openSite(t, { rate: null });
  const folder = site.lab.folder('hung');
  const image = join(site.lab.dir, 'disk.img');
  writeFileSync(image, '');
  truncateSync(image, 32 * 1024 * 1024);
  await run(['mkfs.ext4', '-q', '-F', image]);
  const mounted = await run(['mount', '-o', 'loop', image, folder], { mayFail: true });
  if (mounted.code !== 0) {
    t.pass('a disk that hangs', { skip: `no loop device: ${mounted.stderr.trim()}` });
    return;
  }
  mkdirSync(join(folder, 'state'));
  await moveSpool(site, join(folder, 'state'));
  await run(['fsfreeze', '--freeze', folder]);
  await toldOfCut(t, site);
  await run(['fsfreeze', '--unfreeze', folder]);
  await spoolClears(site);
  await site.settled(60_000);
  t.pass('healthy again when the disk answers');
  await site.compute.stopAgent();
});

/** Next hops as objects: the kernel deletes one with its link without a word, and does not bring it back. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { netnsInode, processesInside } from '../../scripts/lab/leaks.ts';
import { run } from '../../scripts/lab/run.ts';
import type { Site } from '../../scripts/lab/site.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { drill, openSite, routingOf, typesTold } from './support.ts';

t.setTimeout(300_000);

t.test('a group of nexthop objects', async t => {
  const site = await openSite(t, { network: { hops: 'nexthop' } });
  const before = await routingOf(site);
  const ip = (...words: string[]) => run(['ip', '-n', site.compute.netns, ...words]);

  await t.test("a drill on a routing daemon's is refused", async t => {
    await ip('nexthop', 'replace', 'id', '1', 'via', '10.77.1.2', 'dev', 'c-a', 'proto', 'zebra');
    const { code, stderr, stdout } = await site.compute.cli([
      ...['drill', 'run', 'admin-down', '--group', site.group, '--force'],
    ]);
    t.equal(code, 3, `${stdout}${stderr}`);
    t.match(stderr, /nexthop object 1, .* protocol 11: a routing daemon's/);
    await ip('nexthop', 'replace', 'id', '1', 'via', '10.77.1.2', 'dev', 'c-a');
    t.equal(await routingOf(site), before, 'nothing was touched');
  });

  await t.test(
    'a next hop that the kernel dropped is redundancy-lost although every link is up',
    async t => {
      const { compute, storage } = await site.legs();
      const from = nowUs();
      await run(['ip', '-n', site.storage.netns, 'link', 'set', storage, 'down']);
      await until(
        'the kernel to drop it',
        async () => !(await ip('nexthop', 'show')).stdout.includes(`dev ${compute} `),
        10_000,
        50,
      );
      await run(['ip', '-n', site.storage.netns, 'link', 'set', storage, 'up']);
      const { stdout } = await ip('nexthop', 'show');
      t.notMatch(stdout, new RegExp(`dev ${compute} `), 'the kernel has dropped it for good');
      await until(
        'the leg to be missing while its link is up',
        async () => {
          const { groups } = await site.compute.ask('status', {});
          const leg = groups.find(g => g.id === site.group)?.legs.find(l => l.id === compute);
          return leg?.state === 'missing' && leg.carrier === true;
        },
        15_000,
        100,
      );
      await until(
        'the link alarm to clear',
        async () =>
          !(await site.compute.ask('alarms', { all: false })).some(a => a.type === 'link-down'),
        20_000,
        100,
      );
      const active = await site.compute.ask('alarms', { all: false });
      t.ok(
        active.some(a => a.type === 'redundancy-lost'),
        `active: ${active.map(a => a.type).join(', ')}`,
      );
      await until('the alarm to be told', () =>
        typesTold(site, site.compute, from).has('redundancy-lost'),
      );
    },
  );

  await t.test('it clears when the operator has put the next hop back', async t => {
    for (const host of site.hosts) {
      const [side, far] = host.name === 'compute' ? ['c', 2] : ['s', 1];
      const there = (await run(['ip', '-n', host.netns, 'nexthop', 'show'])).stdout;
      for (const [i, leg] of ['a', 'b'].entries())
        if (!new RegExp(`^id ${i + 1} `, 'm').test(there))
          await run([
            ...['ip', '-n', host.netns, 'nexthop', 'add', 'id', String(i + 1)],
            ...['via', `10.77.${i + 1}.${far}`, 'dev', `${side}-${leg}`],
          ]);
      await run(['ip', '-n', host.netns, 'nexthop', 'replace', 'id', '10', 'group', '1/2']);
    }
    await site.settled(30_000);
    t.pass('healthy again');
  });
});

/** Both hosts' routing is as it was: here by the guard, at the far end, which has lost its carrier, by the helper. */
async function asBefore(site: Site, before: string): Promise<void> {
  await until(
    'the routing of both hosts as before',
    async () => {
      const now = await routingOf(site);
      if (now !== before) throw new Error(`it is\n${now}\nand was\n${before}`);
      return true;
    },
    20_000,
    100,
  );
}

/** The guard of a drill that is under way. */
const guardOf = (site: Site): number | undefined =>
  processesInside(new Set([netnsInode(site.compute.netns)])).find(
    pid => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'pathwarden-guar', // 15 characters
  );

t.test('drills on a group that the helpers may put back', async t => {
  const site = await openSite(t, { network: { hops: 'nexthop' }, helper: { restore: true } });
  const before = await routingOf(site);

  for (const kind of ['admin-down', 'blackhole'])
    await t.test(kind, async t => {
      const {
        code,
        drill: report,
        repeat,
        text,
      } = await drill(site, [...[kind, '--hold', '800ms', '--wait', '60s']]);
      t.same(repeat.differences, [], text);
      if (kind === 'admin-down') t.equal(report.verdict, 'PASS', text);
      t.ok(code === 0 || kind === 'blackhole', `exit ${code}`);
      await asBefore(site, before);
      await site.settled(60_000);
    });

  for (const victim of ['helper', 'guard'])
    await t.test(`kill -9 of the ${victim} in between`, async t => {
      const cli = await site.lab.processes.start(
        `drill-${victim}`,
        site.compute.cliArgv([
          ...['drill', 'run', 'admin-down', '--group', site.group, '--hold', '3s', '--wait', '60s'],
        ]),
      );
      await until(
        'the kernel to drop a next hop',
        async () =>
          (await run(['ip', '-n', site.compute.netns, 'nexthop'])).stdout.match(/^id/gm)?.length ===
          2,
        90_000,
        50,
      );
      if (victim === 'helper') await site.compute.stopHelper('SIGKILL');
      else process.kill(guardOf(site)!, 'SIGKILL');
      await until('the CLI to end', () => cli.exit !== null, 90_000);
      await asBefore(site, before);
      if (victim === 'helper') await site.compute.startHelper({ restore: true });
      await site.settled(60_000);
      t.pass('healthy again');
    });
});

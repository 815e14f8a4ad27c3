/** Next hops as objects: the kernel deletes one with its link without a word, and does not bring it back. */
import t from 'tap';
import { run } from '../../scripts/lab/run.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { openSite, routingOf, typesTold } from './support.ts';

t.setTimeout(150_000);

t.test('a group of nexthop objects', async t => {
  const site = await openSite(t, { network: { hops: 'nexthop' } });
  const before = await routingOf(site);
  const ip = (...words: string[]) => run(['ip', '-n', site.compute.netns, ...words]);

  await t.test('a drill on it is refused, as it could not be undone', async t => {
    const { code, stderr, stdout } = await site.compute.cli([
      ...['drill', 'run', 'admin-down', '--group', site.group, '--force'],
    ]);
    t.equal(code, 3, `${stdout}${stderr}`);
    t.match(stderr, /nexthop/);
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

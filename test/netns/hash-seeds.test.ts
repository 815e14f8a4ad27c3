/** Different hash seeds, as two real hosts have: request and answer of one connection take different legs. */
import { existsSync } from 'node:fs';
import t from 'tap';
import { startInitiator, startLoad } from '../../scripts/lab/storage.ts';
import { until } from '../../scripts/lab/wait.ts';
import { drill, openSite, routingOf } from './support.ts';

t.setTimeout(180_000);

const skip = existsSync('/proc/sys/net/ipv4/fib_multipath_hash_seed')
  ? false
  : 'this kernel has no net.ipv4.fib_multipath_hash_seed (6.11)';

t.test('request and answer on different legs', { skip }, async t => {
  const site = await openSite(t, { network: { hashSeeds: [4711, 1147] } });
  // The hash takes the ports in: another connection, until its two directions differ.
  for (let i = 0; i < 30; i++) {
    const { compute, storage } = await site.legs();
    if (compute.at(-1) !== storage.at(-1)) break;
    await site.load?.stop();
    if (site.initiator) await site.lab.processes.stop(site.initiator.daemon);
    const { processes, network, memory } = site.lab;
    site.initiator = await startInitiator(processes, network, memory);
    site.load = await startLoad(processes, site.initiator, site.lab.folder(`io-${i}`));
  }
  const legs = await site.legs();
  t.not(legs.compute.at(-1), legs.storage.at(-1), 'the directions differ');
  await site.settled();
  const wanted = { out: legs.compute, in: `c-${legs.storage.at(-1)}` };
  const flow = await until('the agent to know the leg of each direction', async () => {
    const { flows } = await site.compute.ask('status', {});
    const found = flows.find(f => f.id.includes(`:${legs.port}-`));
    if (found?.leg_out === wanted.out && found.leg_in === wanted.in) return found;
    throw new Error(`out ${found?.leg_out}, in ${found?.leg_in}; wanted ${JSON.stringify(wanted)}`);
  });
  const before = await routingOf(site);
  for (const leg of [flow.leg_out, flow.leg_in]) {
    const done = await drill(site, ['admin-down', '--leg', leg ?? '']);
    t.equal(done.drill.verdict, 'PASS', `${leg}: ${done.drill.reason}`);
    t.equal(done.drill.leg, leg);
    t.equal(await routingOf(site), before, 'restored');
    await site.settled();
  }
});

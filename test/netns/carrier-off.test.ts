/** A true loss of carrier, as of a pulled cable, on NICs whose driver lets it be taken. */
import t from 'tap';
import { nowUs } from '../../scripts/lab/wait.ts';
import { drill, openSite, routingOf, typesTold } from './support.ts';

t.setTimeout(180_000);

t.test('carrier-off: seen, switched, told, and all as before', async t => {
  const site = await openSite(t, { network: { cabling: 'tap' } });
  const before = await routingOf(site);
  const began = nowUs();
  const { code, repeat, text } = await drill(site, ['carrier-off', '--hold', '1s']);
  t.equal(code, 0, text);
  t.equal(repeat.verdict, 'PASS', repeat.reason);
  t.not(repeat.switched_us, null);
  t.same(repeat.differences, []);
  t.same(repeat.edges, []);
  t.ok(typesTold(site, site.compute, began).has('link-down'));
  t.equal(await routingOf(site), before);
});

t.test('a driver that cannot: refused, nothing is cut', async t => {
  const site = await openSite(t);
  const before = await routingOf(site);
  const words = ['drill', 'run', 'carrier-off', '--group', site.group, '--wait', '30s'];
  const { code, stderr } = await site.compute.cli(words);
  t.equal(code, 3, stderr);
  t.match(stderr, /nothing was cut/);
  t.match(stderr, /driver of this link cannot take its carrier away/);
  t.notMatch(stderr, /--force/, 'it cannot be overridden');
  t.equal(await routingOf(site), before);
  t.same((await site.compute.cli(['drill', 'clean'])).stdout, 'Nothing was left behind.\n');
});

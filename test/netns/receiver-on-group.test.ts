/** The receiver is reachable only through the group that fails: the alarm has to find the surviving leg. */
import t from 'tap';
import { brokenLives, drill, openSite } from './support.ts';

t.setTimeout(150_000);

t.test('told through the drilled group', async t => {
  const site = await openSite(t, { receiver: 'storage' });
  const done = await drill(site, ['admin-down', '--primed']);
  t.ok(done.repeat.told_us !== null, 'the receiver acknowledged');
  t.ok((done.repeat.told_us ?? 0) > (done.repeat.cut_us ?? 0), 'after the cut');
  t.equal(done.drill.verdict, 'PASS', done.drill.reason);
  await site.settled();
  const fromCompute = site.receiver.alarms().filter(({ source }) => source.endsWith(':compute'));
  t.ok(
    fromCompute.some(({ change }) => change.alarm.type === 'link-down'),
    'link-down arrived',
  );
  t.same(await brokenLives(site, fromCompute), [], 'each alarm raised was cleared once, in order');
});

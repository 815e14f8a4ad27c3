/** A leg that flaps: the I/O goes on by the other one, and the operator hears of it once. */
import t from 'tap';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { drill, openSite } from './support.ts';

t.setTimeout(180_000);

t.test('ten losses in two seconds: one link-flapping', async t => {
  const site = await openSite(t);
  const began = nowUs();
  const { drill: report, repeat } = await drill(site, ['flap', '--flaps', '10']);
  t.equal(repeat.edges.length, 20);
  t.ok(
    repeat.edges.every(({ up }, i) => up === (i % 2 === 1)),
    'down and up in turn',
  );
  t.same(repeat.differences, []);
  t.equal(report.hold_ms, 1900);
  // It lasts for as long as nothing has been quiet for a while (faults/limits.ts).
  const told = () =>
    site.receiver
      .alarms(began)
      .filter(
        ({ source, change }) =>
          source.endsWith(':compute') && change.alarm.managedObjectId === `leg/${repeat.leg}`,
      )
      .map(({ change }) => `${change.kind} ${change.alarm.type}`);
  await until('the end of the flapping', () => told().includes('cleared link-flapping'), 30_000);
  t.equal(told().filter(s => s === 'raised link-flapping').length, 1, told().join(', '));
  t.ok(
    told().filter(s => s === 'raised link-down').length < 4,
    'the first few losses are still told one by one',
  );
  t.equal(told().at(-1), 'cleared link-flapping', 'nothing after it');
});

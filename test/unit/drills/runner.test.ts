/** A drill's course: readiness, refusals, repeats, verdicts. */
import t from 'tap';
import { flap } from '../../../agent/drills/kinds/flap.ts';
import { DrillRefused, runDrill } from '../../../agent/drills/runner.ts';
import { CUT, FakeGuard, healed, saying } from './fake-guard.ts';
import { recorded } from './recorded.ts';
import { makeDrill, ready, refused, world } from './runner-world.ts';

t.test('repeats: wait, cut, tell the agent, ask for the record, end', async t => {
  const w = world();
  const run = await runDrill(makeDrill({ repeats: 2, primed: true }), w.ports);
  t.same(w.asked, [
    ...['ready', 'cut', 'healed', 'outcome'],
    ...['ready', 'cut', 'healed', 'outcome'],
    'end',
  ]);
  t.same(w.guards[1], [
    ...['run', '--kind', 'admin-down', '--hold-ms', '500', '--ifindex', '31'],
    ...['--plan', '/plans/drill-1-2.plan', '--prime'],
  ]);
  t.same(
    run.repeats.map(r => r.verdict),
    ['PASS', 'PASS'],
  );
  t.same(
    w.told.map(p => p.step),
    ['cutting', 'cut', 'healed', 'repeat', 'cutting', 'cut', 'healed', 'repeat'],
  );
});

t.test('it waits until all is steady, and says for what', async t => {
  let asked = 0;
  const w = world({ agent: { ready: async () => ready({ steady: ++asked > 3 }) } });
  await runDrill(makeDrill(), w.ports);
  t.equal(asked, 4);
  t.same(w.told.filter(p => p.step === 'waiting').length, 1, 'once, not each time');
});

t.test('never steady: refused', async t => {
  const w = world({ agent: { ready: async () => ready({ steady: false }) } });
  await t.rejects(runDrill(makeDrill(), w.ports), DrillRefused);
  t.same(w.guards, []);
  t.equal(w.asked.at(-1), 'end');
});

t.test('refusals: nothing is cut, unless they may be overridden and are', async t => {
  const refusals = [{ reason: 'an alarm is active on the group', force: true }];
  const soft = () => world({ agent: { ready: async () => ready({ refusals }) } });
  const w = soft();
  t.match(await refused(runDrill(makeDrill(), w.ports)), {
    reasons: ['an alarm is active on the group'],
    final: false,
  });
  t.same(w.guards, []);
  t.equal((await runDrill(makeDrill({ force: true }), soft().ports)).repeats.length, 1);

  const hard = world({
    agent: { ready: async () => ready({ refusals: [{ reason: 'unrestorable', force: false }] }) },
  });
  t.match(await refused(runDrill(makeDrill({ force: true }), hard.ports)), { final: true });
});

t.test('a refusal may go away while one waits for it', async t => {
  let asked = 0;
  const refusals = () => (++asked > 2 ? [] : [{ reason: 'a flow is stalled', force: true }]);
  const w = world({ agent: { ready: async () => ready({ refusals: refusals() }) } });
  t.equal((await runDrill(makeDrill({ wait_ms: 5000 }), w.ports)).repeats.length, 1);
});

t.test('a refusal between repeats is waited for, then ends the drill as INVALID', async t => {
  let asked = 0;
  const w = world({
    agent: {
      ready: async () =>
        ready({ refusals: ++asked > 1 ? [{ reason: 'a flow is stalled', force: true }] : [] }),
    },
  });
  const run = await runDrill(makeDrill({ repeats: 3 }), w.ports);
  t.same(
    run.repeats.map(r => r.verdict),
    ['PASS', 'INVALID'],
  );
  t.match(run.repeats[1]?.reason, /not made: a flow is stalled/);
});

t.test('the guard refuses: refused, with its reason', async t => {
  const w = world({
    guard: () => {
      const g = new FakeGuard(() => {});
      g.say({ event: 'refused', reason: 'no tcx' });
      g.end(3);
      return g;
    },
  });
  t.match(await refused(runDrill(makeDrill(), w.ports)), { reasons: ['no tcx'] });
});

t.test('no hits: INVALID', async t => {
  const w = world({
    guard: () => saying([CUT, healed({ hits: { in: 0, out: 0 } })], 5),
  });
  const run = await runDrill(makeDrill(), w.ports);
  t.match(run.repeats, [{ verdict: 'INVALID', hits: { in: 0, out: 0 } }]);
});

t.test('differences: FAIL, and no further repeat', async t => {
  const w = world({
    guard: () => saying([CUT, healed({ differences: ['missing: route'] })], 4),
  });
  const run = await runDrill(makeDrill({ repeats: 3 }), w.ports);
  t.match(run.repeats, [{ verdict: 'FAIL', differences: ['missing: route'] }]);
  t.equal(run.repeats.length, 1);
});

t.test('we look ourselves: what the guard did not see is a difference, too', async t => {
  let looks = 0;
  const w = world({ ports: { inventory: async () => recorded(++looks === 1 ? 'up' : 'down') } });
  const run = await runDrill(makeDrill(), w.ports);
  t.equal(run.repeats[0]?.verdict, 'FAIL');
  t.ok(run.repeats[0]?.differences.includes('missing: link c-a up, carrier'));
});

t.test('a kernel that needs a moment is given it', async t => {
  let looks = 0;
  const w = world({
    ports: { inventory: async () => recorded(++looks > 1 && looks < 5 ? 'down' : 'up') },
  });
  t.match((await runDrill(makeDrill(), w.ports)).repeats, [{ verdict: 'PASS', differences: [] }]);
});

t.test('the agent has no record: INVALID, and the drill goes on', async t => {
  const w = world({
    agent: {
      outcome: async () => {
        throw new Error('did not answer within 35000 ms');
      },
    },
  });
  const run = await runDrill(makeDrill({ repeats: 2 }), w.ports);
  t.match(run.repeats, [{ verdict: 'INVALID', cut_us: 1_000_000 }, { verdict: 'INVALID' }]);
});

t.test('a flap: no hold, and each edge in the report', async t => {
  const w = world({
    guard: () =>
      saying([
        CUT,
        { event: 'edge', t_us: 1_050_000, up: true },
        { event: 'edge', t_us: 1_100_000, up: false },
        healed({ t_us: 1_150_000 }),
      ]),
  });
  const run = await runDrill(makeDrill({ kind: flap, hold_ms: 250 }), w.ports);
  t.same(w.guards[0]?.slice(0, 9), [
    ...['run', '--kind', 'flap', '--flaps', '3', '--period-ms', '100', '--ifindex', '31'],
  ]);
  t.same(run.repeats[0]?.edges, [
    { t_us: 1_000_000, up: false },
    { t_us: 1_050_000, up: true },
    { t_us: 1_100_000, up: false },
    { t_us: 1_150_000, up: true },
  ]);
});

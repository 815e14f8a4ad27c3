/** Whoever goes away in a drill, its cut is undone at once. */
import t from 'tap';
import { runDrill } from '../../../agent/drills/runner.ts';
import { acting, CUT, healed, waiting } from './fake-guard.ts';
import { makeDrill, world } from './runner-world.ts';

t.test('the guard dies: its cut is undone at once, and the agent learns of the heal', async t => {
  const undone: string[] = [];
  const w = world({
    guard: () =>
      acting(guard => {
        guard.say(CUT);
        guard.end(null, 'SIGKILL');
      }),
    ports: {
      undo: async plan => {
        undone.push(plan);
        return {
          exit: { code: 0, signal: null, stderr: '' },
          events: [healed({ restored: ['link c-a up'] })],
        };
      },
    },
  });
  const run = await runDrill(makeDrill(), w.ports);
  t.same(undone, ['/plans/drill-1-1.plan']);
  t.ok(w.asked.includes('healed'));
  t.match(run.repeats, [{ verdict: 'INVALID', reason: /the guard ended early: signal SIGKILL/ }]);
});

t.test('interrupted: healed first, then the end', async t => {
  const w = world({
    guard: () => waiting(() => w.interrupt.abort(130)),
  });
  const run = await runDrill(makeDrill({ repeats: 5 }), w.ports);
  t.equal(run.interrupted, true);
  t.same(w.asked, ['ready', 'cut', 'healed', 'end'], 'no waiting for the record');
  t.match(run.repeats, [{ verdict: 'INVALID', reason: 'interrupted' }]);
});

t.test('the agent goes away during the cut: healed at once, and an error', async t => {
  let gone: (error: Error) => void = () => {};
  const closed = new Promise<Error>(resolve => {
    gone = resolve;
  });
  const guard = waiting(() => gone(new Error('the agent closed the connection')));
  const w = world({ agent: { closed }, guard: () => guard });
  await t.rejects(runDrill(makeDrill(), w.ports), /agent closed the connection/);
  t.same(guard.heard, ['cut', 'heal']);
});

t.test('the agent does not take the cut: healed at once', async t => {
  const guard = waiting();
  const w = world({
    agent: {
      cut: async () => {
        throw new Error('no such group');
      },
    },
    guard: () => guard,
  });
  await t.rejects(runDrill(makeDrill(), w.ports), /no such group/);
  t.same(guard.heard, ['cut', 'heal']);
});

import t from 'tap';
import type { DrillReadiness } from '../../../agent/control/protocol.ts';
import { groupsOf } from '../../../agent/drills/groups.ts';
import type { Guard } from '../../../agent/drills/guard.ts';
import { adminDown } from '../../../agent/drills/kinds/admin-down.ts';
import { flap } from '../../../agent/drills/kinds/flap.ts';
import {
  type Drill,
  type DrillAgent,
  type DrillPorts,
  type DrillProgress,
  DrillRefused,
  runDrill,
} from '../../../agent/drills/runner.ts';
import { drilled } from '../cli/fake-agent.ts';
import { FakeGuard, healed, obedient } from './fake-guard.ts';
import { recorded, recordedAggregates } from './recorded.ts';

const [group] = groupsOf(recorded('up'));

const makeDrill = (over: Partial<Drill> = {}): Drill => ({
  id: 'drill-1',
  kind: adminDown,
  options: { direction: 'both', flaps: 3, period_ms: 100 },
  group: group!,
  leg: group!.legs[0]!,
  repeats: 1,
  hold_ms: 500,
  budget_ms: 1000,
  primed: false,
  force: false,
  wait_ms: 0,
  ...over,
});

const ready = (over: Partial<DrillReadiness> = {}): DrillReadiness => ({
  refusals: [],
  flows: [],
  carrying_leg: 'c-a',
  steady: true,
  ...over,
});

interface World {
  ports: DrillPorts;
  asked: string[];
  told: DrillProgress[];
  guards: string[][];
  interrupt: AbortController;
}

/** Time passes only while the drill sleeps. */
function world(
  over: { agent?: Partial<DrillAgent>; guard?: () => Guard; ports?: Partial<DrillPorts> } = {},
): World {
  const asked: string[] = [];
  const told: DrillProgress[] = [];
  const guards: string[][] = [];
  const interrupt = new AbortController();
  let now = 0;
  const agent: DrillAgent = {
    ready: async () => ready(),
    cut: async () => undefined,
    healed: async () => undefined,
    outcome: async () => ({ record: drilled('drill-1', 1_000_000), alarms: [] }),
    end: async () => undefined,
    closed: new Promise(() => {}),
    ...over.agent,
  };
  const noted = Object.fromEntries(
    Object.entries(agent).map(([verb, answer]) => [
      verb,
      typeof answer === 'function'
        ? (...args: never[]) => {
            asked.push(verb);
            return (answer as (...args: never[]) => unknown)(...args);
          }
        : answer,
    ]),
  ) as unknown as DrillAgent;
  return {
    asked,
    told,
    guards,
    interrupt,
    ports: {
      agent: noted,
      place: async () => ({
        group: group!,
        chosen: { leg: group!.legs[0]!, guessed: false },
      }),
      planFile: repeat => `/plans/drill-1-${repeat}.plan`,
      startGuard: async args => {
        guards.push(args);
        return (over.guard ?? obedient)();
      },
      undo: async () => null,
      inventory: async () => recorded('up'),
      nowUs: () => now,
      sleep: async ms => {
        now += ms * 1000;
        await new Promise(resolve => setImmediate(resolve));
      },
      interrupt: interrupt.signal,
      tell: progress => void told.push(progress),
      ...over.ports,
    },
  };
}

/** The refusal that a drill ends with. */
async function refused(drill: Promise<unknown>): Promise<DrillRefused> {
  try {
    await drill;
  } catch (error) {
    if (error instanceof DrillRefused) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

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
    guard: () => {
      const g = new FakeGuard((word, self) => {
        if (word !== 'cut') return;
        self.say({ event: 'cut', t_us: 1, uncertainty_us: 1 });
        self.say(healed({ hits: { in: 0, out: 0 } }), { event: 'done' });
        self.end(5);
      });
      g.say({ event: 'ready', warnings: [] });
      return g;
    },
  });
  const run = await runDrill(makeDrill(), w.ports);
  t.match(run.repeats, [{ verdict: 'INVALID', hits: { in: 0, out: 0 } }]);
});

t.test('differences: FAIL, and no further repeat', async t => {
  const w = world({
    guard: () => {
      const g = new FakeGuard((word, self) => {
        if (word !== 'cut') return;
        self.say({ event: 'cut', t_us: 1, uncertainty_us: 1 });
        self.say(healed({ differences: ['missing: route'] }), { event: 'done' });
        self.end(4);
      });
      g.say({ event: 'ready', warnings: [] });
      return g;
    },
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

t.test('the guard dies: its cut is undone at once, and the agent learns of the heal', async t => {
  const undone: string[] = [];
  const w = world({
    guard: () => {
      const g = new FakeGuard((word, self) => {
        if (word !== 'cut') return;
        self.say({ event: 'cut', t_us: 1_000_000, uncertainty_us: 1 });
        self.end(null, 'SIGKILL');
      });
      g.say({ event: 'ready', warnings: [] });
      return g;
    },
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
    guard: () => {
      const g = new FakeGuard((word, self) => {
        if (word === 'cut') {
          self.say({ event: 'cut', t_us: 1_000_000, uncertainty_us: 1 });
          setImmediate(() => w.interrupt.abort(130));
        } else if (word === 'heal') {
          self.say(healed({ cause: 'command' }), { event: 'done' });
          self.end(0);
        }
      });
      g.say({ event: 'ready', warnings: [] });
      return g;
    },
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
  let heals = 0;
  const w = world({
    agent: { closed },
    guard: () => {
      const g = new FakeGuard((word, self) => {
        if (word === 'cut') {
          self.say({ event: 'cut', t_us: 1_000_000, uncertainty_us: 1 });
          setImmediate(() => gone(new Error('the agent closed the connection')));
        } else if (word === 'heal' && ++heals === 1) {
          self.say(healed({ cause: 'command' }), { event: 'done' });
          self.end(0);
        }
      });
      g.say({ event: 'ready', warnings: [] });
      return g;
    },
  });
  await t.rejects(runDrill(makeDrill(), w.ports), /agent closed the connection/);
  t.equal(heals, 1);
});

t.test('the agent does not take the cut: healed at once', async t => {
  const w = world({
    agent: {
      cut: async () => {
        throw new Error('no such group');
      },
    },
    guard: () => {
      const g = new FakeGuard((word, self) => {
        if (word === 'cut') self.say({ event: 'cut', t_us: 1_000_000, uncertainty_us: 1 });
        else if (word === 'heal') {
          self.say(healed({ cause: 'command' }), { event: 'done' });
          self.end(0);
        }
      });
      g.say({ event: 'ready', warnings: [] });
      return g;
    },
  });
  await t.rejects(runDrill(makeDrill(), w.ports), /no such group/);
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

/** What the kernel says of the group, one after the other; the last one for ever. */
const places = (...said: Awaited<ReturnType<DrillPorts['place']>>[]): DrillPorts['place'] => {
  let asked = 0;
  return async () => said[Math.min(asked++, said.length - 1)]!;
};
const [bond] = groupsOf(recordedAggregates());
const on = (leg: 0 | 1, guessed = false) => ({
  group: bond!,
  chosen: { leg: bond!.legs[leg]!, guessed },
});

t.test('each repeat cuts the leg in use then', async t => {
  const cuts: string[] = [];
  const w = world({
    agent: { cut: async leg => void cuts.push(leg) },
    ports: {
      // A bond without fail-back: what was cut is not used again.
      place: async () => on(cuts.length % 2 ? 1 : 0),
      inventory: async () => recordedAggregates(),
    },
  });
  const run = await runDrill(makeDrill({ group: bond!, leg: bond!.legs[0]!, repeats: 3 }), w.ports);
  t.same(cuts, ['b-a', 'b-b', 'b-a']);
  t.same(
    run.repeats.map(r => r.leg),
    cuts,
  );
  t.same(
    w.told.filter(p => p.step === 'cutting').map(p => p.leg),
    cuts,
  );
  const index = (name: string) => String(bond!.legs.find(l => l.ifname === name)!.ifindex);
  t.same(
    w.guards.map(args => args[args.indexOf('--ifindex') + 1]),
    cuts.map(index),
  );
});

t.test('the bond switches while one waits: all is asked again for the other leg', async t => {
  const asked: string[] = [];
  const cuts: string[] = [];
  const w = world({
    agent: {
      ready: async leg => {
        asked.push(leg);
        return ready();
      },
      cut: async leg => void cuts.push(leg),
    },
    ports: { place: places(on(0), on(1)), inventory: async () => recordedAggregates() },
  });
  await runDrill(makeDrill({ group: bond!, leg: bond!.legs[0]! }), w.ports);
  t.same([asked, cuts], [['b-a', 'b-b'], ['b-b']]);
});

t.test('a leg that was guessed is put right by what the agent sees', async t => {
  const cuts: string[] = [];
  const refusal = { reason: 'no flow and no probe uses b-a', force: true };
  const w = world({
    agent: {
      ready: async leg => ready({ refusals: leg === 'b-a' ? [refusal] : [] }),
      cut: async leg => void cuts.push(leg),
    },
    ports: { place: places(on(0, true), on(1)), inventory: async () => recordedAggregates() },
  });
  await runDrill(makeDrill({ group: bond!, leg: bond!.legs[0]! }), w.ports);
  t.same(cuts, ['b-b']);
});

t.test('refused by the kernel alone: no other leg, no group', async t => {
  const lonely = { ...bond!, legs: bond!.legs.map((l, i) => ({ ...l, healthy: i === 0 })) };
  const alone = { group: lonely, chosen: { leg: lonely.legs[0]!, guessed: false } };
  const drill = makeDrill({ group: bond!, leg: bond!.legs[0]! });
  const w = world({ ports: { place: places(alone) } });
  t.match(await refused(runDrill(drill, w.ports)), {
    reasons: ['no second healthy leg in bond:bond0 beside b-a'],
    final: false,
  });
  // The agent says the same: once is enough.
  const both = world({
    agent: {
      ready: async () =>
        ready({
          refusals: [{ reason: 'no second healthy leg in bond:bond0 beside b-a', force: true }],
        }),
    },
    ports: { place: places(alone) },
  });
  t.equal((await refused(runDrill(drill, both.ports))).reasons.length, 1);
  const forced = world({
    ports: { place: places(alone), inventory: async () => recordedAggregates() },
  });
  t.equal((await runDrill({ ...drill, force: true }, forced.ports)).repeats.length, 1);

  const gone = world({ ports: { place: places(null) } });
  t.match(await refused(runDrill(drill, gone.ports)), {
    reasons: [/no path group bond:bond0 any more/],
    final: true,
  });
  t.same([...w.guards, ...gone.guards], []);
});

/** The bond takes its member back after so many looks. */
const takesBack = (looks: number) => {
  let looked = 0;
  return async () => {
    const inventory = recordedAggregates();
    looked++;
    if (looked > 1 && looked <= looks)
      inventory.links.find(l => l.name === 'b-a')!.member!.mii_up = false;
    return inventory;
  };
};

t.test("a bond's own timers are waited for, but not for ever", async t => {
  const drill = makeDrill({ group: { ...bond!, rejoin_ms: 5000 }, leg: bond!.legs[0]! });
  const ports = (looks: number) => ({ place: places(on(0)), inventory: takesBack(looks) });
  const back = await runDrill(drill, world({ ports: ports(60) }).ports);
  t.match(back.repeats, [{ verdict: 'PASS', differences: [] }]);
  const never = await runDrill(drill, world({ ports: ports(1000) }).ports);
  t.match(never.repeats, [
    { verdict: 'FAIL', differences: ['missing: member b-a usable in bond:bond0'] },
  ]);
});

t.test('interrupted: nobody waits until the bond takes its member back', async t => {
  const w = world({
    guard: () => {
      const g = new FakeGuard((word, self) => {
        if (word === 'cut') {
          self.say({ event: 'cut', t_us: 1_000_000, uncertainty_us: 1 });
          setImmediate(() => w.interrupt.abort(130));
        } else if (word === 'heal') {
          self.say(healed({ cause: 'command' }), { event: 'done' });
          self.end(0);
        }
      });
      g.say({ event: 'ready', warnings: [] });
      return g;
    },
    ports: { place: places(on(0)), inventory: takesBack(1000) },
  });
  const group = { ...bond!, rejoin_ms: 35_000 };
  const run = await runDrill(makeDrill({ group, leg: bond!.legs[0]! }), w.ports);
  t.match(run.repeats, [{ verdict: 'INVALID', differences: [] }]);
  t.match(w.told.find(p => p.step === 'warning')!, { text: /not yet: member b-a/ });
});

t.test('a flap: no hold, and each edge in the report', async t => {
  const w = world({
    guard: () => {
      const g = new FakeGuard((word, self) => {
        if (word !== 'cut') return;
        self.say(
          { event: 'cut', t_us: 1_000_000, uncertainty_us: 1 },
          { event: 'edge', t_us: 1_050_000, up: true },
          { event: 'edge', t_us: 1_100_000, up: false },
          healed({ t_us: 1_150_000 }),
          { event: 'done' },
        );
        self.end(0);
      });
      g.say({ event: 'ready', warnings: [] });
      return g;
    },
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

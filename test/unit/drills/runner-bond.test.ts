/** Drills of bonds: the leg is the one that is in use then, and its own timers are waited for. */
import t from 'tap';
import { groupsOf } from '../../../agent/drills/groups.ts';
import { type DrillPorts, runDrill } from '../../../agent/drills/runner.ts';
import { waiting } from './fake-guard.ts';
import { recordedAggregates } from './recorded.ts';
import { makeDrill, ready, refused, world } from './runner-world.ts';

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
    guard: () => waiting(() => w.interrupt.abort(130)),
    ports: { place: places(on(0)), inventory: takesBack(1000) },
  });
  const group = { ...bond!, rejoin_ms: 35_000 };
  const run = await runDrill(makeDrill({ group, leg: bond!.legs[0]! }), w.ports);
  t.match(run.repeats, [{ verdict: 'INVALID', differences: [] }]);
  t.match(w.told.find(p => p.step === 'warning')!, { text: /not yet: member b-a/ });
});

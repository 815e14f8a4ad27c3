import t from 'tap';
import { chooseGroup, chooseLeg, drillId } from '../../../agent/cli/drill-choose.ts';
import { renderCleaned } from '../../../agent/cli/drill-clean.ts';
import { renderKinds, renderPlans } from '../../../agent/cli/drill-list.ts';
import { prepare } from '../../../agent/cli/drill-run.ts';
import { DrillText, renderEnd } from '../../../agent/cli/drill-text.ts';
import { CliError } from '../../../agent/cli/exit.ts';
import { groupsOf } from '../../../agent/drills/groups.ts';
import { blackhole } from '../../../agent/drills/kinds/blackhole.ts';
import { drillKinds } from '../../../agent/drills/kinds.ts';
import { overall, repeatOf } from '../../../agent/drills/report.ts';
import type { Drill } from '../../../agent/drills/runner.ts';
import { recorded } from '../drills/recorded.ts';
import {
  drilled,
  makeAlarm,
  makeRecord,
  makeStatus,
  stampAt,
  WALL_OFFSET_US,
} from './fake-agent.ts';
import { paper, remedyOf, text } from './terminals.ts';

process.env.TZ = 'UTC';

const groups = groupsOf(recorded('up'));
const drill: Drill = {
  id: 'drill-1',
  kind: blackhole,
  options: { direction: 'both', flaps: 5, period_ms: 200 },
  group: groups[0]!,
  leg: groups[0]!.legs[0]!,
  repeats: 2,
  hold_ms: 2000,
  budget_ms: 1000,
  primed: true,
  force: false,
  wait_ms: 0,
};

t.test('what is drilled and why', async t => {
  const out = paper({ columns: 80 });
  new DrillText(out, paper(), drill, makeStatus()).begin();
  t.equal(
    out.text,
    text`
      drill blackhole  drill-1
        group   ecmp:10.77.9.2/32 to 10.77.9.2/32; other legs: c-b
        cut     c-a: swallows every packet on the leg while link and carrier stay up;
                2000 ms long, 2 times, after another link has flapped
        proves  that a path which dies without any link event is noticed and told.
                Nothing in the kernel reroutes on it but a bond's ARP monitor or LACP:
                without these, or something that steers, connections stand still until
                the leg is healed
        on it   10.77.9.1:40112-10.77.9.2:3260 (client)
        with    carrier strategy timer, nudge ask
        budget  1000 ms without progress
    `,
  );
});

t.test('each repeat as it comes; what only matters while one waits goes to a terminal', async t => {
  const out = paper();
  const pipe = paper();
  const tty = paper({ columns: 80 });
  for (const err of [pipe, tty]) {
    const told = new DrillText(err === pipe ? out : paper(), err, drill, makeStatus());
    const record = drilled('drill-1', 61_000_000);
    const cut = {
      ...{ leg: 'c-a', edges: [], hits: null, invalid: null },
      differences: ['missing: route x'],
    };
    told.tell({ step: 'waiting', repeat: 1, reasons: ['2 s of steady progress'] });
    told.tell({ step: 'cutting', repeat: 1, leg: 'c-a', guard_pid: 7, plan: '/p' });
    told.tell({ step: 'cut', repeat: 1, t_us: 61_000_000 });
    told.tell({ step: 'warning', repeat: 1, text: 'a warning' });
    told.tell({ step: 'healed', repeat: 1, t_us: 63_000_000, cause: 'deadline' });
    told.tell({ step: 'repeat', repeat: 1, report: repeatOf(record, cut), record, alarms: [] });
  }
  t.match(out.text, /^\nrepeat 1 of 2\n {2}cut known from drill/);
  t.match(out.text, 'FAIL  not restored: missing: route x');
  t.match(out.text, '  not restored: missing: route x\n');
  t.notMatch(out.text, 'PASS', 'the record alone would mislead');
  t.equal(pipe.text, '  warning: a warning\n');
  t.equal(
    tty.text,
    text`
      waiting for: 2 s of steady progress
      guard is pid 7, its plan /p
      cut at 12:01:01.000
      warning: a warning
      healed at 12:01:03.000, 2000.0 ms after the cut (deadline); waiting for the record to close
    `.replace(/^(?=.)/gm, '  '),
  );
});

t.test('a repeat that cuts another leg than the first says so', async t => {
  const out = paper();
  const told = new DrillText(out, paper(), drill, makeStatus());
  told.tell({ step: 'cutting', repeat: 2, leg: 'c-b', guard_pid: 7, plan: '/p' });
  t.equal(out.text, '\nrepeat 2 of 2  cut: c-b\n');
});

t.test('the sum of it', async t => {
  const hit = {
    ...{ leg: 'c-a', edges: [], hits: { in: 12, out: 7 } },
    ...{ differences: [], invalid: null },
  };
  const repeats = [
    repeatOf(makeRecord(), hit),
    repeatOf(
      makeRecord({
        switched_us: null,
        gap_us: 3_150_000,
        verdict: 'FAIL',
        reason: 'healed, not switched',
        back: null,
      }),
      hit,
    ),
  ];
  const report = {
    ...{ id: 'drill-1', kind: 'blackhole', group: 'ecmp:10.77.9.2/32', leg: 'c-a', nudge: 'ask' },
    ...{ strategy: 'timer', budget_ms: 1000, hold_ms: 2000, primed: false, repeats },
    ...overall(repeats, 1000),
    began: null,
  };
  const alarms = [
    makeAlarm({ type: 'storage-path-stalled', alarmRaisedTime: stampAt(61_058_100) }),
    makeAlarm({ id: 'a2', alarmClearedTime: stampAt(63_000_000), faultDetails: [] }),
  ];
  t.equal(
    renderEnd(paper(), report, alarms, WALL_OFFSET_US),
    text`

        REPEAT  SEEN  SWITCHED  FLOWING  TOLD  GAP ms  BACK ms  HITS  VERDICT  REASON
             1   1.2       3.4     12.3  15.1    12.3      9.9  12+7  PASS     within the budget
             2   1.2         -     12.3  15.1  3150.0        -  12+7  FAIL     healed, not switched
        gap of 2: min 12.3, median 12.3, p95 3150.0, max 3150.0 ms
        alarms raised:
          12:01:01.058 (+58.1 ms) MAJOR storage-path-stalled leg/c-a, active: no carrier
          12:01:01.002 (+2.0 ms) MAJOR link-down leg/c-a, cleared 12:01:03.000
      drill-1  FAIL: 1 of 2 repeats; repeat 2: healed, not switched
    `,
  );
});

t.test('kinds and plans', async t => {
  const kinds = renderKinds(paper());
  for (const { name } of drillKinds) t.match(kinds, name);
  t.match(renderPlans(paper(), null), 'for root to see');
  t.match(renderPlans(paper(), []), 'none was left behind');
  const plans = renderPlans(paper(), [
    { plan: '/run/a.plan', state: 'running', details: ['pid 7'] },
    { plan: '/run/b.plan', state: 'left behind', details: ['link c-a is down'] },
  ]);
  t.match(
    plans,
    /a\.plan {2}running\n {2}pid 7\n.*b\.plan {2}left behind\n {2}link c-a is down\nUndo/,
  );
  t.equal(renderCleaned(paper(), []), 'Nothing was left behind.\n');
  t.equal(
    renderCleaned(paper(), [{ plan: '/run/b.plan', outcome: 'undone', details: ['link c-a up'] }]),
    '/run/b.plan  undone\n  link c-a up\n',
  );
});

t.test('which group', async t => {
  t.equal(chooseGroup(groups, 'nhg:10').id, 'nhg:10');
  t.equal(chooseGroup(groups.slice(0, 1), undefined).id, 'ecmp:10.77.9.2/32');
  t.throws(() => chooseGroup(groups, undefined), /several path groups.*ecmp:10\.77\.9\.2\/32, /);
  t.throws(() => chooseGroup(groups, 'ecmp:none'), /'ecmp:none'; it has ecmp:/);
  t.throws(() => chooseGroup([], undefined), /there is no path group/);
  t.throws(() => chooseGroup([], 'x'), /it has none at all/);
});

t.test('which leg', async t => {
  const [group] = groups;
  const [flow] = makeStatus().flows;
  const leg = (...flows: Partial<typeof flow>[]) =>
    chooseLeg(group!, undefined, makeStatus({ flows: flows.map(f => ({ ...flow!, ...f })) }))
      .ifname;
  t.equal(chooseLeg(group!, 'c-b', makeStatus()).ifname, 'c-b');
  t.equal(leg({}), 'c-a');
  t.equal(leg({ leg_out: 'c-b' }, { leg_out: 'c-b' }, {}), 'c-b', 'the one with most flows');
  t.equal(leg({ role: 'server' }, { leg_out: 'c-b' }), 'c-b', 'those that we opened first');
  t.equal(leg({ role: 'server' }), 'c-a');
  t.match(
    remedyOf(() => leg({ group: 'nhg:10' })),
    /--leg: c-a, c-b/,
  );
  t.throws(() => leg({ leg_out: null }), CliError);
  t.throws(() => chooseLeg(group!, 'eth0', makeStatus()), /no leg 'eth0'; it has c-a, c-b/);
});

t.test('arguments', async t => {
  const options = { repeat: '3', hold: '2s', wait: '0s' };
  t.match(prepare('admin-down', options), {
    repeats: 3,
    hold_ms: 2000,
    budget_ms: null,
    wait_ms: 0,
  });
  t.match(prepare('blackhole', { ...options, direction: 'in', budget: '500ms' }), {
    options: { direction: 'in' },
    budget_ms: 500,
  });
  t.throws(() => prepare('unplug', options), /there are admin-down, carrier-off, flap, blackhole/);
  t.throws(() => prepare('admin-down', { ...options, direction: 'in' }), /has no direction/);
  t.throws(() => prepare('blackhole', { ...options, direction: 'up' }), /not in, out or both/);
  t.throws(() => prepare('blackhole', { ...options, hold: '61s' }), /outside/);
  t.throws(() => prepare('blackhole', { ...options, repeat: '0' }), /whole number/);
});

t.test('arguments of a flap: how long it lasts follows from them', async t => {
  const options = { repeat: '1', wait: '0s' };
  t.match(prepare('flap', options), { options: { flaps: 5, period_ms: 200 }, hold_ms: 900 });
  t.match(prepare('flap', { ...options, flaps: '2', period: '1s' }), { hold_ms: 1500 });
  t.throws(() => prepare('flap', { ...options, hold: '2s' }), /follows from --flaps and --period/);
  t.throws(() => prepare('flap', { ...options, flaps: '200', period: '1s' }), /more than a minute/);
  t.throws(() => prepare('flap', { ...options, direction: 'in' }), /flap has no direction/);
  t.throws(() => prepare('carrier-off', { ...options, flaps: '2' }), /carrier-off has no flaps/);
  t.throws(() => prepare('flap', { ...options, period: '19ms' }), /outside/);
});

t.test('a drill has a name that sorts by time', async t => {
  t.match(drillId(new Date('2026-03-01T14:05:09Z')), /^drill-20260301-140509-[0-9a-f]{4}$/);
});

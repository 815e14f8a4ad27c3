import t from 'tap';
import { Drills } from '../../../agent/main/drills.ts';
import type { FailoverRecord, Observation } from '../../../agent/types.ts';
import { record } from '../faults/story.ts';
import { change, stampAt } from '../support/alarm.ts';

const recordOf = (over: Partial<FailoverRecord>): FailoverRecord => {
  const seen = record({ t: 1000, drill: 'd1', ...over });
  return (seen as Extract<Observation, { aspect: 'failover' }>).record;
};

const ask = { id: 1, drill: 'd1', group: 'g', leg: 'a' };
const cut = {
  ...ask,
  verb: 'drill-cut',
  kind: 'blackhole',
  t_us: 1000,
  uncertainty_us: 5,
  budget_ms: 1000,
  hold_ms: 2000,
} as const;

function desk(over: { refusals?: { reason: string; force: boolean }[]; steady?: boolean } = {}) {
  const said: string[] = [];
  const drills = new Drills({
    now: () => 500,
    readiness: (_, other) => ({
      refusals: other === null ? (over.refusals ?? []) : [{ reason: other, force: false }],
      flows: [],
      carrying_leg: null,
      steady: over.steady ?? true,
    }),
    cover: (drill, group) => said.push(`cover ${drill} ${group}`),
    observe: seen => {
      said.push(`${seen.subject} ${seen.value} ${seen.t}`);
      if (seen.value === 'cut') drills.note([recordOf({ id: 'f1' })], []);
    },
    trace: () => said.push('trace'),
  });
  return { drills, said };
}
const ready = { ...ask, verb: 'drill-ready' } as const;
const outcome = { id: 1, verb: 'drill-outcome', drill: 'd1' } as const;
const end = { id: 1, verb: 'drill-end', drill: 'd1' } as const;

t.test('a drill from its first word to its last', async t => {
  const { drills, said } = desk();
  drills.ready(ready, 1);
  t.same(said.splice(0), ['cover d1 g', 'drill/d1 ready 500', 'trace']);
  drills.ready(ready, 1);
  t.same(said.splice(0), ['trace'], 'asked again, it has begun already');
  t.same(drills.cut(cut, 1), { failover: 'f1' });
  t.same(said.splice(0), ['trace', 'drill/d1 cut 1000']);

  const waiting = drills.outcome(outcome, 1);
  const before = change('a0', 3, 'changed', { drill: 'd1', alarmChangedTime: stampAt(900) });
  const mine = change('a1', 1, 'raised', { drill: 'd1', alarmRaisedTime: stampAt(1001) });
  const other = change('a2', 1, 'raised', { drill: null, alarmRaisedTime: stampAt(1001) });
  drills.note([], [before, mine, other]);
  drills.healed({ id: 1, verb: 'drill-healed', drill: 'd1', t_us: 3000 }, 1);
  t.same(said.splice(0), ['trace', 'drill/d1 healed 3000']);
  const closed = recordOf({ id: 'f1', state: 'closed', verdict: 'FAIL' });
  drills.note([closed], []);
  const late = change('a3', 1, 'raised', { drill: 'd1', alarmRaisedTime: stampAt(4000) });
  drills.note([], [late]);
  drills.settle();
  t.same(await waiting, { record: closed, alarms: [mine.alarm, late.alarm] });
  t.same((await drills.outcome(outcome, 1)).record, closed, 'asked after the end');

  drills.end(end, 1);
  t.same(said.splice(0), ['drill/d1 ended 500', 'cover d1 null']);
  t.throws(() => drills.healed({ id: 1, verb: 'drill-healed', drill: 'd1', t_us: 1 }, 1));
});

t.test('the record of an earlier repeat is not that of this one', async t => {
  const { drills } = desk();
  drills.ready(ready, 1);
  drills.cut(cut, 1);
  drills.note([recordOf({ id: 'f1', state: 'closed' })], []);
  const again = { ...cut, t_us: 9000 };
  t.throws(() => drills.cut(again, 1), /no failover record was opened/);
});

t.test('a drill that cannot be leaves nothing behind', async t => {
  const { drills, said } = desk({ refusals: [{ reason: 'unknown group', force: false }] });
  t.equal(drills.ready(ready, 1).refusals.length, 1);
  t.same(said, []);
  t.throws(() => drills.cut(cut, 1), /ask drill-ready first/);
});

t.test('the client that leaves ends its drill, and nobody else can', async t => {
  const { drills, said } = desk({ steady: false });
  drills.ready(ready, 1);
  drills.cut(cut, 1);
  const waiting = drills.outcome(outcome, 1);
  t.throws(() => drills.ready(ready, 2), /run by another client/);
  t.throws(() => drills.end(end, 2));
  drills.leave(2);
  said.splice(0);
  drills.leave(1);
  t.same(said, ['drill/d1 ended 500', 'cover d1 null']);
  await t.rejects(waiting, /its client has left/);
});

t.test('two drills on one group are refused, and a leg is not changed on the way', async t => {
  const { drills } = desk();
  drills.ready(ready, 1);
  t.match(drills.ready({ ...ready, drill: 'd2' }, 2).refusals, [{ reason: 'd1' }]);
  t.throws(() => drills.cut({ ...cut, leg: 'b' }, 1), /is about a of g/);
});

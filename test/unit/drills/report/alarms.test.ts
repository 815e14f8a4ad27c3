import t from 'tap';
import { assignAlarms } from '../../../../agent/drills/report/alarms.ts';
import { stampAt } from '../../cli/fake-agent.ts';
import { alarmAfter, CUT, makeDrill, makeFile, makeRepeat, recorded } from './reports.ts';

const later = (by: number) => ({
  cut_us: CUT + by,
  flowing_us: CUT + by + 9000,
  told_us: CUT + by + 8000,
  back: null,
});
const drill = makeDrill([makeRepeat(), makeRepeat({ ...later(9_000_000), failover: 'fo-2' })]);
const ids = (alarms: { id: string }[]) => alarms.map(a => a.id);

t.test('by the failover record, whatever the time says', async t => {
  const { drills, others } = assignAlarms(
    makeFile([drill], [alarmAfter(12_000), alarmAfter(1, { failover: 'fo-2' })]),
  );
  t.same(drills[0]?.repeats.map(ids), [['a-12000'], ['a-1']]);
  t.same([drills[0]?.others, others], [[], []]);
});

t.test('by the drill and the time where there is no record', async t => {
  const { drills } = assignAlarms(
    makeFile(
      [drill],
      [-1, 5, 9005].map(ms => alarmAfter(ms, { failover: null })),
    ),
  );
  t.same(drills[0]?.repeats.map(ids), [['a-5'], ['a-9005']]);
  t.same(ids(drills[0]?.others ?? []), ['a--1'], 'before the first cut');
});

t.test(
  'a host that knows nothing of the drill: by the time, within the same boot alone',
  async t => {
    const other = { drill: null, failover: 'fo-of-the-other-host', source: 'urn:x:storage' };
    const elsewhere = { ...stampAt(CUT + 6000), boot_id: 'another' };
    const { drills, others } = assignAlarms(
      makeFile(
        [drill],
        [
          alarmAfter(5, other),
          alarmAfter(6, { ...other, alarmRaisedTime: elsewhere }),
          alarmAfter(60_000, other),
          alarmAfter(7, { drill: 'not in this file' }),
        ],
      ),
    );
    t.same(drills[0]?.repeats.map(ids), [['a-5'], []]);
    t.same(ids(others), ['a-6', 'a-60000', 'a-7']);
  },
);

t.test('of a real run every alarm of both hosts has its drill', async t => {
  const file = recorded();
  const { drills, others } = assignAlarms(file);
  t.same(others, []);
  t.same(
    drills.map(({ repeats }) => repeats.map(list => list.length)),
    [[12], [4], [2]],
  );
});

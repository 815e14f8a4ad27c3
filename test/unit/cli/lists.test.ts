/** Tables and lines of alarms and failovers. */
import t from 'tap';
import { byCause, changeLine, renderAlarms } from '../../../agent/cli/alarm-text.ts';
import { renderFailovers } from '../../../agent/cli/failovers.ts';
import { eventLine, newsOnly, renderUnusual } from '../../../agent/cli/watch.ts';
import {
  makeAlarm,
  makeChange,
  makeMaintenance,
  makePending,
  makeRecord,
  makeStatus,
  stampAt,
  WALL_OFFSET_US,
} from './fake-agent.ts';
import { paper, text } from './terminals.ts';

process.env.TZ = 'UTC';

const cleared = makeAlarm({
  alarmClearedTime: stampAt(63_000_500),
  clearCause: 'condition-ended',
  perceivedSeverity: 'CLEARED',
  drill: 'drill-1',
});

t.test('alarms', async t => {
  t.equal(renderAlarms(paper(), []), 'No alarms.\n');
  t.equal(
    renderAlarms(paper(), [makeAlarm(), makeAlarm({ id: 'boot-1x-2' })]),
    text`
      ID  RAISED                   SEVERITY  ALARM      OBJECT   DETAILS
      a1  2026-03-01 12:01:01.002  MAJOR     link-down  leg/c-a  no carrier
      2   2026-03-01 12:01:01.002  MAJOR     link-down  leg/c-a  no carrier
    `,
  );
  t.equal(
    renderAlarms(paper(), [makeAlarm(), { ...cleared, id: 'boot-1x-a1' }]),
    text`
      ID          RAISED                   SEVERITY  ALARM      OBJECT   CLEARED                  DETAILS
      a1          2026-03-01 12:01:01.002  MAJOR     link-down  leg/c-a                           no carrier
      boot-1x-a1  2026-03-01 12:01:01.002  CLEARED   link-down  leg/c-a  2026-03-01 12:01:03.000  no carrier; drill-1
    `,
    'ids in full where their ends are the same',
  );
});

const effect = (id: string, cause: string, type: string) =>
  makeAlarm({ id, type, isRootCause: false, correlatedAlarmIds: [cause] });

t.test('what follows from an alarm stands below it', async t => {
  const alarms = [
    effect('b-1', 'b-3', 'storage-path-stalled'),
    makeAlarm({ id: 'b-2', ackState: 'ACKNOWLEDGED', ackUser: 'bob\x1b[2J', maintenance: 'new' }),
    effect('b-3', 'b-2', 'redundancy-lost'),
    effect('b-4', 'gone', 'path-lost'),
  ];
  t.equal(
    renderAlarms(paper({ unicode: true }), alarms),
    text`
      ID  RAISED                   SEVERITY  ALARM                     OBJECT   DETAILS
      2   2026-03-01 12:01:01.002  MAJOR     link-down                 leg/c-a  no carrier; acknowledged by bob; maintenance: new
      3   2026-03-01 12:01:01.002  MAJOR     └ redundancy-lost         leg/c-a  no carrier
      1   2026-03-01 12:01:01.002  MAJOR       └ storage-path-stalled  leg/c-a  no carrier
      4   2026-03-01 12:01:01.002  MAJOR     path-lost                 leg/c-a  no carrier
    `,
  );
  t.equal(
    renderAlarms(paper({ columns: 80 }), alarms),
    text`
      ID  RAISED          SEVERITY  ALARM                     OBJECT
      2   03-01 12:01:01  MAJOR     link-down                 leg/c-a
          no carrier; acknowledged by bob; maintenance: new
      3   03-01 12:01:01  MAJOR     - redundancy-lost         leg/c-a
          no carrier
      1   03-01 12:01:01  MAJOR       - storage-path-stalled  leg/c-a
          no carrier
      4   03-01 12:01:01  MAJOR     path-lost                 leg/c-a
          no carrier
    `,
  );
  for (const columns of [80, 110])
    for (const line of renderAlarms(paper({ columns }), alarms).split('\n'))
      t.ok(line.length <= columns, `${columns}: ${line}`);
  const circle = [effect('b-1', 'b-2', 'a'), effect('b-2', 'b-1', 'b')];
  t.same(
    byCause(circle).map(({ alarm, depth }) => [alarm.id, depth]),
    [
      ['b-1', 0],
      ['b-2', 1],
    ],
  );
});

t.test('one line for each change', async t => {
  const out = paper();
  t.equal(
    changeLine(out, makeChange()),
    '2026-03-01 12:01:01.002 raised MAJOR link-down leg/c-a: no carrier',
  );
  t.equal(
    changeLine(out, makeChange({ kind: 'cleared', revision: 2, alarm: cleared })),
    '2026-03-01 12:01:03.000 cleared link-down leg/c-a: condition ended (drill-1)',
  );
  const acknowledged = makeAlarm({
    ackState: 'ACKNOWLEDGED',
    ackUser: 'bob',
    alarmAcknowledgedTime: stampAt(62_000_000),
    alarmChangedTime: stampAt(62_000_000),
    faultDetails: ['\x1b[2Jno\ncarrier'],
  });
  t.equal(
    changeLine(out, makeChange({ kind: 'acknowledged', revision: 2, alarm: acknowledged })),
    '2026-03-01 12:01:02.000 acknowledged MAJOR link-down leg/c-a: no?carrier (acknowledged by bob)',
  );
  const held = makeAlarm({
    maintenance: 'new switch',
    isRootCause: false,
    correlatedAlarmIds: ['a0'],
  });
  t.equal(
    changeLine(out, makeChange({ alarm: held, held: true })),
    '2026-03-01 12:01:01.002 raised MAJOR link-down leg/c-a: no carrier ' +
      '(follows from a0; maintenance: new switch; notices held back)',
  );
});

t.test('failovers', async t => {
  t.equal(renderFailovers(paper(), []), 'No failovers.\n');
  const drill = makeRecord({
    id: 'f2',
    drill: 'drill-1',
    switched_us: null,
    told_us: null,
    gap_us: 8000,
    gap_below_spacing: true,
  });
  t.equal(
    renderFailovers(paper(), [makeRecord(), drill, makeRecord({ id: 'f3', state: 'open' })]),
    text`
      WHEN                     ID  GROUP              LEG  CUT BY   SEEN  SWITCHED  FLOWING  TOLD   GAP ms  VERDICT  REASON
      2026-03-01 12:01:01.000  f1  ecmp:10.77.9.2/32  c-a  carrier   1.2       3.4     12.3  15.1     12.3  PASS     within the budget
      2026-03-01 12:01:01.000  f2  ecmp:10.77.9.2/32  c-a  drill     1.2         -     12.3     -  <= 10.0  PASS     within the budget
      2026-03-01 12:01:01.000  f3  ecmp:10.77.9.2/32  c-a  carrier   1.2       3.4     12.3  15.1     12.3  open     within the budget
    `,
  );
});

t.test('failovers of bonds have parts', async t => {
  const bond = makeRecord({
    id: 'fo-1sg5s0p-12',
    group: 'bond:bond0',
    kind: 'bond',
    announced_us: 61_100_100,
    switched_us: 61_100_000,
    flowing_us: 61_911_000,
    gap_us: 912_000,
    phases: { detection_us: 99_600, switch_us: 400, announcement_us: 100, recovery_us: 810_900 },
  });
  const other = makeRecord({
    group: 'team:team0',
    kind: 'team',
    announced_us: null,
    phases: { detection_us: 3000, switch_us: 0, announcement_us: null, recovery_us: null },
    verdict: 'NOT_MEASURED',
  });
  const all = [bond, other, makeRecord()];
  t.equal(
    renderFailovers(paper(), all),
    text`
      WHEN                     ID             GROUP              LEG  CUT BY   SEEN  SWITCHED  ANNOUNCED  FLOWING  TOLD  GAP ms         PARTS ms  VERDICT       REASON
      2026-03-01 12:01:01.000  fo-1sg5s0p-12  bond:bond0         c-a  carrier   1.2     100.0      100.1    911.0  15.1   912.0  100+0.4+0.1+811  PASS          within the budget
      2026-03-01 12:01:01.000  f1             team:team0         c-a  carrier   1.2       3.4          -     12.3  15.1    12.3          3+0+?+?  NOT_MEASURED  within the budget
      2026-03-01 12:01:01.000  f1             ecmp:10.77.9.2/32  c-a  carrier   1.2       3.4          -     12.3  15.1    12.3                -  PASS          within the budget
      PARTS: detection + switch + announcement + recovery of the transport
    `,
  );
  t.equal(
    renderFailovers(paper({ columns: 110 }), all),
    text`
      WHEN                ID             GROUP         LEG  SWITCHED  FLOWING  GAP ms         PARTS ms  VERDICT
      03-01 12:01:01.000  fo-1sg5s0p-12  bond:bond0    c-a     100.0    911.0   912.0  100+0.4+0.1+811  PASS
      03-01 12:01:01.000  f1             team:team0    c-a       3.4     12.3    12.3          3+0+?+?  NOT_MEASURED
      03-01 12:01:01.000  f1             ecmp:10.77..  c-a       3.4     12.3    12.3                -  PASS
      PARTS: detection + switch + announcement + recovery of the transport
    `,
  );
});

t.test('what watch prints', async t => {
  const line = (event: Parameters<typeof eventLine>[1]) =>
    eventLine(paper(), event, WALL_OFFSET_US);
  t.equal(
    line({ topic: 'observations', text: 'link leg/c-a carrier down', t_us: 61_000_000 }),
    '2026-03-01 12:01:01.000 link leg/c-a carrier down',
  );
  t.match(line({ topic: 'alarms', change: makeChange() }), 'raised MAJOR');
  t.equal(
    line({
      topic: 'failovers',
      record: makeRecord({ state: 'open', flowing_us: null, told_us: null }),
    }),
    '2026-03-01 12:01:01.000 failover f1 ecmp:10.77.9.2/32 leg c-a: open, seen +1.2 ms, switched +3.4 ms',
  );
  t.equal(
    line({ topic: 'failovers', record: makeRecord() }),
    '2026-03-01 12:01:01.000 failover f1 ecmp:10.77.9.2/32 leg c-a: PASS, gap 12.3 ms: within the budget',
  );
});

t.test('watch tells a level once, and again when it has changed', async t => {
  const news = newsOnly();
  const seen = (text: string) => news({ topic: 'observations', text, t_us: 1 });
  t.same(
    [
      ...['link:c-a carrier=up', 'link:c-a carrier=up', 'link:c-a admin=up'],
      ...['link:c-a carrier=down', 'link:c-a carrier=up', 'f1 progressed', 'f1 progressed'],
    ].map(seen),
    [true, false, true, true, true, true, true],
  );
  const record = (over: object) => news({ topic: 'failovers', record: makeRecord(over) });
  t.same(
    [{ state: 'open' }, { state: 'open', gap_us: 1 }, { state: 'open', told_us: null }, {}].map(
      record,
    ),
    [true, false, true, true],
  );
  const change = makeChange();
  t.ok(news({ topic: 'alarms', change }) && news({ topic: 'alarms', change }));
});

t.test('watch begins with what is unusual already', async t => {
  t.equal(renderUnusual(paper(), makeStatus()), '');
  const failing = makePending({ state: 'failing', last_error: 'ECONNREFUSED' });
  t.equal(
    renderUnusual(paper(), makeStatus({ maintenance: makeMaintenance(), outbox: [failing] })),
    text`
      Maintenance until 2026-03-01 12:31:00: new switch; notices held back.
      vim is failing: ECONNREFUSED
    `,
  );
});

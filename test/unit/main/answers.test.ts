/** What the control sockets and the alarm stream are answered, by the real middle. */
import t from 'tap';
import { parseConfig } from '../../../agent/config.ts';
import type { RequestOf } from '../../../agent/control/server.ts';
import { answers } from '../../../agent/main/answers.ts';
import { apiModel, Verdicts } from '../../../agent/main/api-model.ts';
import type { Drills } from '../../../agent/main/drills.ts';
import { Ring } from '../../../agent/main/ring.ts';
import { monotonicUs } from '../../../agent/time.ts';
import type { AlarmChange, FailoverRecord } from '../../../agent/types.ts';
import { makeRecord } from '../cli/fake-agent.ts';
import { Host, s } from './host.ts';
import { Mind } from './mind.ts';
import { PaperOutbox } from './paper-outbox.ts';

function setUp() {
  const host = new Host();
  // A moment ago: what is asked is answered as of now.
  host.t = monotonicUs() - 2 * s;
  host.attach().wait(s).lose('c-a').tellCarrier('c-a');
  const { middle } = new Mind(host.t - s).take(host.frames);
  const cleared = new Ring<AlarmChange>(10, change => change.alarm.id);
  const records = new Ring<FailoverRecord>(10, record => record.id);
  const changes: AlarmChange[] = [];
  const outbox = new PaperOutbox();
  const { config } = parseConfig('source: urn:test:host', 'test', {});
  const control = answers({
    config: config!,
    version: '1',
    middle,
    outbox,
    cleared,
    records,
    drills: {} as Drills,
    seeing: () => true,
    stats: async () => null,
    reader: { state: { use: 'auto', connected: false, version: null, tools: [] } },
    recorder: null,
    order: input => void changes.push(...middle.order(input, monotonicUs()).alarms),
  });
  const ack = (alarms: string[], acknowledged = true) =>
    control.ack({ id: 1, verb: 'ack', alarms, acknowledged, user: 'alice' }, 1);
  const [alarm] = middle.activeAlarms;
  return { middle, cleared, records, changes, outbox, control, ack, alarm: alarm! };
}

t.test('an acknowledgement is a change of the alarm, and of none that is not there', async t => {
  const { middle, changes, ack, alarm } = setUp();
  t.equal(alarm.type, 'link-down');
  t.match(ack([alarm.id]), [{ id: alarm.id, ackState: 'ACKNOWLEDGED', ackUser: 'alice' }]);
  t.match(changes.splice(0), [{ kind: 'acknowledged', alarm: { id: alarm.id } }]);
  t.match(middle.activeAlarm(alarm.id), { ackUser: 'alice', alarmAcknowledgedTime: {} });
  t.match(ack([alarm.id], false), [{ ackState: 'UNACKNOWLEDGED' }]);
  t.throws(() => ack([alarm.id, 'x', 'y']), /no active alarm x, y/);
  t.match(middle.activeAlarm(alarm.id), { ackState: 'UNACKNOWLEDGED' }, 'all or nothing');
});

t.test('maintenance begins and ends by hand', async t => {
  const { control } = setUp();
  const on: RequestOf<'maintenance-on'> = {
    id: 1,
    verb: 'maintenance-on',
    for_ms: 1_800_000,
    reason: 'new switch',
    notices: 'hold',
    objects: ['*'],
  };
  const status = async () => (await control.status({ id: 1, verb: 'status' }, 1)).maintenance;
  const off = () => control['maintenance-off']({ id: 1, verb: 'maintenance-off' }, 1);
  t.equal(await status(), null);
  t.equal(await off(), null);
  const made = await control['maintenance-on'](on, 1);
  t.equal(made.until.mono_us - made.since.mono_us, 1_800_000_000);
  t.equal(made.until.wall_us - made.since.wall_us, 1_800_000_000);
  t.same(await status(), made);
  const other = await control['maintenance-on']({ ...on, reason: 'another' }, 1);
  t.same(await status(), other, 'it replaces one that is on');
  t.same(await off(), other);
  t.equal(await status(), null);
});

t.test('letters of an adapter that there is not', async t => {
  const { control } = setUp();
  const request = { id: 1, verb: 'outbox' as const, limit: 10 };
  t.same(await control.outbox(request, 1), []);
  await t.rejects(async () => control.outbox({ ...request, adapter: 'vmi' }, 1), {
    message: 'no adapter vmi; there are: none',
  });
});

t.test(
  'the alarm stream knows alarms with their revision, and the newest record first',
  async t => {
    const { control, middle, cleared, records, outbox, ack, alarm } = setUp();
    const verdicts = new Verdicts();
    const model = apiModel({ control, middle, outbox, cleared, records, verdicts });
    t.match(model.alarms({ all: false }), [{ alarm: { id: alarm.id }, revision: 1, held: false }]);
    await model.ack([alarm.id], true, 'bob');
    t.match(model.alarms({ all: false }), [{ alarm: { ackUser: 'bob' }, revision: 2 }]);
    ack([alarm.id], false);
    t.throws(() => model.ack(['x'], true, 'bob'), /no active alarm x/);
    cleared.put({
      ...middle.activeChanges[0]!,
      kind: 'cleared',
      revision: 9,
      alarm: { ...alarm, id: 'old' },
    });
    t.match(model.alarms({ all: true }), [{ alarm: { id: 'old' }, revision: 9 }, { revision: 3 }]);
    for (const id of ['f1', 'f2', 'f3']) records.put(makeRecord({ id }));
    t.same(
      model.failovers({ limit: 2 }).map(({ id }) => id),
      ['f3', 'f2'],
    );
  },
);

t.test('a record is counted once, when it closes', async t => {
  const verdicts = new Verdicts();
  const open = makeRecord({ state: 'open' });
  const closed = makeRecord({ verdict: 'FAIL' });
  verdicts.note(open, undefined);
  verdicts.note(closed, open);
  verdicts.note({ ...closed, told_us: 1 }, closed);
  verdicts.note(makeRecord({ id: 'f2', state: 'incomplete', verdict: 'NOT_MEASURED' }), undefined);
  t.same(verdicts.counts, { PASS: 0, FAIL: 1, INCONCLUSIVE: 0, NOT_MEASURED: 1 });
});

import t from 'tap';
import { parseConfig } from '../../../agent/config.ts';
import { Middle } from '../../../agent/main/middle.ts';
import type { Frame } from '../../../agent/wire.ts';
import { BOOT, GROUP, Host, ms, s } from './host.ts';
import { Mind } from './mind.ts';

function middle(crash: boolean): Middle {
  const { config } = parseConfig('source: urn:test:host', 'test', {});
  return new Middle({
    config: config!,
    boot_id: BOOT,
    wall_offset_us: 0,
    saved: null,
    now: 0,
    crash,
  });
}

/** A frame that no room expects. */
const poison = {
  type: 'carrier',
  data: {
    boot_id: BOOT,
    epoch: 1,
    seq: 1,
    t_us: 5,
    get ifindex(): number {
      throw new Error('poison');
    },
  },
} as Frame;

t.test(
  'a room that throws is contained: what it believed stands, and the others go on',
  async t => {
    const one = middle(false);
    const host = new Host().attach().wait(s);
    for (const frame of host.frames) one.take(frame, frame.data.t_us);
    const { topology, faults } = one;
    const { failures } = one.take(poison, host.t);
    t.match(failures, [{ room: 'topology', error: { message: 'poison' } }]);
    t.equal(one.topology, topology);
    t.equal(one.faults, faults);
    host.frames.length = 0;
    host.lose('c-a').tellCarrier('c-a');
    const { alarms } = one.take(host.frames[0]!, host.t);
    t.match(alarms, [{ kind: 'raised', alarm: { type: 'link-down' } }]);
  },
);

t.test('in tests it is thrown on', async t => {
  t.throws(() => middle(true).take(poison, 5), /poison/);
});

t.test('what follows from one cut belongs to its record, and names its cause', async t => {
  const host = new Host().attach().wait(5 * s);
  host.lose('c-a').tellCarrier('c-a').wait(ms).tellLinks().tellRoute();
  const mind = new Mind().take(host.frames);
  const [down, lost] = mind.thoughts.alarms.map(change => change.alarm);
  t.match([down, lost], [{ type: 'link-down' }, { type: 'redundancy-lost' }]);
  t.equal(lost?.correlatedAlarmIds[0], down?.id);
  const [record] = mind.thoughts.records;
  t.equal(record?.group, GROUP);
  t.equal(down?.failover, record?.id);
  t.equal(lost?.failover, record?.id);
  t.equal(down?.eventTime.mono_us, host.t - ms);
  t.equal(down?.eventTime.wall_us, host.t - ms + 1_700_000_000 * s, "by the helper's offset");
});

t.test('every change says where its time went', async t => {
  const host = new Host().attach().wait(5 * s);
  const mind = new Mind().take(host.frames);
  host.frames.length = 0;
  host.lose('c-a').tellCarrier('c-a');
  mind.take(host.frames, 3 * ms);
  t.match(mind.thoughts.alarms[0], {
    alarm: { type: 'link-down' },
    hops: { event_us: host.t, frame_us: host.t, observed_us: host.t + 3 * ms },
  });
  t.equal(mind.thoughts.alarms[0]?.hops.alarm_us, host.t + 3 * ms);
  mind.thoughts.alarms.length = 0;
  mind.until(host.t + 10 * s);
  const blind = mind.thoughts.alarms.find(({ alarm }) => alarm.type === 'monitor-blind');
  t.match(blind, { hops: { frame_us: null, observed_us: null } }, 'a timer has no frame');
});

t.test('an order by hand wakes it in time', async t => {
  const mind = new Mind().take(new Host().attach().wait(s).frames);
  const since = mind.middle.stampOf(mind.now);
  const until = mind.middle.stampOf(mind.now + 500 * ms);
  const maintenance = { reason: 'x', since, until, notices: 'hold' as const, objects: ['*'] };
  mind.middle.order({ verb: 'maintenance', maintenance }, mind.now);
  t.ok(mind.middle.wakeAt! <= mind.now + 500 * ms);
  mind.until(mind.now + 600 * ms);
  t.equal(mind.middle.alarms.maintenance, null);
});

t.test('idle, it wakes for the helper alone', async t => {
  const host = new Host().attach().wait(60 * s);
  const mind = new Mind().take(host.frames);
  t.ok(mind.middle.wakeAt! > host.t, 'to notice that it is silent');
  t.same(mind.thoughts.alarms, []);
});

/** The daemon with a helper made of paper, a real spool, real sockets and a real receiver. */
import path from 'node:path';
import t from 'tap';
import { connectControl } from '../../../agent/control/client.ts';
import { monotonicUs } from '../../../agent/time.ts';
import { Queue, until } from '../support/events.ts';
import { GROUP, ms, s } from './host.ts';
import { LiveHost, stage, start } from './stage.ts';

t.test('from a frame to the receiver, and over a restart', async t => {
  process.env.PATHWARDEN_CRASH = '1';
  const { config, requests, events } = await stage(t);
  const first = await start(t, config);
  const attach = await requests.next();
  t.match(attach, { type: 'attach', data: { cursor: null } });
  const host = new LiveHost();
  host.attach().serve(attach.peer);
  const configure = await requests.next();
  t.match(configure, {
    type: 'configure',
    data: { unacked_ms: 50, probes: [{ ifindex: 31, target: '10.77.1.2' }, { ifindex: 32 }] },
  });

  const admin = await connectControl(path.join(config.run_dir, 'admin.sock'));
  t.teardown(() => admin.close());
  const followed = new Queue<string>();
  await admin.follow(['alarms', 'failovers', 'observations'], event =>
    followed.push(
      event.topic === 'alarms' ? `${event.change.kind} ${event.change.alarm.type}` : event.topic,
    ),
  );
  await until(() => followed.waitingItems.length === 0);
  const status = await admin.request('status', {});
  t.match(status, {
    version: '0.0.0-test',
    helper: { connected: true, strategy: 'timer', nudge: 'ask' },
    groups: [
      {
        id: GROUP,
        legs: [
          { id: 'c-a', state: 'up' },
          { id: 'c-b', state: 'up' },
        ],
      },
    ],
    flows: [{ group: GROUP, leg_out: 'c-a', state: 'moving' }],
    alarms: { CRITICAL: 0, MAJOR: 0 },
    outbox: [{ adapter: 'vim', pending: 0 }],
    budget_ms: 1000,
  });

  const sent = monotonicUs();
  host.now().lose('c-a').tellCarrier('c-a').flush();
  const raised = await events.next();
  t.match(raised.alarm, { type: 'link-down', managedObjectId: 'leg/c-a', drill: null });
  t.comment(`frame to receiver: ${((monotonicUs() - sent) / 1000).toFixed(1)} ms`);
  await until(() => followed.waitingItems.includes('raised link-down'));
  t.ok(followed.waitingItems.includes('observations'));
  t.match(await admin.request('alarms', { all: false }), [{ id: raised.alarm.id }]);

  await first.end();
  await start(t, config);
  const again = await requests.next();
  t.equal(again.type, 'attach');
  const later = new LiveHost();
  later.heal('c-a');
  Object.assign(later.legs['c-a'], { ups: 2, downs: 1 });
  later.attach().serve(again.peer);
  const cleared = await events.next();
  t.match(cleared.alarm, { id: raised.alarm.id, clearCause: 'condition-ended' });
});

t.test('a drill by the admin socket', async t => {
  const { config, requests, events } = await stage(t);
  await start(t, config);
  const attach = await requests.next();
  const host = new LiveHost();
  host.t -= 3 * s;
  host.attach().now().heartbeat().serve(attach.peer);
  t.equal((await requests.next()).type, 'configure');
  const admin = await connectControl(path.join(config.run_dir, 'admin.sock'));
  const drill = { drill: 'd-1', group: GROUP, leg: 'c-a' };
  let ready = await admin.request('drill-ready', drill);
  while (!ready.steady) ready = await admin.request('drill-ready', drill);
  t.same(ready.refusals, []);
  t.equal(ready.carrying_leg, 'c-a');
  t.match(await requests.next(), { type: 'trace', data: { for_ms: 5000 } });

  const cut = {
    ...drill,
    kind: 'blackhole',
    t_us: monotonicUs(),
    uncertainty_us: 10,
    budget_ms: 100,
    hold_ms: 200,
  };
  const { failover } = await admin.request('drill-cut', cut);
  t.ok(failover);
  host.t = cut.t_us + 55 * ms;
  host.flow!.stalled_since = cut.t_us;
  host.tellStall(cut.t_us).flush();
  const stalled = await events.next();
  t.match(stalled.alarm, { type: 'storage-path-stalled', drill: 'd-1', failover });
  const absent = await events.next();
  t.match(absent.alarm, { type: 'failover-absent', drill: 'd-1', failover });
  await admin.request('drill-healed', { drill: 'd-1', t_us: monotonicUs() });
  const outcome = admin.request('drill-outcome', { drill: 'd-1' }, 30_000);
  host.now().resume().flush();
  const { record, alarms } = await outcome;
  t.match(record, {
    id: failover,
    drill: 'd-1',
    state: 'closed',
    verdict: 'FAIL',
    switched_us: null,
  });
  t.ok(record.told_us !== null, 'the receiver acknowledged in time to be part of it');
  t.same(alarms.map(a => a.type).sort(), ['failover-absent', 'storage-path-stalled']);
  await admin.request('drill-end', { drill: 'd-1' });
  await t.rejects(admin.request('drill-cut', cut), /ask drill-ready first/);
  t.match(await admin.request('failovers', { limit: 10 }), [{ id: failover }]);
  admin.close();
});

t.test('a helper that goes away is told, and its frames are taken again', async t => {
  const { config, requests, events } = await stage(t);
  await start(t, config);
  const attach = await requests.next();
  const host = new LiveHost();
  host.attach().serve(attach.peer);
  await requests.next();
  attach.peer.close('test');
  const again = await requests.next();
  t.match(again, { type: 'attach', data: { cursor: { epoch: host.epoch, seq: host.seq } } });
  const told = await events.next();
  t.match(told.alarm, { type: 'monitor-blind', managedObjectId: 'host' });
  host.now().hello(true).serve(again.peer);
  t.match((await events.next()).alarm, { id: told.alarm.id, clearCause: 'condition-ended' });
});

t.test('frames that do not fit do not end it, and are told when it lasts', async t => {
  const { config, requests, events } = await stage(t);
  await start(t, config);
  const attach = await requests.next();
  const host = new LiveHost();
  host.attach().serve(attach.peer);
  let told = false;
  void events.next().then(({ alarm }) => {
    told = true;
    t.match(alarm, { type: 'monitor-blind', managedObjectId: 'source/frames' });
  });
  while (!told) {
    attach.peer.send('carrier', { nonsense: true });
    host.now().heartbeat().flush();
    await new Promise(resolve => setTimeout(resolve, 200));
  }
});

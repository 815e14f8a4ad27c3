/** The daemon around the middle, without helper, disk or network. */
import path from 'node:path';
import t, { type Test } from 'tap';
import { adapterSchemas } from '../../../agent/adapters/index.ts';
import { parseConfig } from '../../../agent/config.ts';
import type { StreamEvent } from '../../../agent/control/protocol.ts';
import { Daemon } from '../../../agent/main/daemon.ts';
import { delivery, escalation } from '../../../agent/probes/self/observations.ts';
import { monotonicUs } from '../../../agent/time.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { Mind } from './mind.ts';
import { PaperOutbox } from './paper-outbox.ts';
import { silentSink } from './silent-sink.ts';

function setUp(t: Test, mind: Mind) {
  const folder = temporaryFolder(t);
  const { config } = parseConfig(
    `{ source: 'urn:test:host', helper: { socket: ${path.join(folder, 'none.sock')} },
       adapters: [{ kind: webhook, name: vim, url: 'http://127.0.0.1:9/' }] }`,
    'test',
    adapterSchemas,
  );
  const outbox = new PaperOutbox();
  const { middle } = mind;
  const daemon = new Daemon({
    config: config!,
    version: '1',
    log: silentSink.log,
    crash: true,
    middle,
    outbox,
    saved: null,
    recorder: null,
  });
  const events: StreamEvent[] = [];
  const control = {
    publish: (event: StreamEvent) => void events.push(event),
    followed: () => true,
    close: async () => {},
  };
  const api = { address: null, close: async () => {} };
  t.teardown(() => daemon.stop());
  const said = async () => {
    // What comes from elsewhere is judged when all that the helper may have said before is read.
    for (let turns = 0; turns < 4; turns++) await new Promise(setImmediate);
    return outbox.changes
      .splice(0)
      .map(({ kind, alarm }) => `${kind} ${alarm.type} ${alarm.managedObjectId}`);
  };
  return { daemon, middle, outbox, events, said, start: () => daemon.start(control, api) };
}

t.test('how a receiver does is an alarm, and its end too', async t => {
  const { daemon, said, events, start } = setUp(t, new Mind(monotonicUs()));
  start();
  daemon.delivery({ adapter: 'vim', value: 'failing', reason: 'ECONNREFUSED' });
  t.same(await said(), ['raised delivery-failing adapter/vim']);
  daemon.delivery({ adapter: 'vim', value: 'ok', reason: '' });
  t.same(await said(), ['cleared delivery-failing adapter/vim']);
  daemon.escalation('vim', 'failed', 'recovery of compute-1 failed');
  t.same(await said(), ['raised escalation-failed adapter/vim']);
  const texts = events.flatMap(event => (event.topic === 'observations' ? [event.text] : []));
  for (const text of [
    'self:vim delivery=failing: ECONNREFUSED',
    'self:vim delivery=ok',
    'self:vim escalation=failed: recovery of compute-1 failed',
  ])
    t.ok(texts.includes(text), text);
});

t.test('alarms about adapters that are configured no more are cleared at the start', async t => {
  const mind = new Mind(monotonicUs());
  for (const name of ['vim', 'gone']) {
    mind.observe(delivery(mind.now, name, 'failing', 'x'));
    mind.observe(escalation(mind.now, name, 'failed', 'x'));
  }
  const { said, start } = setUp(t, mind);
  start();
  t.same((await said()).sort(), [
    'cleared delivery-failing adapter/gone',
    'cleared escalation-failed adapter/gone',
  ]);
});

t.test('whoever watches is told of maintenance; a notice that it holds is put, marked', async t => {
  const { daemon, events, start, said, middle } = setUp(t, new Mind(monotonicUs()));
  start();
  const on = { id: 1, for_ms: 60_000, reason: 'new\nswitch', objects: ['adapter/*'] };
  await daemon.model['maintenance-on']({ ...on, verb: 'maintenance-on', notices: 'hold' }, 1);
  daemon.delivery({ adapter: 'vim', value: 'failing', reason: 'x' });
  t.same(await said(), ['raised delivery-failing adapter/vim']);
  t.match(events.at(-1), {
    topic: 'alarms',
    change: { kind: 'raised', held: true, alarm: { maintenance: 'new\nswitch' } },
  });
  t.match(middle.activeChanges, [{ held: true }]);
  await daemon.model['maintenance-off']({ id: 2, verb: 'maintenance-off' }, 1);
  const texts = events.flatMap(event => (event.topic === 'observations' ? [event.text] : []));
  t.ok(texts.some(text => /^maintenance=on until \d{4}-.*Z: new\nswitch$/.test(text)));
  t.ok(texts.includes('maintenance=off'));
});

t.test(
  'maintenance is written at once, although no alarm changes and no helper is there',
  async t => {
    const { daemon, outbox, start, said } = setUp(t, new Mind(monotonicUs()));
    start();
    await said();
    const on = { id: 1, for_ms: 60_000, reason: 'new switch', objects: ['*'] };
    await daemon.model['maintenance-on']({ ...on, verb: 'maintenance-on', notices: 'hold' }, 1);
    t.same(await said(), []);
    t.match(outbox.state, { alarms: { maintenance: { reason: 'new switch' } } });
    await daemon.model['maintenance-off']({ id: 2, verb: 'maintenance-off' }, 1);
    t.same(await said(), []);
    t.match(outbox.state, { alarms: { maintenance: null } });
  },
);

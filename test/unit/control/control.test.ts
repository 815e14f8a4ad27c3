/** Both control sockets, with the real client. */
import path from 'node:path';
import t from 'tap';
import { type ControlClient, ControlError, connectControl } from '../../../agent/control/client.ts';
import type {
  DrillOutcome,
  HardwareReport,
  Paths,
  Status,
  StreamEvent,
} from '../../../agent/control/protocol.ts';
import {
  type ControlModel,
  type ControlOptions,
  serveControl,
} from '../../../agent/control/server.ts';
import type { Maintenance } from '../../../agent/types.ts';
import { alarm, change } from '../support/alarm.ts';
import { Queue, until } from '../support/events.ts';
import { temporaryFolder } from '../support/temporary.ts';

interface Test {
  teardown(end: () => unknown): void;
}

const STATUS = { version: '0.1.0', host: 'test' } as Status;

const drillCut = {
  drill: 'd1',
  kind: 'admin-down',
  group: 'g',
  leg: 'c-a',
  t_us: 5,
  uncertainty_us: 10,
  budget_ms: 1000,
  hold_ms: 2000,
};

const ack = { alarms: ['a'], acknowledged: true, user: 'alice' };
const maintenance = { for_ms: 1000, reason: 'x', notices: 'hold' as const, objects: ['*'] };

/** A model that answers with what it was asked, and keeps it. */
function model(calls: object[] = []): ControlModel {
  const call =
    <R>(result: R) =>
    (request: object, client: number): R => {
      calls.push({ ...request, client });
      return result;
    };
  return {
    status: call(STATUS),
    alarms: call([alarm('a')]),
    paths: call({ flows: [] } as unknown as Paths),
    hardware: call({ components: [] } as unknown as HardwareReport),
    failovers: call([]),
    'drill-ready': call({ refusals: [], flows: [], carrying_leg: 'c-a', steady: true }),
    'drill-cut': call({ failover: 'f1' }),
    'drill-healed': call({ ok: true }),
    'drill-outcome': call({ alarms: [] } as unknown as DrillOutcome),
    'drill-end': call({ ok: true }),
    outbox: call([]),
    ack: call([]),
    'maintenance-on': call({} as Maintenance),
    'maintenance-off': call(null),
    'outbox-retry': call({ count: 1 }),
    'outbox-drop': call({ count: 1 }),
  };
}

async function setUp(t: Test, more: Partial<ControlOptions> = {}) {
  const run_dir = path.join(temporaryFolder(t), 'run');
  const control = await serveControl({ run_dir, model: model(), ...more });
  const clients: ControlClient[] = [];
  t.teardown(async () => {
    for (const client of clients) client.close();
    await control.close();
  });
  const connect = async (name: string) => {
    const client = await connectControl(path.join(run_dir, name));
    clients.push(client);
    return client;
  };
  return { control, run_dir, connect };
}

t.test('view answers what changes nothing', async t => {
  const calls: object[] = [];
  const { connect } = await setUp(t, { model: model(calls) });
  const view = await connect('view.sock');
  t.match(await view.request('status', {}), STATUS);
  t.match(await view.request('alarms', { all: true }), [alarm('a')]);
  t.same(await view.request('failovers', { limit: 10 }), []);
  t.match(calls, [
    { verb: 'status' },
    { verb: 'alarms', all: true },
    { verb: 'failovers', limit: 10 },
  ]);
});

t.test('view may change nothing, admin may', async t => {
  const calls: object[] = [];
  const { connect } = await setUp(t, { model: model(calls) });
  const view = await connect('view.sock');
  const refused = {
    name: 'ControlError',
    code: 'refused',
    message: /only the admin socket takes it; run it as root/,
  };
  await t.rejects(view.request('drill-cut', drillCut), refused);
  await t.rejects(view.request('drill-ready', { drill: 'd', group: 'g', leg: 'l' }), refused);
  await t.rejects(view.request('drill-healed', { drill: 'd', t_us: 1 }), refused);
  await t.rejects(view.request('drill-outcome', { drill: 'd' }), refused);
  await t.rejects(view.request('drill-end', { drill: 'd' }), refused);
  await t.rejects(view.request('ack', ack), refused);
  await t.rejects(view.request('maintenance-on', maintenance), refused);
  await t.rejects(view.request('maintenance-off', {}), refused);
  await t.rejects(view.request('outbox-retry', { letters: [1] }), refused);
  await t.rejects(view.request('outbox-drop', { letters: [1] }), refused);
  t.same(await view.request('outbox', { limit: 1 }), [], 'it may look');
  t.match(calls.splice(0), [{ verb: 'outbox' }], 'the model never heard of the others');
  const admin = await connect('admin.sock');
  t.same(await admin.request('drill-cut', drillCut), { failover: 'f1' });
  await admin.request('ack', ack);
  await admin.request('maintenance-on', maintenance);
  t.match(calls.slice(1), [
    { verb: 'ack', ...ack },
    { verb: 'maintenance-on', ...maintenance },
  ]);
  t.match(await admin.request('status', {}), STATUS, 'and everything that view may');
});

t.test('bad requests are told what is wrong', async t => {
  const { connect } = await setUp(t);
  const admin = await connect('admin.sock');
  const ask = (verb: string, args: object) => admin.request(verb as 'status', args as never);
  await t.rejects(ask('reboot', {}), { message: 'unknown verb "reboot"' });
  await t.rejects(ask('failovers', { limit: 0 }), { message: /^failovers: limit: / });
  await t.rejects(ask('alarms', {}), { message: /^alarms: all: / });
  await t.rejects(ask('drill-cut', { ...drillCut, hold_ms: 1e9 }), {
    message: /^drill-cut: hold_ms: /,
  });
  for (const [verb, args, key] of [
    ['ack', { ...ack, alarms: [] }, 'alarms'],
    ['ack', { ...ack, user: '' }, 'user'],
    ['maintenance-on', { ...maintenance, for_ms: 999 }, 'for_ms'],
    ['maintenance-on', { ...maintenance, for_ms: 31 * 86_400_000 }, 'for_ms'],
    ['maintenance-on', { ...maintenance, notices: 'drop' }, 'notices'],
    ['maintenance-on', { ...maintenance, objects: [] }, 'objects'],
    ['outbox', { limit: 1001 }, 'limit'],
    ['outbox-drop', { letters: [0] }, 'letters.0'],
    ['outbox-retry', { letters: Array(1001).fill(1) }, 'letters'],
  ] as const)
    await t.rejects(ask(verb, args), { message: new RegExp(`^${verb}: ${key}: `) });
  await t.rejects(ask('drill-cut', { ...drillCut, group: 'x'.repeat(1000) }), {
    message: /^drill-cut: group: /,
  });
  t.match(await admin.request('status', {}), STATUS, 'the connection lives');
});

t.test('answers come when they come, each to its request', async t => {
  const finish = new Map<string, (outcome: DrillOutcome) => void>();
  const slow = model();
  slow['drill-outcome'] = ({ drill }) => new Promise(resolve => finish.set(drill, resolve));
  slow['drill-end'] = () => {
    throw new Error('no such drill');
  };
  slow['drill-healed'] = () => Promise.reject(new Error('never cut'));
  const { connect } = await setUp(t, { model: slow });
  const admin = await connect('admin.sock');
  const outcome = admin.request('drill-outcome', { drill: 'd1' }, Number.POSITIVE_INFINITY);
  t.match(await admin.request('status', {}), STATUS, 'others do not wait');
  await t.rejects(admin.request('drill-end', { drill: 'd1' }), {
    code: 'refused',
    message: 'no such drill',
  });
  await t.rejects(admin.request('drill-healed', { drill: 'd1', t_us: 0 }), {
    message: 'never cut',
  });
  await t.rejects(admin.request('drill-outcome', { drill: 'd2' }, 20), { code: 'timeout' });
  finish.get('d2')?.({ alarms: [] } as unknown as DrillOutcome);
  finish.get('d1')?.({ alarms: [alarm('x')] } as unknown as DrillOutcome);
  t.match(await outcome, { alarms: [alarm('x')] });
});

t.test('followers get what they follow', async t => {
  const { control, connect } = await setUp(t);
  const view = await connect('view.sock');
  const events = new Queue<StreamEvent>();
  t.notOk(control.followed('alarms'));
  await view.follow(['alarms', 'observations'], events.push);
  t.ok(control.followed('alarms'));
  t.notOk(control.followed('failovers'));
  control.publish({ topic: 'failovers', record: {} as never });
  control.publish({ topic: 'alarms', change: change('a', 1) });
  control.publish({ topic: 'observations', text: 'link c-a down', t_us: 7 });
  t.same(await events.take(2), [
    { topic: 'alarms', change: change('a', 1) },
    { topic: 'observations', text: 'link c-a down', t_us: 7 },
  ]);
  view.close();
  await until(() => !control.followed('alarms'));
});

t.test('one who follows and does not read is dropped, the others go on', async t => {
  const { control, run_dir, connect } = await setUp(t);
  const { connect: raw } = await import('node:net');
  const lazy = raw(path.join(run_dir, 'view.sock'));
  const gone = new Promise(resolve => lazy.once('close', resolve));
  lazy.on('error', () => {});
  lazy.write('{"type":"request","data":{"id":1,"verb":"follow","topics":["observations"]}}\f');
  lazy.pause();
  await until(() => control.followed('observations'));
  const view = await connect('view.sock');
  const events = new Queue<StreamEvent>();
  await view.follow(['alarms'], events.push);
  for (let i = 0; i < 500 && control.followed('observations'); i++) {
    control.publish({ topic: 'observations', text: 'x'.repeat(10_000), t_us: i });
    if (i % 50 === 0) await new Promise(resolve => setImmediate(resolve));
  }
  await until(() => !control.followed('observations'));
  control.publish({ topic: 'alarms', change: change('a', 1) });
  t.match(await events.next(), { topic: 'alarms' });
  lazy.resume();
  await gone;
});

t.test('an answer that is too large is refused, not lost', async t => {
  const large = model();
  large.failovers = () => Array.from({ length: 18 }, () => 'x'.repeat(1 << 20)) as never;
  const { connect } = await setUp(t, { model: large });
  const view = await connect('view.sock');
  await t.rejects(view.request('failovers', { limit: 1000 }), {
    code: 'refused',
    message: /too large; ask for less/,
  });
});

t.test('too many open questions of one client', async t => {
  const stuck = model();
  stuck.alarms = () => new Promise(() => {});
  const { connect } = await setUp(t, { model: stuck });
  const view = await connect('view.sock');
  for (let i = 0; i < 32; i++) view.request('alarms', { all: true }).catch(() => {});
  await t.rejects(view.request('alarms', { all: true }), {
    message: /32 requests of this client are waiting/,
  });
  const other = await connect('view.sock');
  t.match(await other.request('status', {}), STATUS);
});

t.test('main hears when a client leaves', async t => {
  const left = new Queue<number>();
  const calls: { client?: number }[] = [];
  const { connect } = await setUp(t, { model: model(calls), onLeave: left.push });
  const admin = await connect('admin.sock');
  await admin.request('drill-end', { drill: 'd' });
  admin.close();
  t.equal(await left.next(), calls[0]?.client);
});

t.test('no agent, and an agent that goes', async t => {
  const { control, run_dir, connect } = await setUp(t);
  await t.rejects(connectControl(path.join(run_dir, 'none.sock')), {
    code: 'not-running',
    message: /no agent is running/,
  });
  const view = await connect('view.sock');
  await control.close();
  const error = await view.closed;
  t.ok(error instanceof ControlError);
  t.equal(error.code, 'closed');
  await t.rejects(view.request('status', {}), { code: 'closed' });
  await t.rejects(connectControl(path.join(run_dir, 'view.sock')), { code: 'not-running' });
});

t.test('closing fails what is still open', async t => {
  const stuck = model();
  stuck.status = () => new Promise(() => {});
  const { connect } = await setUp(t, { model: stuck });
  const view = await connect('view.sock');
  const open = view.request('status', {});
  view.close();
  await t.rejects(open, { code: 'closed' });
});

t.test('both sockets or none', async t => {
  const { run_dir } = await setUp(t);
  await t.rejects(serveControl({ run_dir, model: model() }), { code: 'in-use' });
});

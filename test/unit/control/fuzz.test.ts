/** Requests from hostile clients on both sockets: nothing crashes, nothing reaches the model that the schema does not allow. */
import { once } from 'node:events';
import { connect as connectRaw, type Socket } from 'node:net';
import path from 'node:path';
import t from 'tap';
import { connectControl } from '../../../agent/control/client.ts';
import { adminRequest, viewRequest } from '../../../agent/control/protocol.ts';
import { type ControlModel, serveControl, type Verb } from '../../../agent/control/server.ts';
import { HOSTILE, mutated } from '../support/hostile.ts';
import { runSeed, seeded } from '../support/random.ts';
import { temporaryFolder } from '../support/temporary.ts';

const VERBS = [...viewRequest.options, ...adminRequest.options]
  .map(option => option.shape.verb.value)
  .filter(verb => verb !== 'follow');

async function setUp(t: { teardown(end: () => unknown): void }) {
  const run_dir = temporaryFolder(t);
  const heard: { verb: Verb }[] = [];
  const model = Object.fromEntries(
    VERBS.map(verb => [
      verb,
      (request: { verb: Verb }) => {
        heard.push(request);
        return [];
      },
    ]),
  ) as unknown as ControlModel;
  const control = await serveControl({ run_dir, model });
  t.teardown(() => control.close());
  const send = async (socket: string, bytes: Buffer) => {
    const raw: Socket = connectRaw(path.join(run_dir, socket));
    raw.on('error', () => {});
    const closed = new Promise(resolve => raw.once('close', resolve));
    await once(raw, 'connect');
    raw.resume().end(bytes);
    await closed;
  };
  const lives = async (t: Tap) => {
    for (const name of ['view.sock', 'admin.sock']) {
      const client = await connectControl(path.join(run_dir, name));
      t.same(await client.request('status', {}), []);
      client.close();
    }
  };
  return { send, heard, lives };
}

interface Tap {
  same(found: unknown, wanted: unknown): unknown;
}

const SOCKETS = ['view.sock', 'admin.sock'];
const frame = (value: unknown) =>
  Buffer.from(`${JSON.stringify({ type: 'request', data: value })}\f`);

t.test('hostile bytes', async t => {
  const { send, heard, lives } = await setUp(t);
  for (const socket of SOCKETS)
    for (const bytes of Object.values(HOSTILE)) await send(socket, bytes);
  t.same(heard, []);
  await lives(t);
});

t.test('good JSON, bad requests', async t => {
  const { send, heard, lives } = await setUp(t);
  const deep = `${'{"a":'.repeat(8000)}1${'}'.repeat(8000)}`;
  const values = [
    null,
    0,
    '',
    [],
    {},
    { id: 1 },
    { id: -1, verb: 'status' },
    { id: 1.5, verb: 'status' },
    { id: '1', verb: 'status' },
    { id: 1, verb: null },
    { id: 1, verb: {} },
    { id: 1, verb: 'constructor' },
    { id: 1, verb: '__proto__' },
    { id: 1, verb: 'toString' },
    { id: 1, verb: 'follow', topics: 'alarms' },
    { id: 1, verb: 'follow', topics: ['nothing'] },
    { id: 1, verb: 'failovers', limit: 1e9 },
    { id: 1, verb: 'alarms', all: 1 },
    { id: 2 ** 60, verb: 'status' },
    { id: 1, verb: 'x'.repeat(50_000) },
  ];
  for (const socket of SOCKETS) for (const value of values) await send(socket, frame(value));
  for (const data of [deep, `{"id":1,"verb":${deep}}`, `{"id":1,"verb":"alarms","all":${deep}}`]) {
    await send('admin.sock', Buffer.from(`{"type":"request","data":${data}}\f`));
  }
  t.same(heard, []);
  await send('view.sock', Buffer.from('{"type":"status","data":{"id":1,"verb":"status"}}\f'));
  await send(
    'view.sock',
    Buffer.from(`{"type":"request","data":{"id":1,"verb":"${'x'.repeat(70_000)}"}}\f`),
  );
  t.same(heard, []);
  await lives(t);
});

t.test('mutated requests', async t => {
  const seed = runSeed();
  t.comment(`SEED=${seed}`);
  const random = seeded(seed);
  const { send, heard, lives } = await setUp(t);
  const good = [
    { id: 1, verb: 'status' },
    { id: 2, verb: 'alarms', all: true },
    { id: 3, verb: 'failovers', limit: 5 },
    { id: 4, verb: 'follow', topics: ['alarms'] },
    { id: 5, verb: 'drill-ready', drill: 'd', group: 'g', leg: 'l' },
    {
      id: 6,
      verb: 'drill-cut',
      drill: 'd',
      kind: 'k',
      group: 'g',
      leg: 'l',
      t_us: 1,
      uncertainty_us: 1,
      budget_ms: 1,
      hold_ms: 1,
    },
    { id: 7, verb: 'drill-outcome', drill: 'd' },
    { id: 8, verb: 'outbox', state: 'dead', adapter: 'vim', limit: 10 },
    { id: 9, verb: 'ack', alarms: ['a-1'], acknowledged: true, user: 'alice' },
    { id: 10, verb: 'maintenance-on', for_ms: 1000, reason: 'x', notices: 'hold', objects: ['*'] },
    { id: 11, verb: 'maintenance-off' },
    { id: 12, verb: 'outbox-retry', letters: [1, 2] },
    { id: 13, verb: 'outbox-drop', letters: [3] },
  ].map(frame);
  const pick = () => good[Math.floor(random() * good.length)] ?? Buffer.alloc(0);
  for (let round = 0; round < 400; round++) {
    const socket = SOCKETS[round % 2] ?? '';
    const before = heard.length;
    await send(socket, Buffer.concat([pick(), mutated(pick(), random), pick()]));
    for (const request of heard.slice(before)) {
      const schema = socket === 'view.sock' ? viewRequest : viewRequest.or(adminRequest);
      if (!schema.safeParse(request).success) t.fail(`${socket}: ${JSON.stringify(request)}`);
    }
  }
  t.ok(heard.length > 20, 'some were still good');
  await lives(t);
});

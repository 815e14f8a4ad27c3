/** What every adapter keeps to, run over every folder in agent/adapters. */
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import path from 'node:path';
import t, { type Test } from 'tap';
import type { AdapterKind } from '../../../agent/adapters/adapter.ts';
import { adapterKinds, createAdapter } from '../../../agent/adapters/index.ts';
import type { AdapterSettings } from '../../../agent/config.ts';
import type { Destination } from '../../../agent/outbox/destination.ts';
import type { AlarmChangeKind, Notice, RebuiltNotice, SendResult } from '../../../agent/types.ts';
import { importsOf, ROOT, sources } from '../laws/sources.ts';
import { TestContext } from '../support/adapter.ts';
import { change, notice, stampAt } from '../support/alarm.ts';
import { until } from '../support/events.ts';
import { type KindUnderTest, kinds } from './kinds.ts';

t.setTimeout(300_000);

const folders = readdirSync(path.join(ROOT, 'agent/adapters'), { withFileTypes: true })
  .filter(entry => entry.isDirectory() && entry.name !== 'shared')
  .map(({ name }) => name);

/** What every kind may load to check a configuration: the agent has loaded it anyway. */
const LIGHT = /^(node:.*|zod|yaml|pino)$/;

const attempt = { deadline_ms: 300, fresh: false };
const CHANGES: AlarmChangeKind[] = ['raised', 'changed', 'acknowledged', 'cleared'];

const rebuilt: RebuiltNotice = {
  key: 'rebuilt/1772600767000890',
  adapter: 'vim',
  reason: '3 notices were given up',
  at: stampAt(5000),
  sequence: 7,
  uncommitted: false,
};

t.test('every folder is a kind, and every kind a folder', async t => {
  t.same(folders.sort(), Object.keys(adapterKinds).sort());
  t.same(Object.keys(kinds).sort(), folders, 'test/unit/adapters/kinds.ts knows them');
});

/** What index.ts of a kind loads before anything is created. */
function loaded(file: string, seen = new Set<string>()): Set<string> {
  const source = sources('agent', '.ts').find(one => one.file === file);
  if (!source || seen.has(file)) return seen;
  seen.add(file);
  const now = { file, text: source.text.replaceAll(/\bimport\(/g, 'later(') };
  for (const { target, typeOnly } of importsOf(now)) {
    if (typeOnly) continue;
    if (target.startsWith('agent/')) loaded(target, seen);
    else seen.add(target);
  }
  return seen;
}

function freeze<T>(value: T): T {
  if (value !== null && typeof value === 'object') {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}

for (const folder of folders) {
  const kind = adapterKinds[folder];
  const under = kinds[folder];
  if (kind && under) t.test(folder, t => keepsTheContract(t, kind, under));
}

async function keepsTheContract(t: Test, kind: AdapterKind, under: KindUnderTest): Promise<void> {
  const context = new TestContext(t);
  const results: SendResult[] = [];
  const settingsFor = (port: number): AdapterSettings =>
    kind.schema.parse({ kind: kind.kind, name: 'test', ...under.settings(port, context.secret) });
  const noticeOf = (id: string, revision: number, what?: AlarmChangeKind): Notice =>
    freeze(notice(change(id, revision, what, under.alarm)));

  await t.test('its files have the same names as those of all kinds', async t => {
    for (const name of ['index.ts', 'settings.ts', 'map.ts', 'client.ts', 'README.md']) {
      t.ok(existsSync(path.join(ROOT, 'agent/adapters', kind.kind, name)), name);
    }
  });

  await t.test('nothing heavy is loaded until one is created', async t => {
    const files = loaded(`agent/adapters/${kind.kind}/index.ts`);
    t.ok(files.size > 3);
    const heavy = [...files].filter(file => !file.startsWith('agent/') && !LIGHT.test(file));
    t.same(heavy, []);
    t.notOk(files.has(`agent/adapters/${kind.kind}/client.ts`), 'client.ts is imported by create');
  });

  await t.test('its schema refuses unknown keys and fills in defaults', async t => {
    const good = { kind: kind.kind, name: 'x', ...under.settings(1, context.secret) };
    t.match(kind.schema.parse(good), {
      primary: false,
      timeout_ms: Number,
      route: {
        min_severity: 'WARNING',
        exclude_types: [],
        ...(under.route ?? { types: ['*'], drills: 'include' }),
      },
    });
    t.match(kind.schema.parse({ ...good, route: { min_severity: 'MAJOR' } }), {
      route: { min_severity: 'MAJOR', objects: ['*'] },
    });
    const wrong = [
      { no_such_key: 1 },
      { kind: 'other' },
      { timeout_ms: 0 },
      { route: { typo: 1 } },
    ];
    for (const one of wrong) t.throws(() => kind.schema.parse({ ...good, ...one }));
  });

  await t.test('map and says are pure, and every change is told apart', async t => {
    const settings = freeze(settingsFor(1));
    t.ok(kind.says(noticeOf('a', 1).change, settings), 'kinds.ts names an alarm that it says');
    const seen = new Set<string>();
    for (const id of ['a', 'b']) {
      for (const [index, what] of CHANGES.entries()) {
        const given = noticeOf(id, index + 1, what);
        const says = kind.says(given.change, settings);
        t.equal(kind.says(given.change, settings), says);
        if (!says) continue;
        // Frozen: writing to what it was given would throw.
        const text = JSON.stringify(kind.map(given, 'urn:test', settings));
        t.type(text, 'string', 'plain data');
        t.equal(JSON.stringify(kind.map(given, 'urn:test', settings)), text);
        seen.add(text);
      }
    }
    const said = ['a', 'b'].flatMap(id =>
      CHANGES.filter((what, i) => kind.says(noticeOf(id, i + 1, what).change, settings)),
    );
    t.equal(seen.size, said.length, 'the key is recognisable in all of them');
    const mapped = (field: object) =>
      JSON.stringify(kind.map(freeze({ ...noticeOf('a', 2, 'raised'), ...field }), 's', settings));
    const again = change('a', 3, 'raised', under.alarm);
    t.not(mapped({}), mapped({ key: 'a/3', change: again }), 'also a change that looks the same');
    if (!kind.mapRebuilt) return;
    const text = JSON.stringify(kind.mapRebuilt(freeze(rebuilt), 'urn:test', settings));
    t.equal(JSON.stringify(kind.mapRebuilt(rebuilt, 'urn:test', settings)), text);
    const other = { ...rebuilt, key: 'rebuilt/1772600767000891' };
    t.not(JSON.stringify(kind.mapRebuilt(other, 'urn:test', settings)), text);
  });

  /** Gives an adapter whose receiver treats each connection like this. */
  const withReceiver = async <T>(
    onConnection: (socket: Socket) => void,
    use: (adapter: Destination, open: Set<Socket>) => Promise<T>,
  ): Promise<{ value: T; port: number }> => {
    const open = new Set<Socket>();
    const server = createServer(socket => {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
      socket.on('error', () => {});
      // Else its end is never seen.
      socket.resume();
      onConnection(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    let adapter: Destination | null = null;
    try {
      adapter = await createAdapter(settingsFor(port), context);
      return { value: await use(adapter, open), port };
    } finally {
      await adapter?.close();
      for (const socket of open) socket.destroy();
      server.close();
    }
  };

  const send = async (adapter: Destination, how = attempt): Promise<SendResult> => {
    const payload = adapter.map(noticeOf('a', 1), context.source);
    const result = await adapter.send(JSON.parse(JSON.stringify(payload)), how);
    results.push(result);
    return result;
  };

  /** The alarm that is sent is active still. */
  const active = () => [change('a', 1, 'raised', under.alarm)];

  const receivers: Record<string, (socket: Socket) => void> = {
    'never answers': () => {},
    'closes at once': socket => socket.destroy(),
    resets: socket => socket.resetAndDestroy(),
    'closes in the middle of what it hears': socket => socket.once('data', () => socket.end()),
    babbles: socket => socket.end('\x00\xff\x01 no protocol at all\r\n\r\n'),
    'babbles for ever': socket => {
      const timer = setInterval(() => socket.write(Buffer.alloc(100, 0x41)), 5);
      socket.on('close', () => clearInterval(timer));
    },
  };
  for (const [what, onConnection] of Object.entries(receivers)) {
    await t.test(`a receiver that ${what}`, async t => {
      await withReceiver(onConnection, async adapter => {
        adapter.start?.(active);
        for (const fresh of [false, true]) {
          const began = performance.now();
          t.match((await send(adapter, { ...attempt, fresh })).outcome, 'retry');
          t.ok(performance.now() - began < 30_000, 'within its deadline, on a slow machine');
        }
      });
    });
  }

  await t.test('a receiver that is not there', async t => {
    const { port } = await withReceiver(
      () => {},
      async () => {},
    );
    const adapter = await createAdapter(settingsFor(port), context);
    t.match((await send(adapter)).outcome, 'retry');
    await adapter.close();
  });

  await t.test('close gives up what is under way, and may come twice', async t => {
    await withReceiver(
      () => {},
      async (adapter, open) => {
        adapter.start?.(active);
        const result = send(adapter, { deadline_ms: 120_000, fresh: false });
        if (under.connects !== false) await until(() => open.size > 0);
        await adapter.close();
        t.match((await result).outcome, 'retry');
        await until(() => open.size === 0);
        await adapter.close();
        t.match(await send(adapter), { outcome: 'retry' }, 'and nothing is sent any more');
      },
    );
  });

  await t.test('secrets are hidden, and told to nobody', async t => {
    const told = JSON.stringify([context.lines, context.reports, results]);
    const mapped = JSON.stringify(kind.map(noticeOf('a', 1), 'urn:test', settingsFor(1)));
    t.ok(results.length > 10);
    for (const secret of new Set(context.secrets)) {
      t.notOk(told.includes(secret), 'neither log nor result');
      t.notOk(mapped.includes(secret), 'nor what is stored on disk');
      const hidden = context.hidden.some(text => text.includes(secret) || secret.includes(text));
      t.ok(hidden, 'and the log is asked to hide it');
    }
  });
}

/** What every adapter keeps to, run over every folder in agent/adapters. */
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { AdapterKind } from '../../../agent/adapters/adapter.ts';
import { adapterKinds, createAdapter } from '../../../agent/adapters/index.ts';
import type { AdapterSettings } from '../../../agent/config.ts';
import { silentLog } from '../../../agent/log.ts';
import type { AlarmChangeKind, SendResult } from '../../../agent/types.ts';
import { change, notice } from '../support/alarm.ts';

const rooms = fileURLToPath(new URL('../../../agent/adapters', import.meta.url));
const folders = readdirSync(rooms, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(({ name }) => name);

const context = { source: 'urn:test', log: silentLog, hide: () => {} };
const attempt = { deadline_ms: 300, fresh: false };

/** Settings for an endpoint on this port, by kind; a new kind adds its own. */
const settingsFor: Record<string, (port: number) => object> = {
  webhook: port => ({ url: `http://127.0.0.1:${port}/`, heartbeat_s: 0 }),
};

function settings(kind: AdapterKind, port: number): AdapterSettings {
  return kind.schema.parse({ kind: kind.kind, name: 'test', ...settingsFor[kind.kind]?.(port) });
}

t.test('every folder is a kind, and every kind a folder', async t => {
  t.same(folders.sort(), Object.keys(adapterKinds).sort());
});

for (const folder of folders) {
  t.test(folder, async t => {
    const { adapter: kind } = (await import(`${rooms}/${folder}/index.ts`)) as {
      adapter: AdapterKind;
    };
    t.equal(kind.kind, folder);
    t.ok(settingsFor[folder], 'this test knows its settings');

    await t.test('its schema refuses unknown keys and fills in defaults', async t => {
      const good = { kind: folder, name: 'x', ...settingsFor[folder]?.(1) };
      t.match(kind.schema.parse(good), { primary: false, timeout_ms: 300 });
      t.throws(() => kind.schema.parse({ ...good, no_such_key: 1 }));
      t.throws(() => kind.schema.parse({ ...good, kind: 'other' }));
      t.throws(() => kind.schema.parse({ ...good, timeout_ms: 0 }));
    });

    await t.test('map is pure', async t => {
      for (const one of ['raised', 'changed', 'acknowledged', 'cleared'] as AlarmChangeKind[]) {
        const given = notice(change('a', 2, one));
        const before = structuredClone(given);
        const first = kind.map(given, 'urn:test');
        t.same(given, before, 'it changes nothing');
        t.same(kind.map(given, 'urn:test'), first, 'and always says the same');
        t.not(JSON.stringify(first), undefined, 'plain data');
        t.notSame(kind.map({ ...given, key: 'a/3' }, 'urn:test'), first, 'the key is in it');
      }
    });

    /** Sends to a server that treats each connection like this. */
    const sendTo = async (onConnection: (socket: Socket) => void, times = 1) => {
      const sockets = new Set<Socket>();
      const server = createServer(socket => {
        sockets.add(socket);
        socket.on('error', () => {});
        onConnection(socket);
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const adapter = await createAdapter(settings(kind, port), context);
      adapter.start?.();
      const results: SendResult[] = [];
      for (let i = 0; i < times; i++) {
        const payload = adapter.map(notice(change('a', 1)), 'urn:test');
        results.push(await adapter.send(payload, { ...attempt, fresh: i > 0 }));
      }
      await adapter.close();
      for (const socket of sockets) socket.destroy();
      server.close();
      return { results, port };
    };

    await t.test(
      'a receiver that hangs, closes or babbles means retry, never an exception',
      async t => {
        const hang = await sendTo(() => {}, 3);
        t.match(hang.results, [{ outcome: 'retry' }, { outcome: 'retry' }, { outcome: 'retry' }]);
        const gone = await sendTo(socket => socket.destroy());
        t.match(gone.results, [{ outcome: 'retry' }]);
        const babble = await sendTo(socket =>
          socket.end('\x00\xff\x01 no protocol at all\r\n\r\n'),
        );
        t.match(babble.results, [{ outcome: 'retry' }]);
        const adapter = await createAdapter(settings(kind, hang.port), context);
        t.match(await adapter.send(adapter.map(notice(change('a', 1)), 'urn:test'), attempt), {
          outcome: 'retry',
          reason: /ECONNREFUSED/,
        });
        await adapter.close();
      },
    );

    await t.test('close gives up what is under way, and may come twice', async t => {
      const server = createServer(socket => socket.on('error', () => {}));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const adapter = await createAdapter(settings(kind, port), context);
      const result = adapter.send(adapter.map(notice(change('a', 1)), 'urn:test'), {
        deadline_ms: 60_000,
        fresh: false,
      });
      await once(server, 'connection');
      await adapter.close();
      t.match(await result, { outcome: 'retry' });
      await adapter.close();
      t.match(await adapter.send({}, attempt), { outcome: 'retry' });
      server.close();
    });
  });
}

/** What the tests of receivers that do not behave share. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo, Server, Socket } from 'node:net';
import path from 'node:path';
import type { Test } from 'tap';
import { adapterKinds, createAdapter } from '../../../agent/adapters/index.ts';
import type { Destination } from '../../../agent/outbox/destination.ts';
import type { SendResult } from '../../../agent/types.ts';
import { ROOT } from '../laws/sources.ts';
import { TestContext } from '../support/adapter.ts';
import { change, notice } from '../support/alarm.ts';
import { kinds } from './kinds.ts';

/** What agent/adapters/shared/README.md states: the receiver → what becomes of the notice. */
export const stated = new Map(
  readFileSync(path.join(ROOT, 'agent/adapters/shared/README.md'), 'utf8')
    .split(/^\| the receiver +\| the notice is +\|$/m)[1]!
    .split('\n')
    .flatMap(line => {
      const [, receiver, outcome] = /^\| (.+?) +\| (.+?) +\|$/.exec(line) ?? [];
      return receiver && outcome ? [[receiver, outcome] as const] : [];
    }),
);

/** One that a good answer meets on the slowest machine. */
export const DEADLINE_MS = 20_000;

/** Kinds whose answer is the status of a POST. */
export const statusKinds = Object.keys(kinds).filter(name => kinds[name]?.statusAnswers);

/** In the words of the README. */
export const outcomeOf = (result: SendResult): string => {
  if (result.outcome === 'delivered') return 'delivered';
  if (result.outcome === 'refused') return 'refused';
  return result.after_ms === null ? 'kept' : 'kept for as long as it says';
};

/** An adapter of the kind for a receiver at this port, and what it makes of one notice. */
export async function open(t: Test, kind: string, port: number, more: object = {}) {
  const context = new TestContext(t);
  const keys = kinds[kind]!.settings(port, context.secret) as { url: string };
  const scheme = 'ca_file' in more ? 'https' : 'http';
  const url = keys.url.replace(/^http/, scheme);
  const settings = adapterKinds[kind]!.schema.parse({ kind, name: 'vim', ...keys, url, ...more });
  const adapter = await createAdapter(settings, context);
  t.teardown(() => adapter.close());
  return {
    adapter,
    context,
    send: (id: string, deadline_ms = DEADLINE_MS) => send(adapter, id, deadline_ms),
  };
}

const send = (adapter: Destination, id: string, deadline_ms: number): Promise<SendResult> =>
  adapter.send(adapter.map(notice(change(id, 1)), 'urn:test'), { deadline_ms, fresh: false });

/** Its port; it is gone with the test. */
export async function listen(t: Test, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

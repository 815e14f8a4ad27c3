/** What the tests of adapters with a broker of their own protocol share. */
import type { Server, Socket } from 'node:net';
import type { Test } from 'tap';
import { adapterKinds, createAdapter } from '../../../agent/adapters/index.ts';
import type { Destination } from '../../../agent/outbox/destination.ts';
import type { SendResult } from '../../../agent/types.ts';
import { TestContext } from '../support/adapter.ts';
import { change, notice } from '../support/alarm.ts';
import { DEADLINE_MS, listen } from './receivers.ts';

export interface Opened {
  adapter: Destination;
  context: TestContext;
  /** The raise of an alarm with this id. */
  send(id: string, attempt?: { deadline_ms?: number; fresh?: boolean }): Promise<SendResult>;
}

/** An adapter with these settings, closed with the test. */
export async function openWith(
  t: Test,
  kind: string,
  fields: object,
  context = new TestContext(t),
): Promise<Opened> {
  const settings = adapterKinds[kind]!.schema.parse({ kind, name: 'vim', ...fields });
  const adapter = await createAdapter(settings, context);
  t.teardown(() => adapter.close());
  return {
    adapter,
    context,
    send: (id, attempt = {}) =>
      adapter.send(adapter.map(notice(change(id, 1)), context.source), {
        deadline_ms: DEADLINE_MS,
        fresh: false,
        ...attempt,
      }),
  };
}

/** Listens with each connection handed to `serve`, which gets what comes as it comes. */
export async function serving(
  t: Test,
  server: Server,
  serve: (socket: Socket) => void,
  event = 'connection',
): Promise<{ port: number; connections: () => number }> {
  let connections = 0;
  server.on(event, (socket: Socket) => {
    connections += 1;
    socket.on('error', () => {});
    serve(socket);
  });
  const port = await listen(t, server);
  return { port, connections: () => connections };
}

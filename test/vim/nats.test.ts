/** The adapter `nats` against a real server with JetStream, read by the NATS project's own client. */
import '../../scripts/vim-lab/own-namespace.ts';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import t from 'tap';
import type { CloudEvent } from '../../agent/adapters/shared/cloud-event.ts';
import { openVim } from '../../scripts/vim-lab/vim.ts';
import { change, notice } from '../unit/support/alarm.ts';
import { openEscalation } from './outbox.ts';

t.setTimeout(300_000);

const vim = await openVim({ services: ['nats'] });
t.teardown(() => vim.closeClean());
const urls = [vim.endpoints.nats];

interface Stored {
  subject: string;
  id: string | undefined;
  event: CloudEvent;
}

/** All that a stream keeps, in its order. */
async function stored(stream: string): Promise<Stored[]> {
  const server = await connect({ servers: urls });
  try {
    const consumer = await jetstream(server).consumers.get(stream);
    const all: Stored[] = [];
    const { state } = await (await jetstreamManager(server)).streams.info(stream);
    if (state.messages === 0) return all;
    for await (const message of await consumer.consume()) {
      const { subject, headers } = message;
      all.push({ subject, id: headers?.get('Nats-Msg-Id'), event: message.json() });
      if (message.info.pending === 0) break;
    }
    return all;
  } finally {
    await server.close();
  }
}

const keys = (all: Stored[]) => all.map(({ event }) => event.id);

t.test('no stream takes the subject: it waits until one does', async t => {
  const escalation = await openEscalation(t, { kind: 'nats', urls, subject: 'early.{type}' });
  await escalation.put(change('a', 1));
  t.match(await escalation.failedFor(/stream/), /no stream takes early\.link-down/);
  const server: NatsConnection = await connect({ servers: urls });
  await (await jetstreamManager(server)).streams.add({ name: 'EARLY', subjects: ['early.>'] });
  await server.close();
  await escalation.settled();
  t.same(keys(await stored('EARLY')), ['a/1']);
});

t.test('a stream of its own, the server killed, and what came twice stored once', async t => {
  const entry = { kind: 'nats', urls, host: 'compute-1.example', create_stream: {} };
  const escalation = await openEscalation(t, entry);
  const { context, destination } = escalation;
  await escalation.put(change('a', 1, 'raised', { perceivedSeverity: 'CRITICAL' }));
  await escalation.settled();
  const [first] = await stored('PATHWARDEN');
  t.match(first, {
    subject: 'pathwarden.compute-1_example.critical.link-down',
    id: `${context.source} a/1`,
    event: { id: 'a/1', source: context.source, type: 'io.pathwarden.alarm.raised' },
  });

  await t.test('the same key again is acknowledged, and not stored again', async t => {
    const payload = destination.map(notice(change('a', 1)), context.source);
    for (const fresh of [false, true]) {
      const result = await destination.send(payload, { deadline_ms: 30_000, fresh });
      t.same(result, { outcome: 'delivered' });
    }
    t.equal((await stored('PATHWARDEN')).length, 1);
  });

  await t.test('the same key of another host is another', async t => {
    const payload = destination.map(notice(change('a', 1)), 'urn:another:host');
    t.match(await destination.send(payload, { deadline_ms: 30_000, fresh: false }), {
      outcome: 'delivered',
    });
    t.equal((await stored('PATHWARDEN')).length, 2);
  });

  await t.test('the server is killed, and comes back', async t => {
    await vim.stop('nats');
    const ids = Array.from({ length: 50 }, (_, i) => `b${i}`);
    await escalation.put(...ids.map(id => change(id, 1)));
    await escalation.failedFor(/ECONNREFUSED|closed/);
    await escalation.put(...ids.map(id => change(id, 2, 'cleared')));
    await vim.start('nats');
    await escalation.settled();
    const all = keys(await stored('PATHWARDEN')).slice(2);
    t.equal(all.length, 100, 'everything, and nothing twice');
    t.same(new Set(all).size, 100);
    const ordered = ids.filter(id => all.indexOf(`${id}/1`) < all.indexOf(`${id}/2`));
    t.same(ordered, ids, 'each alarm in its order');
    t.match(escalation.outbox.pending(), [{ refused: 0, given_up: 0, dead: 0 }]);
  });
});

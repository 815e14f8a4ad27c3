/** The adapter `amqp` against a real RabbitMQ, with a consumer as an OpenStack service would bind one. */
import '../../scripts/vim-lab/own-namespace.ts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type ChannelModel, connect } from 'amqplib';
import t, { type Test } from 'tap';
import { until } from '../../scripts/lab/wait.ts';
import { fetchRoot } from '../../scripts/vim-lab/root.ts';
import { openVim } from '../../scripts/vim-lab/vim.ts';
import { TestContext } from '../unit/support/adapter.ts';
import { change, notice } from '../unit/support/alarm.ts';
import { openEscalation, PATIENCE_MS } from './outbox.ts';

t.setTimeout(300_000);

const vim = await openVim({ services: ['rabbitmq'] });
t.teardown(() => vim.closeClean());
const { username, password } = vim.credentials.rabbitmq;
const { host } = new URL(vim.endpoints.amqp);

interface Got {
  routingKey: string;
  persistent: boolean;
  messageId: string;
  redelivered: boolean;
  body: Record<string, unknown>;
  message: Record<string, unknown> & { payload: { key: string } };
}

async function broker(t: { teardown(end: () => unknown): void }): Promise<ChannelModel> {
  const model = await connect(vim.endpoints.amqp);
  // It may be killed in the meantime.
  model.on('error', () => {});
  t.teardown(() => model.close().catch(() => {}));
  return model;
}

/** A durable queue for all priorities of an exchange, which must be there. */
async function bind(model: ChannelModel, exchange: string, queue: string): Promise<void> {
  const channel = await model.createChannel();
  await channel.assertQueue(queue, { durable: true });
  await channel.bindQueue(queue, exchange, 'notifications.*');
  await channel.close();
}

/** Takes what is in the queue now and comes later. */
async function consume(model: ChannelModel, queue: string): Promise<Got[]> {
  const channel = await model.createChannel();
  channel.on('error', () => {});
  const all: Got[] = [];
  await channel.consume(queue, one => {
    if (!one) return;
    const body = JSON.parse(one.content.toString());
    all.push({
      routingKey: one.fields.routingKey,
      redelivered: one.fields.redelivered,
      persistent: one.properties.deliveryMode === 2,
      messageId: one.properties.messageId,
      body,
      message: JSON.parse(body['oslo.message']),
    });
    channel.ack(one);
  });
  return all;
}

async function openAmqp(
  t: Parameters<typeof openEscalation>[0],
  fields: object,
  context = new TestContext(t),
) {
  const entry = {
    kind: 'amqp',
    urls: [`amqp://${host}`],
    user: username,
    password_file: context.secret(password),
    host: 'compute-1',
    ...fields,
  };
  return await openEscalation(t, entry, context);
}

t.test('the envelope of oslo.messaging, and none without a queue', async t => {
  const model = await broker(t);
  // As Nova makes its own; the adapter would make it otherwise.
  const channel = await model.createChannel();
  await channel.assertExchange('nova', 'topic', { durable: false });
  const exchange = { name: 'nova', durable: true };
  const escalation = await openAmqp(t, { exchange });
  await escalation.put(change('a', 1));
  t.match(await escalation.failedFor(/queue/), /312 NO_ROUTE/);
  await bind(model, 'nova', 'reader');
  const got = await consume(model, 'reader');
  await escalation.settled();
  await escalation.put(change('a', 2, 'cleared'));
  await escalation.settled();
  await until('both to arrive', () => got.length >= 2, PATIENCE_MS);
  t.match(got, [
    {
      routingKey: 'notifications.error',
      persistent: true,
      body: { 'oslo.version': '2.0' },
      message: {
        publisher_id: 'pathwarden.compute-1',
        event_type: 'pathwarden.alarm.raised',
        priority: 'ERROR',
        timestamp: '2026-03-04 05:06:07.001890',
        payload: { key: 'a/1', alarm: { id: 'a', perceivedSeverity: 'MAJOR' } },
      },
    },
    {
      routingKey: 'notifications.info',
      message: { event_type: 'pathwarden.alarm.cleared', payload: { key: 'a/2' } },
    },
  ]);
  t.equal(got.length, 2);
  t.match(got[0]!.message.message_id, /^[0-9a-f-]{36}$/);
  t.equal(got[0]!.messageId, got[0]!.message.message_id);
  t.not(got[0]!.messageId, got[1]!.messageId);
});

t.test('a broker that is stopped with what it had, and comes back', async t => {
  const exchange = { name: 'pathwarden', durable: true };
  const escalation = await openAmqp(t, { exchange });
  await escalation.put(change('first', 1));
  await escalation.failedFor(/queue/);
  await bind(await broker(t), 'pathwarden', 'ledger');
  await escalation.settled();

  // SIGKILL soon after a queue was declared makes RabbitMQ forget the queue.
  await vim.stop('rabbitmq', 'SIGTERM');
  const ids = Array.from({ length: 50 }, (_, i) => `b${i}`);
  await escalation.put(...ids.map(id => change(id, 1)));
  await escalation.failedFor(/ECONNREFUSED|closed/);
  await escalation.put(...ids.map(id => change(id, 2, 'cleared')));
  await vim.start('rabbitmq');
  await escalation.settled();

  const got = await consume(await broker(t), 'ledger');
  const inEffect = () => new Map(got.map(one => [one.messageId, one.message.payload.key]));
  await until('all to arrive', () => inEffect().size >= 101, PATIENCE_MS);
  const arrived = [...inEffect().values()];
  t.ok(arrived.includes('first/1'), 'what was confirmed outlived the broker');
  t.equal(arrived.length, 101, 'one message id for each change');
  t.equal(new Set(arrived).size, 101);
  const ordered = ids.filter(id => arrived.indexOf(`${id}/1`) < arrived.indexOf(`${id}/2`));
  t.same(ordered, ids, 'each alarm in its order');
  t.comment(`${got.length} deliveries of 101 changes`);
  t.match(escalation.outbox.pending(), [{ refused: 0, given_up: 0, dead: 0 }]);
});

t.test('a password that was wrong is read again', async t => {
  const context = new TestContext(t);
  const password_file = context.secret('not the password');
  const model = await broker(t);
  const channel = await model.createChannel();
  await channel.assertExchange('secret', 'topic', { durable: false });
  await bind(model, 'secret', 'secrets');
  const escalation = await openAmqp(t, { exchange: { name: 'secret' }, password_file }, context);
  await escalation.put(change('a', 1));
  const reason = await escalation.failedFor(/ACCESS_REFUSED|403/);
  t.notMatch(reason, /not the password/);
  writeFileSync(password_file, password);
  await escalation.settled();
});

/** What a service of OpenStack is handed, by the oslo.messaging that the VIM runs on. */
async function osloListener(t: Test, exchange: string): Promise<string[][]> {
  const script = readFileSync(path.join(import.meta.dirname, 'oslo-listener.py'));
  const url = vim.endpoints.amqp.replace(/^amqp(.*)$/, 'rabbit$1/');
  const python = ['/usr/bin/python3', '-B', '-', url, exchange];
  const child = spawn('chroot', [await fetchRoot(), ...python], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = once(child, 'exit');
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  child.stdin.end(script);
  const heard: string[][] = [];
  createInterface(child.stdout).on('line', line => heard.push(JSON.parse(line)));
  await until('oslo.messaging to listen', () => heard.shift(), PATIENCE_MS);
  return heard;
}

t.test('oslo.messaging hands it to a service, once', async t => {
  const escalation = await openAmqp(t, { exchange: { name: 'masakari' } });
  const heard = await osloListener(t, 'masakari');
  const { destination, context } = escalation;
  const raised = destination.map(notice(change('a', 1)), context.source);
  const send = async (fresh: boolean) =>
    t.same(await destination.send(raised, { deadline_ms: PATIENCE_MS, fresh }), {
      outcome: 'delivered',
    });
  const hears = (what: string) =>
    until(what, () => heard.some(([, , , key]) => key === what), PATIENCE_MS);
  await send(false);
  // It remembers a message once it has acknowledged it, after its service had it: before that, a copy passes.
  await hears('a/1');
  await escalation.put(change('a', 2));
  await hears('a/2');
  await send(false);
  await send(true);
  await escalation.put(change('a', 3));
  await hears('a/3');
  const changed = (key: string) =>
    ['error', 'pathwarden.compute-1', 'pathwarden.alarm.changed', key, /^[0-9a-f-]{36}$/] as const;
  t.match(heard, [
    ['error', 'pathwarden.compute-1', 'pathwarden.alarm.raised', 'a/1', /^[0-9a-f-]{36}$/],
    ...[changed('a/2'), changed('a/3')],
  ]);
  t.equal(heard.length, 3, 'it drops what has the same unique id');
});

/** Kinds that have no heartbeats keep their connection warm. */
import t from 'tap';
import { createAdapter } from '../../../agent/adapters/index.ts';
import { solSettings } from '../../../agent/adapters/sol/settings.ts';
import { TestContext } from '../support/adapter.ts';
import { change, notice } from '../support/alarm.ts';
import { until } from '../support/events.ts';
import { Receiver } from '../support/http.ts';
import { kinds } from './kinds.ts';

t.setTimeout(120_000);

t.test('an alarm finds the connection that a GET has opened', async t => {
  const receiver = new Receiver();
  const port = await receiver.listen();
  t.teardown(() => receiver.close());
  const context = new TestContext(t);
  const keys = kinds.sol!.settings(port, context.secret);
  const settings = solSettings.parse({ kind: 'sol', name: 'nfvo', ...keys, timeout_ms: 10_000 });
  const adapter = await createAdapter(settings, context);
  t.teardown(() => adapter.close());
  // Whatever it says to a GET.
  receiver.answer = ({ method }, response) =>
    response.writeHead(method === 'GET' ? 405 : 204).end();
  adapter.start?.(() => []);
  const { method, url, headers, connection } = await receiver.received.next();
  t.match({ method, url }, { method: 'GET', url: '/callback' });
  t.match(headers.authorization, /^Basic /);
  const attempt = { deadline_ms: 20_000, fresh: false };
  const payload = adapter.map(notice(change('a', 1)), 'urn:test');
  // It is free as soon as the client has read the answer, which nobody tells us.
  let taken = 0;
  while (taken !== connection) {
    t.same(await adapter.send(payload, attempt), { outcome: 'delivered' });
    taken = (await receiver.received.next()).connection;
  }
  t.same(context.lines, []);
});

t.test('one that does not answer is told once, before there is an alarm', async t => {
  const receiver = new Receiver();
  const port = await receiver.listen();
  await receiver.close();
  const context = new TestContext(t);
  const keys = kinds.sol!.settings(port, context.secret);
  const adapter = await createAdapter(
    solSettings.parse({ kind: 'sol', name: 'nfvo', ...keys }),
    context,
  );
  t.teardown(() => adapter.close());
  adapter.start?.(() => []);
  await until(() => context.lines.length > 0);
  t.match(context.lines, [['warn', { adapter: 'nfvo', reason: /ECONNREFUSED/ }, String]]);
});

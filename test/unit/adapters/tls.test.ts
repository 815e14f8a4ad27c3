/** Receivers whose TLS is not good, and certificates on both sides; what the table in agent/adapters/shared/README.md states. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import t from 'tap';
import type { SendResult } from '../../../agent/types.ts';
import { TestContext } from '../support/adapter.ts';
import { authority } from '../support/certificates.ts';
import { Receiver } from '../support/http.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { DEADLINE_MS, listen, open, outcomeOf, stated, statusKinds } from './receivers.ts';

t.setTimeout(600_000);

t.test('TLS', async t => {
  const folder = temporaryFolder(t);
  const ours = authority(folder, 'ours');
  const theirs = authority(folder, 'theirs');
  const good = ours.issue('good', 'IP:127.0.0.1');
  const client = ours.issue('agent', 'DNS:agent.example');
  const servers: { name: string; tls: TlsOptions | null; more?: object; reason?: RegExp }[] = [
    { name: 'speaks no TLS', tls: null },
    {
      name: 'has a certificate for another name',
      tls: ours.issue('other', 'DNS:other.example'),
      reason: /ALTNAME/,
    },
    {
      name: 'has a certificate that has expired',
      tls: ours.issue('old', 'IP:127.0.0.1', '20200102000000Z'),
      reason: /expired/i,
    },
    {
      name: 'has a certificate of an unknown authority',
      tls: theirs.issue('stranger', 'IP:127.0.0.1'),
      reason: /UNABLE_TO|issuer|SELF_SIGNED/i,
    },
    {
      name: 'wants a certificate of us, and there is none',
      tls: { ...good, ca: readFileSync(ours.caFile), requestCert: true },
    },
    {
      name: 'wants a certificate of us, and takes it',
      tls: { ...good, ca: readFileSync(ours.caFile), requestCert: true },
      more: { cert_file: client.certFile, key_file: client.keyFile },
    },
  ];
  const rows = [...stated.keys()].filter(name => /TLS|certificate/.test(name));
  t.same(rows.sort(), servers.map(({ name }) => name).sort(), 'what the README states is tried');
  for (const kind of statusKinds) {
    for (const { name, tls, more, reason } of servers) {
      await t.test(`${kind}: a receiver that ${name}`, async t => {
        let heard = '';
        const hear = (socket: Socket) => {
          socket.on('data', data => {
            heard += data;
            // All of a request comes in a few pieces; its end is enough.
            if (/[}\]]$/.test(heard)) socket.end('HTTP/1.1 204 No Content\r\n\r\n');
          });
          socket.on('error', () => {});
        };
        const server = tls ? createTlsServer(tls, hear) : createServer(s => s.end('220 ready\r\n'));
        const port = await listen(t, server);
        const { send } = await open(t, kind, port, { ca_file: ours.caFile, ...more });
        const result = await send('a', DEADLINE_MS);
        t.equal(outcomeOf(result), stated.get(name), JSON.stringify(result));
        if (reason) t.match(result, { reason });
        if (result.outcome !== 'delivered') t.equal(heard, '', 'nothing was said to it');
      });
    }
  }
});

t.test('a certificate that is exchanged counts without a restart', async t => {
  const folder = temporaryFolder(t);
  const [ours, theirs] = [authority(folder, 'ours'), authority(folder, 'theirs')];
  const receiver = new Receiver(theirs.issue('their', 'IP:127.0.0.1'));
  const port = await receiver.listen();
  t.teardown(() => receiver.close());
  const context = new TestContext(t);
  const ca_file = context.secret(readFileSync(ours.caFile, 'utf8'));
  const { adapter, send } = await open(t, 'sol', port, { ca_file });
  adapter.start?.(() => []);
  t.match(await send('a'), { outcome: 'retry' });
  writeFileSync(ca_file, readFileSync(theirs.caFile, 'utf8'));
  let result: SendResult = { outcome: 'retry', reason: '', after_ms: null };
  while (result.outcome !== 'delivered') result = await send('b');
  t.equal(receiver.all.length, 1);
});

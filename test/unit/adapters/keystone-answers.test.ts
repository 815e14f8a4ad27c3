/** What is made of what a Keystone says that is ill, hangs, lies, or is none. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import t from 'tap';
import { TestContext } from '../support/adapter.ts';
import { until } from '../support/events.ts';
import { Receiver } from '../support/http.ts';
import { FakeOpenStack, json, pushedClock } from '../support/openstack.ts';
import { setUp, tokens } from './keystone-setup.ts';

t.setTimeout(180_000);

t.test('Keystone is ill: HTML, Retry-After', async t => {
  const push = pushedClock(t);
  const { cloud, ask, context } = await setUp(t);
  cloud.instead.v3 = (_, response) =>
    response.writeHead(503, { 'content-type': 'text/html', 'retry-after': '7' }).end('<html>');
  for (let i = 0; i < 5; i++) {
    const withheld = await ask();
    t.match(withheld, { failure: 'Keystone: HTTP 503' });
    t.ok('after_ms' in withheld && (withheld.after_ms ?? 0) > 3000);
  }
  t.equal(tokens(cloud).length, 1, 'it is left alone for so long');
  push(7000);
  cloud.instead = {};
  t.match(await ask(), { status: 200 });
  t.equal(context.lines.filter(([, , text]) => text === 'Keystone gives no token').length, 1);
  t.equal(context.lines.filter(([, , text]) => text === 'Keystone gives tokens again').length, 1);
});

t.test('hostile answers of Keystone', async t => {
  const hostile: Record<string, (response: ServerResponse) => void> = {
    'HTTP 200, but no token': response => response.writeHead(200).end('garbage'),
    'HTTP 201, but no token': response =>
      json(response, 201, { token: {} }, { 'x-subject-token': 'x' }),
    'HTTP 500': response => response.writeHead(500).end(),
    'leads elsewhere': response =>
      response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
    'HTTP 300': response => json(response, 300, { versions: { values: [] } }),
    'an answer of more than': response =>
      response.writeHead(201, { 'x-subject-token': 'x' }).end('x'.repeat(10_000_000)),
    'no token within': () => {},
  };
  for (const [what, answer] of Object.entries(hostile)) {
    const { cloud, ask } = await setUp(t);
    cloud.instead.v3 = (_, response) => answer(response);
    const withheld = await ask({
      deadline_ms: what.startsWith('no token') ? 300 : 5000,
      fresh: false,
    });
    t.match(withheld, { failure: new RegExp(what) });
    t.equal(cloud.receiver.all.length, 1, 'nobody else is asked');
  }
});

t.test('one that hangs is overtaken by a fresh attempt, and by no third', async t => {
  const push = pushedClock(t);
  const { cloud, ask } = await setUp(t);
  cloud.instead.v3 = () => {};
  const first = ask({ deadline_ms: 60_000, fresh: false });
  await until(() => tokens(cloud).length === 1);
  push(600);
  const late = ask({ deadline_ms: 100, fresh: true });
  await until(() => tokens(cloud).length === 2);
  push(600);
  t.match(await ask({ deadline_ms: 100, fresh: true }), { failure: /no token within/ });
  t.equal(tokens(cloud).length, 2);
  await late;
  for (const { socket } of cloud.receiver.all) socket.destroy();
  t.match(await first, { failure: /Keystone/ });
});

t.test('which endpoint of the catalogue', async t => {
  const { cloud } = await setUp(t);
  const url = `http://127.0.0.1:${cloud.port}/v2.1`;
  const faces = (region_id: string, public_url: string) => ({
    type: 'compute',
    endpoints: [
      { interface: 'public', region_id, url: public_url },
      { interface: 'internal', region_id, url: 'http://127.0.0.1:9/' },
    ],
  });
  const failure = async (auth: object, catalog: Record<string, unknown>[]) => {
    const set = await setUp(t, auth);
    set.cloud.catalog = catalog;
    const answer = await set.ask();
    return 'failure' in answer ? answer.failure : answer.status;
  };
  t.match(await failure({}, []), /no public endpoint of compute/);
  const two = [faces('east', url), faces('west', url)];
  t.match(await failure({}, two), /regions east, west: set region_name/);
  t.match(
    await failure({ region_name: 'north' }, two),
    /no public endpoint of compute in the region north/,
  );
  t.match(
    await failure({ region_name: 'west' }, two),
    401,
    'found: that one does not know the token',
  );
  t.match(await failure({ interface: 'internal', region_name: 'west' }, two), /ECONNREFUSED/);
  t.match(await failure({}, [faces('x', 'file:///etc/passwd')]), /no http or https URL/);
});

t.test('what a service says is repeated without secrets, short and on one line', async t => {
  const { cloud, ask } = await setUp(t);
  cloud.instead['v2.1'] = ({ headers }, response) =>
    json(response, 403, {
      forbidden: { message: `no\n${headers['x-auth-token']} agentpw ${'x'.repeat(999)}` },
    });
  const answer = await ask();
  const message = 'message' in answer ? answer.message : '';
  t.match(message, /^no \[secret\] \[secret\] x+$/);
  t.equal(message.length, 200);
});

t.test('TLS: the authority that is named, the name that was asked for', async t => {
  const folder = path.dirname(new TestContext(t).secret('x'));
  const certificate = (name: string, san: string) => {
    const [key, cert] = [`${folder}/${name}.key`, `${folder}/${name}.pem`];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
        .concat(['-keyout', key, '-out', cert, '-days', '2', '-subj', `/CN=${name}`])
        .concat(['-addext', `subjectAltName=${san}`]),
      { stdio: 'ignore' },
    );
    return { cert, tls: { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') } };
  };
  const good = certificate('good', 'IP:127.0.0.1');
  const other = certificate('other', 'DNS:other.example');
  const behindTls = async ({ tls }: typeof good): Promise<string> => {
    const receiver = new Receiver(tls);
    const port = await receiver.listen();
    t.teardown(() => receiver.close());
    const plain = await new FakeOpenStack().start(t);
    receiver.answer = plain.answer;
    return `https://127.0.0.1:${port}`;
  };
  const asked = async (one: typeof good, ca_file: string | undefined) => {
    const { ask } = await setUp(t, { auth_url: await behindTls(one), ca_file });
    const answer = await ask();
    return 'failure' in answer ? answer.failure : answer.status;
  };
  t.match(
    await asked(good, good.cert),
    /from https to http:.*: set endpoint/,
    'signed in; no step down',
  );
  t.match(await asked(good, undefined), /self-signed|SELF_SIGNED/);
  t.match(await asked(other, other.cert), /ALTNAME|altnames/);

  const ca_file = `${folder}/exchanged.pem`;
  writeFileSync(ca_file, good.tls.cert);
  const url = await behindTls(good);
  const { ask, service } = await setUp(t, { auth_url: url, ca_file }, { endpoint: `${url}/v2.1` });
  service.start();
  t.match(await ask(), { status: 200 });
  writeFileSync(ca_file, other.tls.cert);
  let answer = await ask();
  while (!('failure' in answer)) answer = await ask();
  t.match(answer.failure, /self-signed|SELF_SIGNED/, 'exchanged files count without a restart');
});

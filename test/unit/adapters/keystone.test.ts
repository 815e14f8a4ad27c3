/** Signing in to an OpenStack, against what a real one says. */
import { writeFileSync } from 'node:fs';
import t from 'tap';
import { Service } from '../../../agent/adapters/shared/keystone-service.ts';
import { keystoneAuth, tokenRequest } from '../../../agent/adapters/shared/keystone-settings.ts';
import { TestContext } from '../support/adapter.ts';
import { until } from '../support/events.ts';
import { json, pushedClock } from '../support/openstack.ts';
import { attempt, setUp, tokens, wanted } from './keystone-setup.ts';

t.setTimeout(180_000);

t.test('the two ways to sign in, as Keystone wants them', async t => {
  const base = { auth_url: 'http://127.0.0.1:5000', username: 'agent' };
  const password = keystoneAuth.parse({ ...base, password_file: '/p', project_name: 'service' });
  t.same(tokenRequest(password, 'agentpw'), {
    auth: {
      identity: {
        methods: ['password'],
        password: { user: { name: 'agent', domain: { id: 'default' }, password: 'agentpw' } },
      },
      scope: { project: { name: 'service', domain: { id: 'default' } } },
    },
  });
  const domains = { user_domain_name: 'Ops', project_domain_id: 'd2' };
  t.match(
    tokenRequest(
      keystoneAuth.parse({ ...base, ...domains, password_file: '/p', project_name: 'x' }),
      's',
    ),
    {
      auth: {
        identity: { password: { user: { domain: { name: 'Ops' } } } },
        scope: { project: { domain: { id: 'd2' } } },
      },
    },
  );
  const secret = { auth_url: base.auth_url, application_credential_secret_file: '/s' };
  const byId = keystoneAuth.parse({ ...secret, application_credential_id: 'abc' });
  t.same(tokenRequest(byId, 'topsecret'), {
    auth: {
      identity: {
        methods: ['application_credential'],
        application_credential: { id: 'abc', secret: 'topsecret' },
      },
    },
  });
  const byName = keystoneAuth.parse({
    ...secret,
    application_credential_name: 'pw',
    user_id: 'u1',
  });
  t.same(tokenRequest(byName, 's'), {
    auth: {
      identity: {
        methods: ['application_credential'],
        application_credential: { name: 'pw', user: { id: 'u1' }, secret: 's' },
      },
    },
  });
});

t.test('what does not suffice to sign in', async t => {
  const url = { auth_url: 'http://127.0.0.1:5000' };
  const whole = { ...url, username: 'a', password_file: '/p', project_name: 's' };
  t.ok(keystoneAuth.safeParse(whole).success);
  for (const wrong of [
    url,
    { ...whole, username: undefined },
    { ...whole, project_name: undefined },
    { ...whole, password_file: undefined },
    { ...whole, password_file: 'relative' },
    { ...whole, password: 'in the configuration' },
    { ...whole, application_credential_secret_file: '/s', application_credential_id: 'x' },
    { ...url, application_credential_secret_file: '/s' },
    { ...url, application_credential_secret_file: '/s', application_credential_name: 'x' },
    { ...whole, auth_url: 'http://user:word@127.0.0.1' },
    { ...whole, auth_url: 'ftp://127.0.0.1' },
    { ...whole, cert_file: '/c' },
    { ...whole, interface: 'secret' },
  ]) {
    t.notOk(keystoneAuth.safeParse(wrong).success, JSON.stringify(wrong));
  }
});

t.test('one token for ten at once, and for all that follow', async t => {
  const { cloud, ask, context } = await setUp(t);
  const answers = await Promise.all(Array.from({ length: 10 }, () => ask()));
  t.same(
    answers.map(one => ('status' in one ? one.status : one.failure)),
    Array(10).fill(200),
  );
  await ask();
  t.equal(tokens(cloud).length, 1);
  t.equal(
    cloud.asked('GET', '/v2.1/os-services')[0]?.headers['x-auth-token'],
    'gAAAA-token-number-1',
  );
  t.ok(context.hidden.includes('agentpw'));
});

t.test('auth_url with a path, with and without /v3', async t => {
  const paths: string[] = [];
  for (const end of ['', '/', '/v3', '/v3/', '/identity', '/identity/v3']) {
    const { cloud, password_file } = await setUp(t);
    cloud.receiver.answer = ({ url }, response) => {
      paths.push(url);
      response.writeHead(404).end();
    };
    const service = await Service.open(
      {
        name: 'vim',
        timeout_ms: 500,
        auth: keystoneAuth.parse({
          ...cloud.auth,
          auth_url: `http://127.0.0.1:${cloud.port}${end}`,
          password_file,
        }),
      },
      ['compute'],
      new TestContext(t),
    );
    t.teardown(() => service.close());
    t.match(await service.request(wanted, attempt), { failure: /404.*auth_url/ });
  }
  t.same(paths, [
    ...Array(4).fill('/v3/auth/tokens'),
    ...Array(2).fill('/identity/v3/auth/tokens'),
  ]);
});

t.test('an expired token is not used, and one is renewed before it expires', async t => {
  const push = pushedClock(t);
  const { cloud, ask } = await setUp(t);
  await ask();
  push(3600 * 1000);
  await ask();
  t.same(
    cloud.asked('GET', '/v2.1').map(({ headers }) => headers['x-auth-token']),
    ['gAAAA-token-number-1', 'gAAAA-token-number-2'],
  );
  cloud.lifetime_s = 1;
  push(3600 * 1000);
  await ask();
  await until(() => cloud.issued >= 5);
  t.pass('behind, with nobody asking');
});

t.test('a token that a service refuses is replaced once within the request', async t => {
  const push = pushedClock(t);
  const { cloud, ask } = await setUp(t);
  await ask();
  cloud.valid.clear();
  push(6000);
  const answers = await Promise.all(Array.from({ length: 10 }, () => ask()));
  t.same(
    answers.map(one => ('status' in one ? one.status : one.failure)),
    Array(10).fill(200),
  );
  t.equal(tokens(cloud).length, 2, 'one new token for all of them');
});

t.test(
  'a service that refuses every token does not make us ask for one after the other',
  async t => {
    const push = pushedClock(t);
    const { cloud, ask } = await setUp(t);
    cloud.instead['v2.1'] = (_, response) => json(response, 401, { error: { message: 'no' } });
    for (let i = 0; i < 20; i++) t.match(await ask(), { status: 401 });
    t.equal(tokens(cloud).length, 1);
    push(6000);
    for (let i = 0; i < 20; i++) t.match(await ask(), { status: 401 });
    t.equal(tokens(cloud).length, 2, 'one more when the first is no longer new');
  },
);

t.test('a wrong password is not tried again and again; another one is, at once', async t => {
  const { cloud, ask, password_file } = await setUp(t);
  cloud.password = 'changed-there';
  for (let i = 0; i < 10; i++) t.match(await ask(), { failure: /Keystone: HTTP 401/ });
  t.equal(tokens(cloud).length, 1);
  const withheld = await ask();
  t.ok('after_ms' in withheld && (withheld.after_ms ?? 0) > 20_000, 'and the notice waits');
  writeFileSync(password_file, 'changed-there\n');
  t.match(await ask(), { status: 200 });
});

t.test('while a token is good, a Keystone that is gone is not missed', async t => {
  const { cloud, ask } = await setUp(t);
  await ask();
  cloud.instead.v3 = () => {};
  t.match(await ask(), { status: 200 });
});

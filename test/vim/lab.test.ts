/** The VIM itself: each of its daemons answers, and can be taken away and given back. */
import '../../scripts/vim-lab/own-namespace.ts';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect as connectNats } from '@nats-io/transport-node';
import amqp from 'amqplib';
import snmp from 'net-snmp';
import t, { type Test } from 'tap';
import { listens } from '../../scripts/debs/service.ts';
import { commandLine, netnsInode, processesInside } from '../../scripts/lab/leaks.ts';
import { deleteNamespaces } from '../../scripts/lab/network.ts';
import { inNetns, run } from '../../scripts/lab/run.ts';
import { until } from '../../scripts/lab/wait.ts';
import { openVim, type Vim, type VimOptions } from '../../scripts/vim-lab/vim.ts';

t.setTimeout(600_000);

async function open(t: Test, options: VimOptions): Promise<Vim> {
  const vim = await openVim(options);
  t.teardown(() => vim.closeClean());
  return vim;
}

const hostAndPort = (url: string): [string, number] => {
  const { hostname, port } = new URL(url);
  return [hostname, Number(port)];
};

t.test('NATS stores what it has acknowledged, also when it is killed', async t => {
  const vim = await open(t, { services: ['nats'] });
  const servers = [vim.endpoints.nats];
  const before = await connectNats({ servers });
  await (await jetstreamManager(before)).streams.add({ name: 'S', subjects: ['s.>'] });
  await jetstream(before).publish('s.one', 'first', { msgID: 'm1' });
  const again = await jetstream(before).publish('s.one', 'first', { msgID: 'm1' });
  t.ok(again.duplicate);
  await before.close();

  await vim.stop('nats');
  t.notOk(await listens(...hostAndPort(vim.endpoints.nats)));
  await vim.start('nats');
  const after = await connectNats({ servers });
  const { state } = await (await jetstreamManager(after)).streams.info('S');
  t.equal(state.messages, 1);
  await after.close();
});

t.test('RabbitMQ confirms, keeps, and takes its epmd along when it ends', async t => {
  const vim = await open(t, { services: ['rabbitmq'] });
  const inode = new Set([netnsInode(vim.netns)]);
  const epmds = () => processesInside(inode).filter(pid => /epmd/.test(commandLine(pid)));
  const before = await amqp.connect(vim.endpoints.amqp);
  const sender = await before.createConfirmChannel();
  await sender.assertQueue('q', { durable: true });
  sender.sendToQueue('q', Buffer.from('first'), { persistent: true });
  await sender.waitForConfirms();
  await before.close();
  t.equal(epmds().length, 1);

  // Killed, it may forget a queue that was declared just before.
  await vim.stop('rabbitmq', 'SIGTERM');
  t.same(processesInside(inode), []);
  await vim.start('rabbitmq');
  const after = await amqp.connect(vim.endpoints.amqp);
  const reader = await after.createChannel();
  const message = await reader.get('q', { noAck: true });
  t.equal(message && `${message.content}`, 'first');
  await after.close();

  const stranger = new URL(vim.endpoints.amqp);
  stranger.password = 'wrong';
  await t.rejects(amqp.connect(stranger.href), /ACCESS_REFUSED|403/);
});

t.test('Alertmanager tells this process of an alert, and when it is over', async t => {
  const statuses: string[] = [];
  const receiver = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', text => {
      body += text;
    });
    request.on('end', () => {
      statuses.push(JSON.parse(body).status);
      response.end();
    });
  });
  await new Promise<void>(done => receiver.listen(0, done));
  t.teardown(() => receiver.close());
  const { port } = receiver.address() as AddressInfo;
  const vim = await open(t, {
    services: ['alertmanager'],
    alertmanager: ({ here }) => `
route: {receiver: test, group_wait: 100ms, group_interval: 500ms}
receivers: [{name: test, webhook_configs: [{url: 'http://${here}:${port}/'}]}]
`,
  });
  const post = async (endsAt?: Date) => {
    const { status } = await fetch(`${vim.endpoints.alertmanager}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify([{ labels: { alertname: 'a' }, ...(endsAt ? { endsAt } : {}) }]),
    });
    t.equal(status, 200);
  };
  await post();
  await until('the alert', () => statuses.includes('firing'), 60_000);
  await post(new Date());
  await until('its end', () => statuses.includes('resolved'), 60_000);
});

t.test('snmptrapd takes traps of v2c and v3 from those it knows', async t => {
  const vim = await open(t, { services: ['snmptrapd'] });
  const [host = '', port] = vim.endpoints.snmptrapd.split(':');
  const { community, v3 } = vim.credentials.snmp;
  const oid = '1.3.6.1.6.3.1.1.5.3';
  const text = 'eth0\twith = and\nmore';
  const varbind = { oid: '1.3.6.1.2.1.2.2.1.2.7', type: snmp.ObjectType.OctetString, value: text };
  const send = async (session: snmp.Session) => {
    await new Promise<void>((done, fail) =>
      session.trap(oid, [varbind], error => (error ? fail(error) : done())),
    );
    session.close();
  };
  const options = { trapPort: Number(port) };
  const byCommunity = (name: string) =>
    snmp.createSession(host, name, { ...options, version: snmp.Version2c });
  const byUser = (authKey: string) =>
    snmp.createV3Session(
      host,
      {
        name: v3.user,
        level: snmp.SecurityLevel.authPriv,
        authProtocol: snmp.AuthProtocols.sha,
        authKey,
        privProtocol: snmp.PrivProtocols.aes,
        privKey: v3.privKey,
      },
      { ...options, version: snmp.Version3, engineID: v3.engineId },
    );
  await send(byCommunity('wrong'));
  await send(byUser('wrong-auth-secret'));
  await send(byCommunity(community));
  await send(byUser(v3.authKey));
  const traps = await until('two traps', () => vim.traps().length >= 2 && vim.traps(), 60_000);
  t.match(traps, [
    { pdu: 'TRAP2', version: 'v2c', from: community },
    { pdu: 'TRAP2', version: 'v3', from: v3.user },
  ]);
  for (const { variables } of traps)
    t.match(variables, {
      '1.3.6.1.6.3.1.1.4.1.0': `OID: .${oid}`,
      '1.3.6.1.2.1.2.2.1.2.7': `STRING: "${text}"`,
    });
});

t.test('another namespace reaches it once it is linked', async t => {
  const name = `pw-linked-${process.pid}`;
  await run(['ip', 'netns', 'add', name]);
  t.teardown(() => deleteNamespaces([name]));
  const vim = await open(t, { services: ['nats'] });
  const greeting = () =>
    run(
      inNetns(name, [
        ...['bash', '-c', `read -t 10 -r line </dev/tcp/${vim.address}/4222 && echo "$line"`],
      ]),
      { mayFail: true },
    );
  t.not((await greeting()).code, 0);
  await vim.attach(name);
  t.match((await greeting()).stdout, /^INFO \{/);
});

t.test('OpenStack: all its services are up, Keystone goes and comes, Masakari works', async t => {
  const vim = await open(t, { services: ['openstack'] });
  const { body: nova } = await vim.api('GET', 'nova', '/os-services');
  const up = nova.services.map((s: Record<string, string>) => `${s.binary} ${s.host} ${s.state}`);
  t.same(up.sort(), [
    'nova-compute compute1 up',
    'nova-compute compute2 up',
    'nova-conductor controller up',
    'nova-scheduler controller up',
  ]);
  const { body: placement } = await vim.api('GET', 'placement', '/resource_providers');
  t.same(placement.resource_providers.map((p: { name: string }) => p.name).sort(), [
    'compute1',
    'compute2',
  ]);

  await vim.stop('keystone');
  t.notOk(await listens(...hostAndPort(vim.endpoints.keystone)));
  await vim.start('keystone');
  t.equal((await vim.api('GET', 'keystone', '/users')).status, 200);

  // By the engine, which asks Nova: a write to each of the two.
  const posted = await vim.api('POST', 'masakari', '/notifications', {
    notification: {
      type: 'PROCESS',
      hostname: 'compute1',
      generated_time: new Date().toISOString(),
      payload: { event: 'STOPPED', process_name: 'nova-compute' },
    },
  });
  t.equal(posted.status, 202);
  const path = `/notifications/${posted.body.notification.notification_uuid}`;
  const status = async () => (await vim.api('GET', 'masakari', path)).body.notification.status;
  await until('Masakari to finish', async () => (await status()) === 'finished', 120_000, 500);
  const { body } = await vim.api('GET', 'nova', '/os-services?binary=nova-compute&host=compute1');
  t.match(body.services, [{ status: 'disabled', disabled_reason: /Masakari/ }]);
});

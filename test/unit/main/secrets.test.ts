/**
 * Secrets are shown nowhere: one adapter of each kind and the alarm stream have secrets of their own, every receiver
 * throws back what it was sent, and neither the log (all of it) nor what the control sockets answer has any of them.
 */
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { adapterSchemas } from '../../../agent/adapters/index.ts';
import { withoutSecrets } from '../../../agent/cli/config-check.ts';
import { formatProblems, parseConfig } from '../../../agent/config.ts';
import { connectControl } from '../../../agent/control/client.ts';
import { openLog } from '../../../agent/log.ts';
import { startAgent } from '../../../agent/main.ts';
import { kinds } from '../adapters/kinds.ts';
import { authority } from '../support/certificates.ts';
import { Receiver } from '../support/http.ts';
import { temporaryFolder } from '../support/temporary.ts';

t.setTimeout(120_000);

const API_TOKENS = ['token-of-the-alarm-stream', 'admin:token-of-an-operator'];

t.test('no secret is in the log, in status, in the outbox or in an error', async t => {
  const folder = temporaryFolder(t);
  const secrets: string[] = API_TOKENS.map(token => token.replace('admin:', ''));
  const secret = (text: string) => {
    const file = path.join(folder, `secret-${secrets.length}`);
    writeFileSync(file, `${text}\n`);
    secrets.push(text);
    return file;
  };
  const receiver = new Receiver();
  receiver.answer = ({ headers, body, url }, response) => {
    const echo = JSON.stringify({ headers, body, url });
    response.writeHead(receiver.all.length % 2 === 0 ? 400 : 500, 'no', {
      'x-echo': echo.slice(0, 2000),
    });
    response.end(JSON.stringify({ error: { message: echo }, detail: echo, title: echo }));
  };
  const port = await receiver.listen();
  t.teardown(() => receiver.close());

  const tokens = path.join(folder, 'tokens');
  writeFileSync(tokens, `${API_TOKENS.join('\n')}\n`);
  const { certFile, keyFile } = authority(folder, 'ca').issue('agent', 'IP:127.0.0.1');
  const run_dir = path.join(folder, 'run');
  const adapters = Object.entries(kinds).map(([kind, { settings }]) => ({
    kind,
    name: `a-${kind}`,
    ...settings(port, secret),
  }));
  const text = JSON.stringify({
    source: 'urn:test:host',
    helper: { socket: path.join(folder, 'none.sock') },
    run_dir,
    state_dir: path.join(folder, 'state'),
    adapters,
    api: { listen: '127.0.0.1:0', cert_file: certFile, key_file: keyFile, token_file: tokens },
  });
  const { config, problems } = parseConfig(text, 'test.yaml', adapterSchemas);
  if (!config) throw new Error(formatProblems(problems));
  const log = path.join(folder, 'log');
  const logging = openLog({ level: 'trace', fd: openSync(log, 'a') });
  const stop = new AbortController();
  const agent = await startAgent(config, { signal: stop.signal, version: '1', logging });
  const end = async () => {
    stop.abort();
    await agent.ended;
  };
  t.teardown(end);

  const admin = await connectControl(path.join(run_dir, 'admin.sock'));
  const shown: string[] = [];
  const show = (answer: unknown) => void shown.push(JSON.stringify(answer));
  // Without a helper, monitor-blind is raised after 2 s.
  const http = Object.entries(kinds).filter(([, { statusAnswers }]) => statusAnswers);
  for (let told = 0; told < http.length; ) {
    await new Promise(resolve => setTimeout(resolve, 100));
    const { outbox } = await admin.request('status', {});
    told = outbox.filter(({ last_error, dead }) => last_error !== null || dead > 0).length;
  }
  show(await admin.request('status', {}));
  show(await admin.request('outbox', { limit: 1000 }));
  show(await admin.request('alarms', { all: true }));
  await admin.request('outbox-retry', { letters: [1] });
  logging.log.info(`by mistake: ${secrets.join(' ')}`);
  admin.close();
  await end();
  show(withoutSecrets(config));

  const logged = readFileSync(log, 'utf8');
  t.match(logged, /by mistake: \[secret\]/, 'whatever is logged by mistake is hidden');
  t.ok(secrets.length > 4);
  t.ok(
    receiver.all.some(({ headers, body }) =>
      secrets.some(one => JSON.stringify([headers, body]).includes(one)),
    ),
    'a secret was sent',
  );
  for (const one of secrets) {
    for (const form of [
      one,
      Buffer.from(one).toString('base64'),
      Buffer.from(`agent:${one}`).toString('base64'),
    ]) {
      t.notOk(logged.includes(form), `${one} in the log`);
      t.notOk(shown.join('').includes(form), `${one} in an answer`);
    }
  }
});

t.test('a secret that cannot be used is named by its file alone', async t => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'token');
  writeFileSync(file, 'first-line-of-secret\nsecond-line-of-secret\n');
  mkdirSync(path.join(folder, 'state'));
  const { config } = parseConfig(
    JSON.stringify({
      run_dir: path.join(folder, 'run'),
      state_dir: path.join(folder, 'state'),
      adapters: [{ kind: 'webhook', name: 'vim', url: 'http://127.0.0.1:9/', token_file: file }],
    }),
    'test.yaml',
    adapterSchemas,
  );
  const { signal } = new AbortController();
  const starting = startAgent(config!, {
    signal,
    version: '1',
    logging: openLog({ fd: openSync('/dev/null', 'a') }),
  });
  await t.rejects(starting, { message: /token: expected one line/ });
  await starting.catch(error => t.notMatch(String(error.stack), /-line-of-secret/));
});

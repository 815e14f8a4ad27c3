/** The release bundle works where there is no node_modules: all that is imported only when it is needed is in it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { stringify } from 'yaml';
import { adapterKinds } from '../../../agent/adapters/index.ts';
import { until } from '../../../scripts/lab/wait.ts';
import { kinds } from '../adapters/kinds.ts';
import { ask, Listener } from '../control/http/client.ts';
import { temporaryFolder } from '../support/temporary.ts';

t.setTimeout(240_000);

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const run = promisify(execFile);

interface Product {
  folder: string;
  socketPath: string;
  output(): string;
  process: ChildProcess;
}

async function built(t: Test): Promise<string> {
  const folder = path.join(temporaryFolder(t), 'bundle');
  await run(path.join(ROOT, 'scripts/build'), ['--out', folder]);
  return folder;
}

function start(t: Test, bundle: string, more: object): Product {
  const folder = temporaryFolder(t);
  const run_dir = path.join(folder, 'run');
  const config = path.join(folder, 'config.yaml');
  writeFileSync(
    config,
    stringify({
      helper: { socket: path.join(folder, 'helper.sock') },
      run_dir,
      state_dir: path.join(folder, 'state'),
      ...more,
    }),
  );
  const child = spawn(path.join(bundle, 'pathwarden'), ['--config', config, 'agent'], {
    env: { PATH: process.env.PATH, PATHWARDEN_NODE: process.execPath },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', part => {
    output += part;
  });
  t.teardown(async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await new Promise(resolve => child.once('exit', resolve));
  });
  return {
    folder,
    socketPath: path.join(run_dir, 'api.sock'),
    output: () => output,
    process: child,
  };
}

/** Resolved when it answers. */
const answers = ({ socketPath, process, output }: Product) =>
  until(
    'the agent',
    async () => {
      if (process.exitCode !== null) throw new Error(output());
      return (await ask({ socketPath }, '/healthz')).status === 503;
    },
    120_000,
  );

/** What an import says that finds nothing. */
const MISSING = /ERR_MODULE_NOT_FOUND|Cannot find|Dynamic require|is not defined/;

t.test('the bundle', async t => {
  const bundle = await built(t);

  await t.test('the agent answers on its socket', async t => {
    const product = start(t, bundle, {});
    await answers(product);
    const { socketPath } = product;
    t.equal((await ask({ socketPath }, '/v1/alarms')).status, 200);
    t.match((await ask({ socketPath }, '/metrics')).text, /^pathwarden_helper_connected 0$/m);
    t.match((await ask({ socketPath }, '/v1/openapi.json')).json, { openapi: '3.1.0' });
    const listener = await Listener.open({ socketPath }, { path: '/v1/alarms/stream?after=0' });
    await listener.got(1);
    t.match(listener.events[0], { event: 'raised', data: { alarm: { type: 'monitor-blind' } } });
    await listener.end();
    t.notMatch(product.output(), MISSING);
  });

  await t.test('every kind of adapter finds its library', async t => {
    const secrets = temporaryFolder(t);
    let count = 0;
    const secret = (text: string) => {
      const file = path.join(secrets, `${++count}`);
      writeFileSync(file, text);
      return file;
    };
    t.same(Object.keys(kinds).sort(), Object.keys(adapterKinds).sort());
    // Nothing listens there: what is to be loaded to connect is loaded all the same.
    const adapters = Object.entries(kinds).map(([kind, { settings }]) => ({
      kind,
      name: `to-${kind}`,
      primary: kind === 'webhook',
      ...settings(1, secret),
    }));
    const product = start(t, bundle, { adapters });
    await answers(product);
    const { text } = await ask({ socketPath: product.socketPath }, '/metrics');
    for (const { kind, name } of adapters) {
      t.match(text, `pathwarden_outbox_pending{adapter="${name}",kind="${kind}"} `);
    }
    t.notMatch(product.output(), MISSING);
  });

  await t.test('the licences of all that went into it are beside it', async t => {
    const files = readdirSync(bundle);
    t.ok(files.includes('THIRD-PARTY') && files.includes('LICENSE'));
  });
});

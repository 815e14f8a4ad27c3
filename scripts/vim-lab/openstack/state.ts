/**
 * OpenStack's databases, with users, catalogue, cells and hosts. Making them takes a minute or more, so they are made once
 * and kept in the cache. What they hold of addresses and paths is the same in each run.
 */
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  utimesSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { rabbitmq, rabbitmqFiles, TRANSPORT_URL } from '../brokers/rabbitmq.ts';
import { allOf, Machine } from '../machine.ts';
import {
  ADMIN,
  database,
  LAUNCH,
  OPENSTACK_URLS,
  openstackFiles,
  paths,
  REGION,
  STATE,
} from './config.ts';
import { seedKeystone, seedMasakari } from './seed.ts';
import { keystone, others, placement } from './services.ts';
import { addOpenStack, computesUp } from './start.ts';

/** One higher when what is made here changes; the configuration counts by itself. */
const RECIPE = 1;
const PREFIX = 'openstack-';

/** The folder in the cache to start from; made when it is missing. */
export async function preparedState(root: string): Promise<string> {
  const made = JSON.stringify([RECIPE, basename(root), openstackFiles()]);
  const key = createHash('sha256').update(made).digest('hex').slice(0, 12);
  const cache = dirname(root);
  const state = join(cache, `${PREFIX}${key}`);
  if (existsSync(state)) {
    // Its time is that of its last use, for the script `fetch`.
    utimesSync(state, new Date(), new Date());
    return state;
  }
  const work = mkdtempSync(join(cache, `${PREFIX}work-`));
  try {
    await prepare(root, join(work, 'state'));
    // Another run may have made it meanwhile.
    if (!existsSync(state)) renameSync(join(work, 'state'), state);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return state;
}

async function prepare(root: string, to: string): Promise<void> {
  const machine = await Machine.open(root);
  try {
    machine.folder.write(rabbitmqFiles());
    machine.add(rabbitmq());
    addOpenStack(machine, null);
    step('databases of Keystone');
    await keystoneDatabase(machine);
    step('databases of Nova, Placement and Masakari');
    await allOf([
      novaDatabases(machine),
      placementDatabase(machine),
      launch(machine, 'masakari.cmd.manage', 'masakari-manage', paths.masakari, 'db', 'sync'),
    ]);
    await machine.run(['python3', '-c', WRITE_AHEAD]);
    step('users and catalogue');
    await machine.start(['rabbitmq', keystone().name, placement().name]);
    await seedKeystone();
    step('hosts');
    await machine.start(others().map(({ name }) => name));
    await computesUp();
    await launch(machine, ...NOVA_MANAGE, 'cell_v2', 'discover_hosts');
    await seedMasakari();
    await machine.stopAll('SIGTERM');
    mkdirSync(to);
    cpSync(machine.folder.memory, to, { recursive: true });
  } finally {
    await machine.close();
  }
}

/** So that a daemon that reads does not lock out one that writes. The mode stays with the file. */
const WRITE_AHEAD = `
import glob, sqlite3
for path in glob.glob('${STATE}/*.db'):
    sqlite3.connect(path).execute('pragma journal_mode=wal')
`;

const step = (what: string) => process.stderr.write(`vim: preparing OpenStack: ${what}\n`);

const launch = (
  machine: Machine,
  module: string,
  name: string,
  config: string,
  ...words: string[]
) => machine.run(['python3', LAUNCH, module, name, '--config-file', config, ...words]);

async function keystoneDatabase(machine: Machine): Promise<void> {
  const manage = (...words: string[]) =>
    machine.run(['keystone-manage', '--config-file', paths.keystone, ...words]);
  await manage('db_sync');
  for (const keys of ['fernet_setup', 'credential_setup'])
    await manage(keys, '--keystone-user', 'root', '--keystone-group', 'root');
  const urls = ['public', 'internal', 'admin'].flatMap(kind => [
    `--bootstrap-${kind}-url`,
    OPENSTACK_URLS.keystone,
  ]);
  await manage(
    ...['bootstrap', '--bootstrap-username', ADMIN.username],
    ...['--bootstrap-password', ADMIN.password, '--bootstrap-project-name', ADMIN.project],
    ...['--bootstrap-region-id', REGION, ...urls],
  );
}

const NOVA_MANAGE = ['nova.cmd.manage', 'nova-manage', paths.nova] as const;

async function novaDatabases(machine: Machine): Promise<void> {
  const manage = (...words: string[]) => launch(machine, ...NOVA_MANAGE, ...words);
  await manage('api_db', 'sync');
  await manage('cell_v2', 'map_cell0', '--database_connection', database('nova-cell0'));
  await manage('db', 'sync');
  await manage(
    ...['cell_v2', 'create_cell', '--name', 'cell1', '--transport-url', TRANSPORT_URL],
    ...['--database_connection', database('nova')],
  );
}

async function placementDatabase(machine: Machine): Promise<void> {
  await launch(
    machine,
    ...(['placement.cmd.manage', 'placement-manage', paths.placement] as const),
    ...['db', 'sync'],
  );
}

/** NBD in a guest: nbd-server on the storage host's address of the first path, the kernel's client in this namespace. */
import { truncateSync, writeFileSync } from 'node:fs';
import { type Processes, tail } from './processes.ts';
import { run } from './run.ts';
import { STORAGE, storageAddress } from './two-paths.ts';
import { until } from './wait.ts';

export const NBD_PORT = 10809;
export const NBD_DISK = 'nbd0';
const NAME = 'store';
const IMAGE = '/run/nbd.img';
const CONFIG = '/run/nbd.conf';
const BYTES = 16 * 1024 * 1024;

export async function startNbdServer(processes: Processes): Promise<void> {
  await run(['modprobe', 'nbd', 'nbds_max=2']);
  writeFileSync(IMAGE, '');
  truncateSync(IMAGE, BYTES);
  const lines = [
    ...['[generic]', `listenaddr = ${storageAddress(0)}`, `port = ${NBD_PORT}`],
    ...[`[${NAME}]`, `exportname = ${IMAGE}`],
  ];
  writeFileSync(CONFIG, `${lines.join('\n')}\n`);
  const words = ['nbd-server', '-d', '-C', CONFIG];
  const server = await processes.start('nbd-server', words, { netns: STORAGE });
  await until('nbd-server', async () => {
    if (server.exit) throw new Error(tail(server));
    return await connectNbd().then(() => true);
  });
}

/** The kernel has the connection then, and no process keeps it. */
async function connectNbd(): Promise<void> {
  const where = [storageAddress(0), String(NBD_PORT), `/dev/${NBD_DISK}`];
  await run(['nbd-client', '-N', NAME, ...where]);
}

export const disconnectNbd = () => run(['nbd-client', '-d', `/dev/${NBD_DISK}`]);

/** NATS with JetStream; its store lies on disk, in the run's folder. */

import { listens, type ServiceSpec } from '../../debs/service.ts';
import { ADDRESS } from '../network.ts';

const PORT = 4222;
export const NATS_URL = `nats://${ADDRESS}:${PORT}`;

export const nats = (): ServiceSpec => ({
  name: 'nats',
  argv: [
    'nats-server',
    ...['--addr', ADDRESS, '--port', String(PORT)],
    ...['--jetstream', '--store_dir', '/run/nats'],
  ],
  ready: async said => said().includes('Server is ready') && (await listens(ADDRESS, PORT)),
});

/** OpenStack on a machine that has RabbitMQ, from a state that state.ts has made. */
import { copyFileSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../lab/wait.ts';
import type { Machine } from '../machine.ts';
import { Api } from './api.ts';
import { ADMIN, COMPUTE_HOSTS, openstackFiles } from './config.ts';
import { keystone, others, placement } from './services.ts';

const UP_MS = 240_000;

export function addOpenStack(machine: Machine, state: string | null): void {
  const { folder, root } = machine;
  folder.write(openstackFiles());
  // Nova looks for it beside nova.conf, whatever that says.
  copyFileSync(
    join(root, 'usr/share/nova-common/api-paste.ini'),
    join(folder.dir, 'etc/api-paste.ini'),
  );
  if (state !== null) cpSync(state, folder.memory, { recursive: true });
  machine.add(keystone(), placement(), ...others());
}

/** Resolves when Nova says that its compute hosts are up. */
export async function startOpenStack(machine: Machine): Promise<void> {
  // Before Keystone answers, nova-compute would find no Placement and end.
  await machine.start([keystone().name, placement().name]);
  await machine.start(others().map(({ name }) => name));
  await computesUp();
}

export async function computesUp(): Promise<void> {
  const api = new Api(ADMIN);
  await until(
    'the compute hosts to be up',
    async () => {
      const { body } = await api.call('GET', 'nova', '/os-services?binary=nova-compute');
      const services = body.services as { state: string }[];
      return services.filter(({ state }) => state === 'up').length === COMPUTE_HOSTS.length;
    },
    UP_MS,
    200,
  );
}

/** OpenStack's daemons. */

import { answers, type ServiceSpec } from '../../debs/service.ts';
import { ADDRESS } from '../network.ts';
import { COMPUTE_HOSTS, hostConfig, LAUNCH, PORTS, paths } from './config.ts';

function wsgi(
  name: string,
  port: number,
  program: string,
  env: Record<string, string>,
): ServiceSpec {
  return {
    name,
    argv: [
      ...['uwsgi-core', '--ini', paths.uwsgi, '--http-socket', `${ADDRESS}:${port}`],
      ...['--wsgi-file', program],
    ],
    env,
    ready: () => answers(`http://${ADDRESS}:${port}/`),
  };
}

function daemon(
  name: string,
  module: string,
  configs: readonly string[],
  ready: ServiceSpec['ready'],
): ServiceSpec {
  const options = configs.flatMap(path => ['--config-file', path]);
  return {
    name,
    argv: ['python3', LAUNCH, module, name.replace(/\d+$/, ''), ...options],
    ready,
  };
}

export const keystone = (): ServiceSpec =>
  wsgi('keystone', PORTS.keystone, '/usr/bin/keystone-wsgi-public', {
    OS_KEYSTONE_CONFIG_FILES: paths.keystone,
  });

export const placement = (): ServiceSpec =>
  wsgi('placement', PORTS.placement, '/usr/bin/placement-api', {
    OS_PLACEMENT_CONFIG_DIR: '/run/etc',
  });

/** What the daemons without an HTTP port say at last. */
const started = (said: () => string) => /Starting \S+( node)? \(version /.test(said());

/** Those that need Keystone and RabbitMQ to be there. */
export const others = (): ServiceSpec[] => [
  wsgi('nova-api', PORTS.nova, '/usr/bin/nova-api-wsgi', { OS_NOVA_CONFIG_DIR: '/run/etc' }),
  daemon('nova-conductor', 'nova.cmd.conductor', [paths.nova], started),
  daemon('nova-scheduler', 'nova.cmd.scheduler', [paths.nova], started),
  ...COMPUTE_HOSTS.map(host =>
    daemon(`nova-${host}`, 'nova.cmd.compute', [paths.nova, hostConfig(host)], started),
  ),
  daemon('masakari-api', 'masakari.cmd.api', [paths.masakari], () =>
    answers(`http://${ADDRESS}:${PORTS.masakari}/`),
  ),
  daemon('masakari-engine', 'masakari.cmd.engine', [paths.masakari], started),
];

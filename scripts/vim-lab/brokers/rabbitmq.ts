/** RabbitMQ with an epmd, a cookie and a home of its own. */

import { listens, type ServiceSpec } from '../../debs/service.ts';
import { ADDRESS } from '../network.ts';

const PORT = 5672;
export const RABBITMQ = { username: 'vim', password: 'vim-secret' };
export const AMQP_URL = `amqp://${RABBITMQ.username}:${RABBITMQ.password}@${ADDRESS}:${PORT}/`;
/** As oslo.messaging wants it. */
export const TRANSPORT_URL = `${AMQP_URL.replace('amqp:', 'rabbit:')}/`;

export const rabbitmqFiles = (): Record<string, string> => ({
  'etc/rabbitmq.conf': [
    `listeners.tcp.1 = ${ADDRESS}:${PORT}`,
    'loopback_users = none',
    `default_user = ${RABBITMQ.username}`,
    `default_pass = ${RABBITMQ.password}`,
    'log.console = true',
    'log.console.level = info',
    'log.file = false',
    // The machine's free space and memory say nothing about the test.
    'disk_free_limit.absolute = 50MB',
    'vm_memory_high_watermark.absolute = 1GB',
    '',
  ].join('\n'),
  'etc/enabled_plugins': '[].\n',
});

/** The program itself: the wrapper in /usr/sbin would change the user. */
export const rabbitmq = (): ServiceSpec => ({
  name: 'rabbitmq',
  argv: ['/usr/lib/rabbitmq/bin/rabbitmq-server'],
  env: {
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: 'rabbit@localhost',
    RABBITMQ_CONFIG_FILE: '/run/etc/rabbitmq.conf',
    RABBITMQ_ENABLED_PLUGINS_FILE: '/run/etc/enabled_plugins',
    RABBITMQ_MNESIA_BASE: '/run/rabbitmq',
    RABBITMQ_LOG_BASE: '/run/rabbitmq-log',
    RABBITMQ_PID_FILE: '/run/rabbitmq.pid',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +A 8',
  },
  ready: async said => said().includes('Server startup complete') && (await listens(ADDRESS, PORT)),
});

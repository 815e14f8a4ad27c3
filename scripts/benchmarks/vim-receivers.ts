/** How an agent is told of the VIM's receivers, and what one of them must be told first. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Vim } from '../vim-lab/vim.ts';
import { EXCHANGE } from './vim-queue.ts';

const COMPUTE_HOST = 'compute1';

/** YAML: an adapter for each receiver, and two for the webhook. dir: for the files with secrets. */
export function adapters(vim: Vim, webhookPort: number, dir: string): string {
  const { endpoints, credentials } = vim;
  const secret = (name: string, text: string): string => {
    const file = join(dir, name);
    // The agent of the lab has an account of its own.
    writeFileSync(file, `${text}\n`, { mode: 0o644 });
    return file;
  };
  const { agent, rabbitmq, snmp } = credentials;
  const [address, port] = endpoints.snmptrapd.split(':');
  const url = `http://${vim.address}:${webhookPort}/alarms`;
  const openstack = {
    host: COMPUTE_HOST,
    auth: {
      auth_url: endpoints.keystone,
      username: agent.username,
      password_file: secret('openstack', agent.password),
      project_name: agent.project,
    },
  };
  const link = { route: { types: ['link-down'] } };
  const all = [
    { kind: 'webhook', name: 'webhook', primary: true, url, ...link },
    {
      ...{ kind: 'alertmanager', name: 'alertmanager', ...link },
      url: `${endpoints.alertmanager}/api/v2/alerts`,
    },
    {
      ...{ kind: 'amqp', name: 'amqp', ...link, user: rabbitmq.username },
      urls: [`amqp://${new URL(endpoints.amqp).host}`],
      password_file: secret('rabbitmq', rabbitmq.password),
      exchange: EXCHANGE,
    },
    { kind: 'nats', name: 'nats', ...link, urls: [endpoints.nats], create_stream: {} },
    {
      ...{ kind: 'snmp', name: 'snmp', ...link, address, port: Number(port) },
      community_file: secret('community', snmp.community),
    },
    { kind: 'webhook', name: 'webhook-path', url, route: { types: ['path-lost'] } },
    { kind: 'nova', name: 'nova', timeout_ms: 2000, force_down: 'always', ...openstack },
    { kind: 'masakari', name: 'masakari', timeout_ms: 5000, ...openstack },
  ];
  return `adapters:\n${all.map(one => `  - ${JSON.stringify(one)}\n`).join('')}`;
}

/** Masakari refuses for three minutes to take a notification again that says the same of the same host. */
export async function acceptDuplicates(vim: Vim): Promise<void> {
  const file = join(vim.dir, 'etc/masakari.conf');
  const text = readFileSync(file, 'utf8');
  const accepting = text.replace(/^(duplicate_notification_detection_interval *=).*$/m, '$1 0');
  if (accepting === text) throw new Error(`${file}: no such setting`);
  writeFileSync(file, accepting);
  await vim.restart('masakari-api');
}

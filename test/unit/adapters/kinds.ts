/** What the tests over all kinds need to know of each: one entry for every folder in agent/adapters. */
import type { Alarm } from '../../../agent/types.ts';

export interface KindUnderTest {
  /** Its keys for a receiver at this port of 127.0.0.1, beside name and kind. `secret` makes a file of a text, and names it. */
  settings(port: number, secret: (text: string) => string): object;
  /** Of an alarm that it says something about; by default any is. */
  alarm?: Partial<Alarm>;
  /** Defaults of its route, where they are narrower than all alarms. */
  route?: object;
  /** False: it sends datagrams, to which a receiver that listens on TCP is none. Default true. */
  connects?: boolean;
  /** One POST of JSON whose status is the answer: test/unit/adapters/hostile.test.ts runs over it. */
  statusAnswers?: boolean;
}

const UUID = '0d7d6a0c-4b5f-4f5e-9a55-0a3c3e1f2b4d';

const openstack = (port: number, password_file: string) => ({
  auth_url: `http://127.0.0.1:${port}/v3`,
  username: 'agent',
  password_file,
  project_name: 'service',
});

export const kinds: Record<string, KindUnderTest> = {
  webhook: {
    settings: (port, secret) => ({
      url: `http://127.0.0.1:${port}/`,
      heartbeat_s: 0,
      token_file: secret('token-of-the-webhook'),
      hmac_file: secret('key-of-the-signature'),
    }),
    statusAnswers: true,
  },
  nova: {
    settings: (port, secret) => ({
      auth: openstack(port, secret('password-of-nova')),
      force_down: 'always',
    }),
    route: { types: ['path-lost'], drills: 'exclude' },
    alarm: { type: 'path-lost', managedObjectId: 'group/ecmp:10.0.0.9/32' },
  },
  masakari: {
    settings: (port, secret) => ({ auth: openstack(port, secret('password-of-masakari')) }),
    route: { types: ['path-lost', 'vm-*', 'process-*'], drills: 'exclude' },
    alarm: { type: 'path-lost', managedObjectId: 'group/ecmp:10.0.0.9/32' },
  },
  ves: {
    settings: (port, secret) => ({
      url: `http://127.0.0.1:${port}/eventListener/v7`,
      heartbeat_s: 0,
      state_change: true,
      user: 'agent',
      password_file: secret('password-of-ves'),
    }),
    statusAnswers: true,
  },
  alertmanager: {
    settings: (port, secret) => ({
      url: `http://127.0.0.1:${port}/api/v2/alerts`,
      labels: { region: 'east' },
      user: 'agent',
      password_file: secret('password-of-alertmanager'),
    }),
    statusAnswers: true,
  },
  o2ims: {
    settings: (port, secret) => ({
      url: `http://127.0.0.1:${port}/callback`,
      global_cloud_id: UUID,
      token_file: secret('token-of-o2ims'),
    }),
    statusAnswers: true,
  },
  sol: {
    settings: (port, secret) => ({
      url: `http://127.0.0.1:${port}/callback`,
      subscription_id: UUID,
      vim_id: 'vim-1',
      api_url: 'https://compute-1.example:8443/v1',
      user: 'agent',
      password_file: secret('password-of-sol'),
    }),
    statusAnswers: true,
  },
  amqp: {
    settings: (port, secret) => ({
      urls: [`amqp://127.0.0.1:${port}/a%20host`],
      user: 'agent',
      password_file: secret('password-of-amqp'),
    }),
  },
  nats: {
    settings: (port, secret) => ({
      urls: [`nats://127.0.0.1:${port}`],
      user: 'agent',
      password_file: secret('password-of-nats'),
      create_stream: {},
    }),
  },
  snmp: {
    settings: (port, secret) => ({
      address: '127.0.0.1',
      port,
      version: '3',
      user: 'agent',
      auth_file: secret('password-of-snmp-auth'),
      priv_file: secret('password-of-snmp-priv'),
    }),
    connects: false,
  },
};

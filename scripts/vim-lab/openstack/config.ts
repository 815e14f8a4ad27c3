/** OpenStack's configuration. All paths are the root's: /run is the run's folder, /run/memory its state. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TRANSPORT_URL } from '../brokers/rabbitmq.ts';
import { ADDRESS } from '../network.ts';

export const PORTS = { keystone: 5000, nova: 8774, placement: 8778, masakari: 15868 } as const;
const http = (port: number) => `http://${ADDRESS}:${port}`;

export const OPENSTACK_URLS = {
  keystone: `${http(PORTS.keystone)}/v3`,
  nova: `${http(PORTS.nova)}/v2.1`,
  placement: http(PORTS.placement),
  masakari: `${http(PORTS.masakari)}/v1`,
} as const;

export interface Account {
  username: string;
  password: string;
  project: string;
  /** Id of the domain of both; its name is Default. */
  domain: string;
}
const account = (username: string, project: string): Account => ({
  ...{ username, project },
  password: `${username}-secret`,
  domain: 'default',
});
export const ADMIN = account('admin', 'admin');
/** A user of its own with the role admin, as an operator would make one for pathwarden. */
export const AGENT = account('agent', 'service');
export const SERVICE_ACCOUNTS = {
  nova: account('nova', 'service'),
  placement: account('placement', 'service'),
  masakari: account('masakari', 'service'),
};
export const REGION = 'RegionOne';
export const COMPUTE_HOSTS = ['compute1', 'compute2'] as const;

export const STATE = '/run/memory';
const ETC = '/run/etc';
export const LAUNCH = `${ETC}/launch.py`;
export const paths = {
  keystone: `${ETC}/keystone.conf`,
  nova: `${ETC}/nova.conf`,
  placement: `${ETC}/placement.conf`,
  masakari: `${ETC}/masakari.conf`,
  uwsgi: `${ETC}/uwsgi.ini`,
} as const;
export const hostConfig = (host: string): string => `${ETC}/${host}.conf`;
export const database = (name: string): string => `sqlite:///${STATE}/${name}.db`;

type Section = Record<string, string | number | boolean>;

const ini = (sections: Record<string, Section>): string =>
  Object.entries(sections)
    .map(([name, options]) => {
      const lines = Object.entries(options).map(([key, value]) => `${key} = ${value}\n`);
      return `[${name}]\n${lines.join('')}`;
    })
    .join('');

const login = ({ username, password, project, domain }: Account): Section => ({
  auth_type: 'password',
  auth_url: OPENSTACK_URLS.keystone,
  username,
  password,
  project_name: project,
  user_domain_id: domain,
  project_domain_id: domain,
  region_name: REGION,
});

const authtoken = (account: Account): Section => ({
  www_authenticate_uri: OPENSTACK_URLS.keystone,
  ...login(account),
  service_token_roles_required: false,
});

const keystone = {
  database: { connection: database('keystone') },
  token: { provider: 'fernet', expiration: 3600, allow_expired_window: 0 },
  fernet_tokens: { key_repository: `${STATE}/fernet-keys` },
  fernet_receipts: { key_repository: `${STATE}/fernet-keys` },
  credential: { key_repository: `${STATE}/credential-keys` },
  // Its 12 take a second for each token.
  identity: { password_hash_rounds: 4 },
  oslo_policy: { enforce_scope: false },
};

const placement = {
  placement_database: { connection: database('placement') },
  api: { auth_strategy: 'keystone' },
  keystone_authtoken: authtoken(SERVICE_ACCOUNTS.placement),
};

const nova = {
  DEFAULT: {
    my_ip: ADDRESS,
    host: 'controller',
    state_path: '/run/nova',
    transport_url: TRANSPORT_URL,
    compute_driver: 'fake.FakeDriver',
    enabled_apis: 'osapi_compute',
    report_interval: 2,
    service_down_time: 10,
    rpc_response_timeout: 60,
    resume_guests_state_on_host_boot: false,
  },
  api_database: { connection: database('nova-api') },
  database: { connection: database('nova') },
  conductor: { workers: 1 },
  scheduler: { workers: 1, discover_hosts_in_cells_interval: 5 },
  oslo_concurrency: { lock_path: '/run/lock' },
  oslo_messaging_notifications: { driver: 'messagingv2' },
  notifications: { notification_format: 'both', notify_on_state_change: 'vm_and_task_state' },
  placement: { ...login(SERVICE_ACCOUNTS.placement), valid_interfaces: 'public' },
  keystone_authtoken: authtoken(SERVICE_ACCOUNTS.nova),
};

const masakari = {
  DEFAULT: {
    host: 'controller',
    state_path: '/run/masakari',
    transport_url: TRANSPORT_URL,
    auth_strategy: 'keystone',
    masakari_api_listen: ADDRESS,
    masakari_api_listen_port: PORTS.masakari,
    masakari_api_workers: 1,
    os_privileged_user_name: SERVICE_ACCOUNTS.masakari.username,
    os_privileged_user_password: SERVICE_ACCOUNTS.masakari.password,
    os_privileged_user_tenant: SERVICE_ACCOUNTS.masakari.project,
    os_privileged_user_auth_url: OPENSTACK_URLS.keystone,
    // The name, not the id; SQLite minds its case.
    os_user_domain_name: 'Default',
    os_project_domain_name: 'Default',
    os_region_name: REGION,
    nova_catalog_admin_info: 'compute:nova:publicURL',
    duplicate_notification_detection_interval: 180,
    // 180 s otherwise.
    wait_period_after_service_update: 3,
    wait_period_after_evacuation: 30,
    process_unfinished_notifications_interval: 20,
    retry_notification_new_status_interval: 10,
  },
  host_failure: { evacuate_all_instances: true },
  wsgi: { api_paste_config: '/etc/masakari/api-paste.ini' },
  database: { connection: database('masakari') },
  taskflow: { connection: database('masakari-taskflow') },
  oslo_concurrency: { lock_path: '/run/lock' },
  oslo_messaging_notifications: { driver: 'messagingv2' },
  keystone_authtoken: authtoken(SERVICE_ACCOUNTS.masakari),
};

const uwsgi = {
  uwsgi: {
    plugin: 'python311',
    master: true,
    'lazy-apps': true,
    'enable-threads': true,
    'die-on-term': true,
    'no-orphans': true,
    'disable-logging': true,
    'buffer-size': 65535,
    // Ends rather than answer 500 for ever.
    'need-app': true,
    listen: 100,
    // More of them would share SQLite's connections, which it forbids.
    threads: 1,
    // It keeps no connection alive, and does not say so by itself.
    'add-header': 'Connection: close',
  },
};

/** Files of a run, by their path below its folder. */
export const openstackFiles = (): Record<string, string> => ({
  'etc/launch.py': readFileSync(join(import.meta.dirname, 'launch.py'), 'utf8'),
  'etc/keystone.conf': ini(keystone),
  'etc/placement.conf': ini(placement),
  'etc/nova.conf': ini(nova),
  'etc/masakari.conf': ini(masakari),
  'etc/uwsgi.ini': ini(uwsgi),
  ...Object.fromEntries(
    COMPUTE_HOSTS.map(host => [
      `etc/${host}.conf`,
      ini({ DEFAULT: { host, state_path: `/run/nova/${host}` } }),
    ]),
  ),
  'nova/instances/.keep': '',
  'lock/.keep': '',
});

/** What an operator enters into a new OpenStack: users, the catalogue, and the hosts that Masakari may recover. */
import { type Answer, Api, type ApiName } from './api.ts';
import {
  type Account,
  ADMIN,
  AGENT,
  COMPUTE_HOSTS,
  OPENSTACK_URLS,
  REGION,
  SERVICE_ACCOUNTS,
} from './config.ts';

export const SEGMENT = 'segment1';

/** Type in the catalogue of the services that have an account. */
const TYPES = { nova: 'compute', placement: 'placement', masakari: 'instance-ha' } as const;

const api = new Api(ADMIN);

async function call(
  method: string,
  service: ApiName,
  path: string,
  body?: unknown,
): Promise<Answer['body']> {
  const answer = await api.call(method, service, path, body);
  if (answer.status >= 300)
    throw new Error(
      `${method} ${service} ${path}: HTTP ${answer.status} ${JSON.stringify(answer.body)}`,
    );
  return answer.body;
}

/** Needs Keystone. */
export async function seedKeystone(): Promise<void> {
  const { project } = await call('POST', 'keystone', '/projects', {
    project: { name: AGENT.project, domain_id: AGENT.domain },
  });
  const { roles } = await call('GET', 'keystone', '/roles?name=admin');
  const addUser = async ({ username, password, domain }: Account) => {
    const { user } = await call('POST', 'keystone', '/users', {
      user: { name: username, domain_id: domain, password },
    });
    await call('PUT', 'keystone', `/projects/${project.id}/users/${user.id}/roles/${roles[0].id}`);
  };
  await addUser(AGENT);
  for (const name of ['nova', 'placement', 'masakari'] as const) {
    await addUser(SERVICE_ACCOUNTS[name]);
    const { service } = await call('POST', 'keystone', '/services', {
      service: { type: TYPES[name], name },
    });
    for (const kind of ['public', 'internal', 'admin'])
      await call('POST', 'keystone', '/endpoints', {
        endpoint: {
          interface: kind,
          region_id: REGION,
          service_id: service.id,
          url: OPENSTACK_URLS[name],
        },
      });
  }
}

/** Needs Nova with its hosts, and Masakari. */
export async function seedMasakari(): Promise<void> {
  const { segment } = await call('POST', 'masakari', '/segments', {
    segment: { name: SEGMENT, recovery_method: 'auto', service_type: 'COMPUTE' },
  });
  for (const name of COMPUTE_HOSTS)
    await call('POST', 'masakari', `/segments/${segment.uuid}/hosts`, {
      host: {
        ...{ name, type: 'COMPUTE', control_attributes: 'SSH' },
        ...{ reserved: false, on_maintenance: false },
      },
    });
}

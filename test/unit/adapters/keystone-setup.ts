/** A service of an OpenStack with a token of its Keystone, for the tests of both. */
import type { Test } from 'tap';
import { Service, type ServiceSettings } from '../../../agent/adapters/shared/keystone-service.ts';
import { keystoneAuth } from '../../../agent/adapters/shared/keystone-settings.ts';
import { TestContext } from '../support/adapter.ts';
import { FakeOpenStack } from '../support/openstack.ts';

export const attempt = { deadline_ms: 5000, fresh: false };
export const wanted = { method: 'GET', path: '/os-services' } as const;

export async function setUp(t: Test, auth: object = {}, more: Partial<ServiceSettings> = {}) {
  const cloud = await new FakeOpenStack().start(t);
  const context = new TestContext(t);
  const password_file = context.secret(cloud.password);
  const open = async () => {
    const settings = {
      name: 'vim',
      timeout_ms: 500,
      auth: keystoneAuth.parse({ ...cloud.auth, password_file, ...auth }),
      ...more,
    };
    const service = await Service.open(settings, ['compute'], context);
    t.teardown(() => service.close());
    return service;
  };
  const service = await open();
  const ask = (how = attempt) => service.request(wanted, how);
  return { cloud, context, service, ask, open, password_file };
}

export const tokens = (cloud: FakeOpenStack) => cloud.asked('POST', '/v3/auth/tokens');

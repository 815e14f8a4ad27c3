/** A nova adapter before a Nova, for the tests of both. */
import type { Test } from 'tap';
import { createAdapter } from '../../../agent/adapters/index.ts';
import { novaSettings } from '../../../agent/adapters/nova/settings.ts';
import type { Destination } from '../../../agent/outbox/destination.ts';
import type { AlarmChange, AlarmChangeKind } from '../../../agent/types.ts';
import { TestContext } from '../support/adapter.ts';
import { change, notice, stampAt } from '../support/alarm.ts';
import { until } from '../support/events.ts';
import { FakeOpenStack } from '../support/openstack.ts';

const attempt = { deadline_ms: 5000, fresh: false };
const LOST = { type: 'path-lost', managedObjectId: 'group/ecmp:10.0.0.9/32' };
/** Raised now, so that a proof can be as old as the alarm. */
const NOW = { ...stampAt(0), wall_us: Date.now() * 1000 };

export const DONE = { outcome: 'delivered' };

export async function setUp(t: Test, more: object = { force_down: 'always' }) {
  const cloud = await new FakeOpenStack().start(t);
  const context = new TestContext(t);
  const password_file = context.secret(cloud.password);
  const settings = novaSettings.parse({
    kind: 'nova',
    name: 'vim',
    auth: { ...cloud.auth, password_file },
    ...more,
  });
  /** Active alarms, as the agent has them. */
  const active = new Map<string, AlarmChange>();
  const lost = (id: string, kind: AlarmChangeKind = 'raised', fields = {}) =>
    change(id, 1, kind, { ...LOST, alarmRaisedTime: NOW, ...fields });
  const open = async () => {
    const looks = () => cloud.asked('GET', '/v2.1').length;
    const before = looks();
    const adapter = await createAdapter(settings, context);
    t.teardown(() => adapter.close());
    adapter.start?.(() => [...active.values()]);
    // Its first look is no part of what the notices lead to.
    await until(() => looks() > before);
    return adapter;
  };
  const tell = (adapter: Destination, one: AlarmChange, how = attempt) => {
    if (one.kind === 'cleared') active.delete(one.alarm.id);
    else active.set(one.alarm.id, one);
    return adapter.send(adapter.map(notice(one), 'urn:test'), how);
  };
  const puts = () => cloud.bodies('PUT', '/v2.1');
  return { cloud, context, settings, active, lost, open, tell, puts };
}

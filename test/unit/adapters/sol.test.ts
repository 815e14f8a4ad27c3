/** What an NFV orchestrator, element manager or OSS is told over SOL003 and SOL005. */
import t from 'tap';
import {
  alarmListRebuiltNotification,
  alarmNotification,
} from '../../../agent/adapters/sol/map.ts';
import { solSettings } from '../../../agent/adapters/sol/settings.ts';
import type { Alarm, AlarmChangeKind } from '../../../agent/types.ts';
import { change, notice, stampAt } from '../support/alarm.ts';

const settingsFor = (more: object = {}) =>
  solSettings.parse({
    kind: 'sol',
    name: 'nfvo',
    url: 'https://nfvo.example/callback',
    host: 'compute-1',
    subscription_id: 'sub/1',
    api_url: 'https://compute-1.example:8443/v1',
    vim_id: 'vim-1',
    ...more,
  });

const said = (kind: AlarmChangeKind, fields: Partial<Alarm> = {}, settings = settingsFor()) =>
  alarmNotification(notice(change('a', 2, kind, fields)), 'urn:s', settings);

t.test('an alarm notification', async t => {
  t.match(said('raised'), {
    id: 'a/2',
    notificationType: 'AlarmNotification',
    subscriptionId: 'sub/1',
    timeStamp: '2026-03-04T05:06:07.001890Z',
    alarm: {
      id: 'a',
      managedObjectId: 'compute-1/leg/c-a',
      rootCauseFaultyResource: {
        faultyResource: {
          vimConnectionId: 'vim-1',
          resourceId: 'compute-1/leg/c-a',
          vimLevelResourceType: 'leg',
        },
        faultyResourceType: 'NETWORK',
      },
      faultType: 'link-down',
      _links: { self: { href: 'https://compute-1.example:8443/v1/alarms/a' } },
    },
    _links: { subscription: { href: 'https://compute-1.example:8443/v1/subscriptions/sub%2F1' } },
  });
  t.match(said('acknowledged'), {
    timeStamp: '2026-03-04T05:06:07.003390Z',
    alarm: { ackState: 'ACKNOWLEDGED', alarmAcknowledgedTime: '2026-03-04T05:06:07.003390Z' },
  });
  t.match(said('changed', { drill: 'd1', maintenance: 'new cable' }), {
    alarm: {
      faultDetails: ['carrier lost on c-a', 'caused by drill d1', 'in maintenance: new cable'],
    },
  });
});

/** The resource that a raised alarm names. */
const resource = (fields: Partial<Alarm>, settings = settingsFor()) => {
  const notification = said('raised', fields, settings);
  if (notification.notificationType !== 'AlarmNotification') throw new Error('no alarm in it');
  return notification.alarm.rootCauseFaultyResource as {
    faultyResource: object;
    faultyResourceType: string;
  };
};

t.test('SOL005 calls the VIM by another name', async t => {
  t.ok('vimConnectionId' in resource({}).faultyResource);
  t.same(Object.keys(resource({}, settingsFor({ interface: 'sol005' })).faultyResource), [
    'vimId',
    'resourceId',
    'vimLevelResourceType',
  ]);
});

t.test('what is faulty, and whom it affects', async t => {
  const type = (managedObjectId: string) => resource({ managedObjectId }).faultyResourceType;
  t.equal(type('leg/c-a'), 'NETWORK');
  t.equal(type('group/ecmp:10.0.0.9/32'), 'NETWORK');
  t.equal(type('target/ecmp:10.0.0.9/32/10.0.0.9'), 'STORAGE');
  t.equal(type('host'), 'COMPUTE');
  t.match(said('raised', {}, settingsFor({ managed_object_id: 'vnf-7' })), {
    alarm: { managedObjectId: 'vnf-7' },
  });
});

t.test('a clear, and a list that was rebuilt', async t => {
  t.same(said('cleared'), {
    id: 'a/2',
    notificationType: 'AlarmClearedNotification',
    subscriptionId: 'sub/1',
    timeStamp: '2026-03-04T05:06:07.003890Z',
    alarmId: 'a',
    alarmClearedTime: '2026-03-04T05:06:07.003890Z',
    _links: {
      subscription: { href: 'https://compute-1.example:8443/v1/subscriptions/sub%2F1' },
      alarm: { href: 'https://compute-1.example:8443/v1/alarms/a' },
    },
  });
  const rebuilt = {
    key: 'rebuilt/7',
    adapter: 'nfvo',
    reason: 'x',
    at: stampAt(0),
    sequence: 1,
    uncommitted: false,
  };
  t.match(alarmListRebuiltNotification(rebuilt, 'urn:s', settingsFor()), {
    id: 'rebuilt/7',
    notificationType: 'AlarmListRebuiltNotification',
    _links: { alarms: { href: 'https://compute-1.example:8443/v1/alarms' } },
  });
});

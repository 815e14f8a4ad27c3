/** What an SMO is told over O2ims. */
import t from 'tap';
import { alarmEventNotification } from '../../../agent/adapters/o2ims/map.ts';
import { o2imsSettings } from '../../../agent/adapters/o2ims/settings.ts';
import { uuidOf } from '../../../agent/adapters/shared/mapping.ts';
import type { AlarmChangeKind, Severity } from '../../../agent/types.ts';
import { change, notice } from '../support/alarm.ts';

const settings = o2imsSettings.parse({
  kind: 'o2ims',
  name: 'smo',
  url: 'https://smo.example/callback',
  host: 'compute-1',
  global_cloud_id: 'da4698ba-c8a7-429d-ae16-484f15f282c5',
  alarms_url: 'https://compute-1.example/v1/alarms',
});

const said = (kind: AlarmChangeKind, fields = {}, id = 'a', source = 'urn:s') =>
  alarmEventNotification(notice(change(id, 1, kind, fields)), source, settings);

t.test('numbers for what happened and how bad it is', async t => {
  const kinds: AlarmChangeKind[] = ['raised', 'changed', 'cleared', 'acknowledged'];
  t.same(
    kinds.map(kind => said(kind).notificationEventType),
    [0, 1, 2, 3],
  );
  const withdrawn = { ackState: 'UNACKNOWLEDGED', alarmAcknowledgedTime: null } as const;
  t.match(said('acknowledged', withdrawn), { notificationEventType: 1, alarmAcknowledged: false });
  const severities: Severity[] = ['CRITICAL', 'MAJOR', 'MINOR', 'WARNING', 'INDETERMINATE'];
  t.same(
    severities.map(perceivedSeverity => said('raised', { perceivedSeverity }).perceivedSeverity),
    [0, 1, 2, 3, 4],
  );
  t.equal(said('cleared').perceivedSeverity, 5);
});

t.test('its times', async t => {
  t.equal(said('raised').alarmChangedTime, said('raised').alarmRaisedTime, 'it must have one');
  t.equal(said('cleared').alarmChangedTime, '2026-03-04T05:06:07.003890Z');
  t.equal(said('acknowledged').alarmAcknowledgeTime, '2026-03-04T05:06:07.003390Z');
  t.notOk('alarmAcknowledgeTime' in said('raised'));
});

t.test('identifiers are the same for ever, and differ where things differ', async t => {
  // As any other implementation of RFC 9562, 5.5 finds it.
  t.equal(uuidOf('probable-cause Loss of signal'), 'd7806b6c-0a03-5c3c-b89d-280f9dff1915');
  const [one, again, other] = [said('raised'), said('cleared'), said('raised', {}, 'b')];
  t.equal(one.alarmEventRecordId, again.alarmEventRecordId);
  t.not(one.alarmEventRecordId, other.alarmEventRecordId);
  t.not(one.alarmEventRecordId, said('raised', {}, 'a', 'urn:other').alarmEventRecordId);
  t.equal(one.resourceID, other.resourceID);
  t.not(one.resourceID, said('raised', {}, 'a', 'urn:other').resourceID, 'of another host');
  t.not(one.resourceID, said('raised', { managedObjectId: 'leg/c-b' }).resourceID);
  t.equal(one.resourceTypeID, said('raised', { managedObjectId: 'leg/c-b' }).resourceTypeID);
  t.not(one.resourceTypeID, said('raised', { managedObjectId: 'host' }).resourceTypeID);
  t.not(one.alarmDefinitionID, said('raised', { type: 'path-lost' }).alarmDefinitionID);
  t.not(one.probableCauseID, said('raised', { probableCause: 'x' }).probableCauseID);
  t.match(one, {
    globalCloudID: 'da4698ba-c8a7-429d-ae16-484f15f282c5',
    objectRef: 'https://compute-1.example/v1/alarms/a',
    extensions: { key: 'a/1', alarmType: 'link-down', managedObjectId: 'leg/c-a', source: 'urn:s' },
  });
  t.notOk('consumerSubscriptionId' in one);
});

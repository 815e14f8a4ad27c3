/** Whatever is said about any alarm, in whatever state and however odd its texts, fits the published schema. */
import t from 'tap';
import { postableAlerts } from '../../../agent/adapters/alertmanager/map.ts';
import { alertmanagerSettings } from '../../../agent/adapters/alertmanager/settings.ts';
import { alarmEventNotification } from '../../../agent/adapters/o2ims/map.ts';
import { o2imsSettings } from '../../../agent/adapters/o2ims/settings.ts';
import {
  alarmListRebuiltNotification,
  alarmNotification,
} from '../../../agent/adapters/sol/map.ts';
import { solSettings } from '../../../agent/adapters/sol/settings.ts';
import { vesEvents, heartbeatEvent as vesHeartbeat } from '../../../agent/adapters/ves/map.ts';
import { vesSettings } from '../../../agent/adapters/ves/settings.ts';
import { alarmEvent, heartbeatEvent, rebuiltEvent } from '../../../agent/adapters/webhook/map.ts';
import { catalogue } from '../../../agent/alarms/catalogue.ts';
import type { Alarm, AlarmChangeKind, Notice, Severity } from '../../../agent/types.ts';
import { change, notice, stampAt } from '../support/alarm.ts';
import { kinds } from './kinds.ts';
import { schemas, skip, type Validate } from './schemas.ts';

t.setTimeout(300_000);

const SOURCE = 'urn:uuid:6f1c2d3e-4a5b-4c6d-8e9f-0a1b2c3d4e5f';
const ODD = 'ü "\\ \u0000\u001b\u2028 \ud800 💥 </script> {{ .Labels }} %s';
const SEVERITIES: Severity[] = ['CRITICAL', 'MAJOR', 'MINOR', 'WARNING', 'INDETERMINATE'];
const KINDS: AlarmChangeKind[] = ['raised', 'changed', 'acknowledged', 'cleared'];

const variants: Partial<Alarm>[] = [
  {},
  { drill: 'drill-1', failover: 'failover-1', maintenance: 'new firmware' },
  { isRootCause: false, correlatedAlarmIds: ['a', 'b'], faultDetails: [] },
  { faultDetails: ['x'.repeat(100_000), ...Array(100).fill('y')], maintenance: 'z'.repeat(5000) },
  {
    faultDetails: [ODD],
    managedObjectId: `leg/${ODD}`,
    ackUser: ODD,
    maintenance: ODD,
    probableCause: ODD,
  },
  { managedObjectId: 'host' },
  { managedObjectId: 'group/ecmp:10.77.9.2/32' },
  { managedObjectId: 'target/ecmp:10.77.9.2/32/10.77.9.2' },
  { managedObjectId: 'adapter/vim' },
];

function* notices(): Generator<Notice> {
  for (const { type, eventType, probableCause, perceivedSeverity } of catalogue) {
    for (const variant of variants) {
      for (const [index, kind] of KINDS.entries()) {
        const severity = kind === 'cleared' ? {} : { perceivedSeverity };
        const fields = { type, eventType, probableCause, ...severity, ...variant };
        yield notice(change('6f1c2d3e-1k-a', index + 1, kind, fields), { sequence: index });
      }
    }
  }
  for (const perceivedSeverity of SEVERITIES)
    yield notice(change('a', 1, 'raised', { perceivedSeverity }));
  // An acknowledgement that was withdrawn.
  yield notice(
    change('a', 2, 'acknowledged', {
      ackState: 'UNACKNOWLEDGED',
      ackUser: null,
      alarmAcknowledgedTime: null,
    }),
  );
  // The clock was set back between raise and clear.
  yield notice(change('a', 2, 'cleared', { alarmClearedTime: stampAt(-5e6) }));
}

const rebuilt = {
  key: 'rebuilt/7',
  adapter: 'vim',
  reason: ODD,
  at: stampAt(0),
  sequence: 9,
  uncommitted: true,
};

const beat = { started_us: 1e15 + 0.5, count: 3, interval_s: 10, now_us: 1e15 + 7.25 };

const settingsOf = (kind: string, more = {}) => ({
  kind,
  name: 'x',
  ...kinds[kind]?.settings(1, () => '/run/secret'),
  ...more,
});

/** As it is sent: text in between. */
function check(t: { fail(message: string): unknown }, validate: Validate, value: unknown): boolean {
  const wrong = validate(JSON.parse(JSON.stringify(value)));
  if (wrong) t.fail(`${wrong}: ${JSON.stringify(value).slice(0, 500)}`);
  return wrong === '';
}

/** The schema would have seen it. */
function bites(validate: Validate, value: object, wrong: object): boolean {
  return validate({ ...value, ...wrong }) !== '';
}

t.test('webhook: CloudEvents 1.0', { skip }, async t => {
  const validate = schemas.cloudEvent();
  let count = 0;
  for (const one of notices()) count += Number(check(t, validate, alarmEvent(one, SOURCE)));
  t.ok(count > 600);
  check(t, validate, rebuiltEvent(rebuilt, SOURCE));
  check(t, validate, heartbeatEvent(SOURCE, beat));
  const event = heartbeatEvent(SOURCE, beat);
  for (const wrong of [{ id: '' }, { source: '' }, { specversion: 1 }, { type: undefined }]) {
    t.ok(bites(validate, event, wrong), JSON.stringify(wrong));
  }
});

t.test('ves: common event format 30.2.1', { skip }, async t => {
  const validate = schemas.ves();
  const settings = vesSettings.parse(settingsOf('ves', { state_change: true }));
  let states = 0;
  for (const one of notices()) {
    const events = vesEvents(one, SOURCE, settings);
    for (const event of events) check(t, validate, event);
    check(t, validate, { eventList: events.map(({ event }) => event) });
    states += events.length - 1;
  }
  t.ok(states > 20, 'state changes are among them');
  const heartbeat = vesHeartbeat(SOURCE, 'h', beat);
  check(t, validate, heartbeat);
  const { commonEventHeader } = heartbeat.event;
  for (const wrong of [{ priority: 'high' }, { eventId: 7 }, { version: 4.1 }, { extra: 1 }]) {
    const event = { ...heartbeat.event, commonEventHeader: { ...commonEventHeader, ...wrong } };
    t.ok(bites(validate, {}, { event }), JSON.stringify(wrong));
  }
});

t.test('alertmanager: postableAlerts of API v2', { skip }, async t => {
  const validate = schemas.postableAlerts();
  const settings = alertmanagerSettings.parse(settingsOf('alertmanager'));
  for (const one of notices()) {
    const alerts = postableAlerts(one, SOURCE, settings);
    check(t, validate, alerts);
    for (const { labels, annotations, startsAt, endsAt } of alerts) {
      // Beyond the schema: what a real one answers with 400.
      const names = [...Object.keys(labels), ...Object.keys(annotations)];
      const bad = names.filter(name => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name));
      if (bad.length > 0) t.fail(`label names ${bad}`);
      if (endsAt && endsAt < startsAt) t.fail('it ends before it starts');
    }
  }
  t.not(validate({ labels: {} }), '', 'one alert is no list');
  t.not(validate([{ labels: { a: 1 } }]), '');
});

t.test('o2ims: AlarmEventNotification', { skip }, async t => {
  const validate = schemas.o2imsNotification();
  const settings = o2imsSettings.parse(
    settingsOf('o2ims', {
      consumer_subscription_id: '3ddc1128-a14d-46de-80da-6414b192ce9f',
      alarms_url: 'https://127.0.0.1:8443/v1/alarms',
    }),
  );
  for (const one of notices()) check(t, validate, alarmEventNotification(one, SOURCE, settings));
  const good = alarmEventNotification(notice(change('a', 1)), SOURCE, settings);
  for (const wrong of [
    { perceivedSeverity: 'MAJOR' },
    { resourceID: 'leg/c-a' },
    { alarmChangedTime: undefined },
    { notificationEventType: 4 },
  ]) {
    t.ok(bites(validate, JSON.parse(JSON.stringify(good)), wrong), JSON.stringify(wrong));
  }
});

for (const [name, vim] of [
  ['sol003', 'vimConnectionId'],
  ['sol005', 'vimId'],
] as const) {
  t.test(`sol: notifications of ${name}`, { skip }, async t => {
    const settings = solSettings.parse(settingsOf('sol', { interface: name }));
    const validate = {
      AlarmNotification: schemas.sol('AlarmNotification', vim),
      AlarmClearedNotification: schemas.sol('AlarmClearedNotification', vim),
      AlarmListRebuiltNotification: schemas.sol('AlarmListRebuiltNotification', vim),
    };
    const seen = new Set<string>();
    for (const one of notices()) {
      const said = alarmNotification(one, SOURCE, settings);
      seen.add(said.notificationType);
      check(t, validate[said.notificationType], said);
    }
    t.same([...seen], ['AlarmNotification', 'AlarmClearedNotification']);
    const list = alarmListRebuiltNotification(rebuilt, SOURCE, settings);
    check(t, validate.AlarmListRebuiltNotification, list);
    const good = alarmNotification(notice(change('a', 1)), SOURCE, settings);
    t.ok(bites(validate.AlarmNotification, good, { alarm: { id: 'a' } }));
    t.ok(bites(validate.AlarmNotification, good, { notificationType: 'AlarmClearedNotification' }));
    const alarm = { ...(good as { alarm: object }).alarm, eventType: 'QUALITY_OF_SERVICE_ALARM' };
    t.ok(bites(validate.AlarmNotification, good, { alarm }), "3GPP's name");
  });
}

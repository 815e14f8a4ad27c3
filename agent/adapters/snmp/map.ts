/** Notifications as PATHWARDEN-MIB.txt defines them, and linkDown and linkUp of IF-MIB (RFC 2863). */
import { isoTime } from '../../time.ts';
import type {
  Alarm,
  AlarmChange,
  AlarmChangeKind,
  EventType,
  Notice,
  RebuiltNotice,
  Severity,
} from '../../types.ts';
import { changeTime, managedObject } from '../shared/mapping.ts';
import { cutText } from './cut.ts';
import type { SnmpSettings } from './settings.ts';

export interface Varbind {
  oid: string;
  type: 'text' | 'integer' | 'unsigned' | 'time';
  /** `time`: RFC 3339 in UTC. */
  value: string | number;
}

export interface Notification {
  oid: string;
  /** Of linkDown and linkUp: the link, whose interface index is looked up when it is sent; without one it is not sent. */
  link: { name: string; up: boolean } | null;
  varbinds: Varbind[];
}

const LINK_DOWN = '1.3.6.1.6.3.1.1.5.3';
const LINK_UP = '1.3.6.1.6.3.1.1.5.4';

/** Objects of PATHWARDEN-MIB, by their number. */
const OBJECT = {
  key: 1,
  source: 2,
  host: 3,
  sequence: 4,
  alarmId: 5,
  revision: 6,
  change: 7,
  type: 8,
  object: 9,
  severity: 10,
  eventType: 11,
  probableCause: 12,
  eventTime: 13,
  changeTime: 14,
  rootCause: 15,
  drill: 16,
  details: 17,
  reason: 18,
  maintenance: 19,
} as const;

const CHANGE: Record<AlarmChangeKind, number> = {
  raised: 1,
  changed: 2,
  cleared: 3,
  acknowledged: 4,
};

/** ItuPerceivedSeverity of ITU-ALARM-TC-MIB (RFC 3877). */
const SEVERITY: Record<Severity, number> = {
  CLEARED: 1,
  INDETERMINATE: 2,
  CRITICAL: 3,
  MAJOR: 4,
  MINOR: 5,
  WARNING: 6,
};

/** IANAItuEventType of IANA-ITU-ALARM-TC-MIB. */
const EVENT_TYPE: Record<EventType, number> = {
  COMMUNICATIONS_ALARM: 2,
  QOS_ALARM: 3,
  PROCESSING_ERROR_ALARM: 4,
  EQUIPMENT_ALARM: 5,
  ENVIRONMENTAL_ALARM: 6,
};

/** Bytes of UDP in one packet, IPv6 on Ethernet. */
const PACKET_MAX = 1452;
/** What version 3 adds at most: engine id, user, digest, salt, padding. */
const SECURITY_MAX = 190;
/** Beside texts and object identifiers: headers, time stamp, numbers, two times. */
const FIXED = 155;
/** Of each varbind, beside the value and where the MIB lies. */
const VARBIND = 13;

/** Of texts that have a bound of their own in the MIB; a source may be longer than other names. */
const NAME_MAX = 128;
const SOURCE_MAX = 255;

/** The notifications for a notice, in the order in which they are sent. Pure. */
export function alarmNotifications(
  notice: Notice,
  source: string,
  settings: SnmpSettings,
): Notification[] {
  const { change } = notice;
  const own = ownNotification(notice, source, settings);
  const link = settings.link_traps ? linkOf(change) : null;
  if (!link) return [own];
  const named = [OBJECT.key, OBJECT.source].map(nr => `${settings.enterprise}.1.${nr}.0`);
  const varbinds = own.varbinds.filter(({ oid }) => named.includes(oid));
  return [{ oid: link.up ? LINK_UP : LINK_DOWN, link, varbinds }, own];
}

/** The manager's list may have a hole: it is to be read anew. Pure. */
export function rebuiltNotification(
  notice: RebuiltNotice,
  source: string,
  settings: SnmpSettings,
): Notification[] {
  const { reason, at } = notice;
  const of = builder(settings);
  const varbinds = [
    ...origin(of, notice, source, settings.host),
    of.time('changeTime', at.wall_us),
    of.rest('reason', reason),
  ];
  return [{ oid: `${settings.enterprise}.0.2`, link: null, varbinds }];
}

/** What every notification of ours begins with. `of` counts the bytes: for all of it there is one. */
function origin(
  of: ReturnType<typeof builder>,
  { key, sequence }: Notice | RebuiltNotice,
  source: string,
  host: string,
) {
  return [
    of.text('key', key),
    of.text('source', source),
    of.text('host', host),
    of.unsigned('sequence', sequence),
  ];
}

function ownNotification(notice: Notice, source: string, settings: SnmpSettings): Notification {
  const { alarm, kind, revision } = notice.change;
  const of = builder(settings);
  const varbinds = [
    ...origin(of, notice, source, settings.host),
    of.text('alarmId', alarm.id),
    of.unsigned('revision', revision),
    of.integer('change', CHANGE[kind]),
    of.text('type', alarm.type),
    of.text('object', alarm.managedObjectId),
    of.integer('severity', SEVERITY[alarm.perceivedSeverity]),
    of.integer('eventType', EVENT_TYPE[alarm.eventType]),
    of.text('probableCause', alarm.probableCause),
    of.time('eventTime', alarm.eventTime.wall_us),
    of.time('changeTime', changeTime(notice.change).wall_us),
    of.integer('rootCause', alarm.isRootCause ? 1 : 2),
    of.text('drill', alarm.drill ?? ''),
    of.text('maintenance', alarm.maintenance ?? ''),
    of.rest('details', alarm.faultDetails.join('; ')),
  ];
  return { oid: `${settings.enterprise}.0.1`, link: null, varbinds };
}

/** Makes varbinds, and counts their texts: the last one gets what is left. */
function builder({ enterprise }: SnmpSettings) {
  const place = identifierBytes(enterprise);
  const count = Object.keys(OBJECT).length;
  let left = PACKET_MAX - SECURITY_MAX - FIXED - place - count * (VARBIND + place);
  const oid = (name: keyof typeof OBJECT) => `${enterprise}.1.${OBJECT[name]}.0`;
  const bounded = (name: keyof typeof OBJECT, value: string, max: number): Varbind => {
    const cut = cutText(value, Math.min(max, left));
    left -= Buffer.byteLength(cut);
    return { oid: oid(name), type: 'text', value: cut };
  };
  return {
    text: (name: keyof typeof OBJECT, value: string) =>
      bounded(name, value, name === 'source' ? SOURCE_MAX : NAME_MAX),
    rest: (name: keyof typeof OBJECT, value: string) => bounded(name, value, left),
    integer: (name: keyof typeof OBJECT, value: number): Varbind => ({
      oid: oid(name),
      type: 'integer',
      value,
    }),
    /** Counts that are too large for SNMP begin anew. */
    unsigned: (name: keyof typeof OBJECT, value: number): Varbind => ({
      oid: oid(name),
      type: 'unsigned',
      value: value % 2 ** 32,
    }),
    time: (name: keyof typeof OBJECT, wall_us: number): Varbind => ({
      oid: oid(name),
      type: 'time',
      value: isoTime(wall_us),
    }),
  };
}

/** Of the numbers after 1.3.6.1.4.1 in BER: seven bits to the byte. */
function identifierBytes(enterprise: string): number {
  const numbers = enterprise.split('.').slice(6).map(Number);
  return numbers.reduce((sum, n) => sum + Math.max(1, Math.ceil(Math.log2(n + 1) / 7)), 0);
}

/**
 * Null: it is no change of a link. The end of link-down is a linkUp only when the condition ended: superseded by
 * link-flapping the link is still bad, and that alarm's end is the linkUp.
 */
function linkOf({ kind, alarm }: AlarmChange): Notification['link'] {
  const { kind: what, name } = managedObject(alarm.managedObjectId);
  if (what !== 'leg') return null;
  if (alarm.type === 'link-down' && kind === 'raised') return { name, up: false };
  return kind === 'cleared' && endsLinkFault(alarm) ? { name, up: true } : null;
}

const endsLinkFault = ({ type, clearCause }: Alarm): boolean =>
  (type === 'link-down' || type === 'link-flapping') && clearCause === 'condition-ended';

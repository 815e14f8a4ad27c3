/** A CloudEvent, under a subject that says whose alarm it is (CloudEvents' NATS protocol binding, structured mode). */
import type { Notice, RebuiltNotice } from '../../types.ts';
import { alarmEvent, type CloudEvent, rebuiltEvent } from '../shared/cloud-event.ts';
import type { NatsSettings, PLACES } from './settings.ts';

export interface NatsMessage {
  subject: string;
  /** Header Nats-Msg-Id: what the stream has seen within its window, it does not store again. */
  id: string;
  event: CloudEvent;
}

/** The message for a notice. Pure. */
export function alarmMessage(notice: Notice, source: string, settings: NatsSettings): NatsMessage {
  const { alarm, kind } = notice.change;
  return {
    subject: subjectOf(settings.subject, {
      host: settings.host,
      severity: alarm.perceivedSeverity.toLowerCase(),
      type: alarm.type,
      kind,
      object: alarm.managedObjectId,
    }),
    id: messageId(source, notice.key),
    event: alarmEvent(notice, source),
  };
}

/** The receiver's list may have a hole: it is to be read anew. Pure. */
export function rebuiltMessage(
  notice: RebuiltNotice,
  source: string,
  settings: NatsSettings,
): NatsMessage {
  return {
    subject: subjectOf(settings.subject, {
      host: settings.host,
      severity: 'warning',
      type: 'alarms-rebuilt',
      kind: 'rebuilt',
      object: 'host',
    }),
    id: messageId(source, notice.key),
    event: rebuiltEvent(notice, source),
  };
}

/** Keys are unique for one host only. */
const messageId = (source: string, key: string): string => `${source} ${key}`;

function subjectOf(template: string, values: Record<(typeof PLACES)[number], string>): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, place: keyof typeof values) => token(values[place]));
}

/** Dots would part it, and *, > and white space are not allowed in it. */
const token = (text: string): string => text.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 100);

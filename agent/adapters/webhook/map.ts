/** What goes over the wire: CloudEvents, which other kinds carry, too; heartbeats and the signature are the webhook's alone. */
import { createHmac } from 'node:crypto';
import { isoTime } from '../../time.ts';
import type { BeatInfo } from '../shared/beat.ts';
import type { CloudEvent } from '../shared/cloud-event.ts';

export { alarmEvent, rebuiltEvent } from '../shared/cloud-event.ts';

/** Says that the agent lives. `started_us` (wall) and `count` make its id; after `interval_s` comes the next. */
export function heartbeatEvent(source: string, beat: BeatInfo): CloudEvent {
  return {
    specversion: '1.0',
    id: `heartbeat/${beat.started_us}/${beat.count}`,
    source,
    type: 'io.pathwarden.heartbeat',
    time: isoTime(beat.now_us),
    datacontenttype: 'application/json',
    data: { count: beat.count, interval_s: beat.interval_s, started: isoTime(beat.started_us) },
  };
}

/** Value of the header `x-pathwarden-signature`: HMAC-SHA256 of `<now_s>.<body>` by the key, in hexadecimal. */
export function signature(body: string, key: string, now_s: number): string {
  const hmac = createHmac('sha256', key).update(`${now_s}.${body}`).digest('hex');
  return `t=${now_s},v1=${hmac}`;
}

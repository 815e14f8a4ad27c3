/** Masakari's API (Instance HA, v1) as far as it is needed. */
import * as z from 'zod';
import type { Attempt } from '../../outbox/destination.ts';
import type { SendResult } from '../../types.ts';
import { type Service, unsuccessful } from '../shared/keystone-service.ts';
import { retry } from '../shared/settle.ts';
import type { Notification } from './map.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Segments that are searched for the host. */
const SEGMENTS_MAX = 64;

const known = z.looseObject({
  notification_uuid: z.string().regex(UUID),
  status: z.string().max(32),
  type: z.string().max(32),
});
const one = z.looseObject({ notification: known });
const many = z.looseObject({ notifications: z.array(known) });
const segments = z.looseObject({
  segments: z.array(z.looseObject({ uuid: z.string().regex(UUID) })),
});
const hosts = z.looseObject({
  hosts: z.array(z.looseObject({ name: z.string(), uuid: z.string().regex(UUID) })),
});

export type Known = z.output<typeof known>;

/** What became of a notification that was sent. */
export type Posted =
  | { outcome: 'taken'; uuid: string }
  /** It has this one already. */
  | { outcome: 'duplicate' }
  /** The host is being recovered, or an operator has not said since that it is well: nothing more is taken about it. */
  | { outcome: 'maintenance' }
  | SendResult;

export class Notifications {
  readonly #service: Service;
  readonly #host: string;

  constructor(service: Service, host: string) {
    this.#service = service;
    this.#host = host;
  }

  async post(notification: Notification, attempt: Attempt): Promise<Posted> {
    const { type, ...rest } = notification;
    const body = { notification: { type, hostname: this.#host, ...rest } };
    const answer = await this.#service.request(
      { method: 'POST', path: '/notifications', body },
      attempt,
    );
    if (!('failure' in answer)) {
      const { status, message } = answer;
      // By their words alone.
      if (status === 409 && /duplicate/i.test(message)) return { outcome: 'duplicate' };
      if (status === 409 && /maintenance/i.test(message)) return { outcome: 'maintenance' };
      if (status === 400 && /could not be found/i.test(message)) {
        const remedy = `add ${this.#host} to a segment, or set host to its name there; then pathwarden outbox retry`;
        return { outcome: 'refused', reason: `notifications: HTTP 400: ${message} ${remedy}` };
      }
    }
    const failed = unsuccessful(answer, 'notifications');
    if (failed || 'failure' in answer) return failed ?? retry('');
    const read = one.safeParse(answer.body);
    if (answer.status !== 202 || !read.success) {
      return retry(`notifications: HTTP ${answer.status}, but not Masakari’s answer`);
    }
    return { outcome: 'taken', uuid: read.data.notification.notification_uuid };
  }

  /** How far it is; null: there is no such notification. */
  async status(uuid: string, attempt: Attempt): Promise<string | null | SendResult> {
    const answer = await this.#service.request(
      { method: 'GET', path: `/notifications/${uuid}` },
      attempt,
    );
    if (!('failure' in answer) && answer.status === 404) return null;
    const failed = unsuccessful(answer, 'notifications');
    if (failed || 'failure' in answer) return failed ?? retry('');
    const read = one.safeParse(answer.body);
    return read.success
      ? read.data.notification.status
      : retry('notifications: not Masakari’s answer');
  }

  /** Of this host, those with this status. */
  async list(host: string, status: string, attempt: Attempt): Promise<Known[] | SendResult> {
    const path = `/notifications?source_host_uuid=${host}&status=${status}`;
    const answer = await this.#service.request({ method: 'GET', path }, attempt);
    const failed = unsuccessful(answer, 'notifications');
    if (failed || 'failure' in answer) return failed ?? retry('');
    const read = many.safeParse(answer.body);
    return read.success ? read.data.notifications : retry('notifications: not Masakari’s answer');
  }

  /** Uuid of this host; null: no segment has it. */
  async host(attempt: Attempt): Promise<string | null | SendResult> {
    const answer = await this.#service.request({ method: 'GET', path: '/segments' }, attempt);
    const failed = unsuccessful(answer, 'segments');
    if (failed || 'failure' in answer) return failed ?? retry('');
    const read = segments.safeParse(answer.body);
    if (!read.success) return retry('segments: not Masakari’s answer');
    for (const { uuid } of read.data.segments.slice(0, SEGMENTS_MAX)) {
      const inside = await this.#service.request(
        { method: 'GET', path: `/segments/${uuid}/hosts` },
        attempt,
      );
      const wrong = unsuccessful(inside, 'segments');
      if (wrong || 'failure' in inside) return wrong ?? retry('');
      const found = hosts
        .safeParse(inside.body)
        .data?.hosts.find(({ name }) => name === this.#host);
      if (found) return found.uuid;
    }
    return null;
  }
}

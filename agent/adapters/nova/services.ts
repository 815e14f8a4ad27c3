/** The host's nova-compute in Nova's API (os-services), with the microversions that it needs. */
import * as z from 'zod';
import type { Attempt } from '../../outbox/destination.ts';
import type { SendResult } from '../../types.ts';
import { type Service, type ServiceRequest, unsuccessful } from '../shared/keystone-service.ts';
import { retry } from '../shared/settle.ts';
import type { Change, ComputeService } from './plan.ts';

const BINARY = 'nova-compute';
/** PUT by id needs 2.53 (Pike); forced_down, and PUT by host, 2.11 (Liberty). */
const VERSIONS = ['2.53', '2.11'] as const;

const service = z.looseObject({
  id: z.union([z.string().regex(/^[0-9A-Za-z-]{1,64}$/), z.int()]).transform(String),
  host: z.string(),
  binary: z.string(),
  status: z.enum(['enabled', 'disabled']),
  disabled_reason: z
    .string()
    .nullish()
    .transform(text => text ?? null),
  forced_down: z.boolean(),
});
const listed = z.looseObject({ services: z.array(z.looseObject({ host: z.string() })) });
const changed = z.looseObject({
  service: z.looseObject({ forced_down: z.boolean().optional(), status: z.string().optional() }),
});

export class Services {
  readonly #service: Service;
  readonly #host: string;
  #version: (typeof VERSIONS)[number] = VERSIONS[0];

  constructor(from: Service, host: string) {
    this.#service = from;
    this.#host = host;
  }

  /** As it is now. */
  async find(attempt: Attempt): Promise<ComputeService | SendResult> {
    const end = performance.now() + attempt.deadline_ms;
    const path = `/os-services?binary=${BINARY}&host=${encodeURIComponent(this.#host)}`;
    for (const version of VERSIONS.slice(VERSIONS.indexOf(this.#version))) {
      const left = Math.max(1, Math.floor(end - performance.now()));
      const answer = await this.#request(
        { method: 'GET', path },
        { ...attempt, deadline_ms: left },
        version,
      );
      if (!('failure' in answer) && answer.status === 406) continue;
      const failed = unsuccessful(answer, 'os-services');
      if (failed || 'failure' in answer) return failed ?? retry('');
      this.#version = version;
      return this.#read(answer.body);
    }
    return { outcome: 'refused', reason: 'os-services: Nova has no microversion 2.11' };
  }

  #read(body: unknown): ComputeService | SendResult {
    const list = listed.safeParse(body);
    if (!list.success) return retry('os-services: an answer that is not Nova’s');
    const mine = list.data.services.find(
      ({ host, binary }) => host === this.#host && binary === BINARY,
    );
    if (!mine) {
      return retry(`os-services: there is no ${BINARY} on ${this.#host}: set host to its name`);
    }
    const read = service.safeParse(mine);
    if (read.success) return read.data;
    return retry(
      'os-services: no forced_down in the answer: the endpoint must be one with microversions, …/v2.1',
    );
  }

  /** `delivered`: it is so now; null: the service is there no more by this id. */
  async change(to: ComputeService, change: Change, attempt: Attempt): Promise<SendResult | null> {
    const end = performance.now() + attempt.deadline_ms;
    for (const { path, body } of this.#puts(to, change)) {
      const left = Math.max(1, Math.floor(end - performance.now()));
      const answer = await this.#request(
        { method: 'PUT', path, body },
        { ...attempt, deadline_ms: left },
        this.#version,
      );
      if (!('failure' in answer) && answer.status === 404) return null;
      const failed = unsuccessful(answer, 'os-services');
      if (failed || 'failure' in answer) return failed ?? retry('');
      const read = changed.safeParse(answer.body);
      const { forced_down, status } = read.data?.service ?? {};
      const asked = body as Change;
      const done =
        read.success &&
        (asked.forced_down === undefined || forced_down === asked.forced_down) &&
        (asked.status === undefined || status === asked.status);
      if (!done) return retry('os-services: Nova has not done it, whatever its status says');
    }
    return { outcome: 'delivered' };
  }

  #puts({ id }: ComputeService, change: Change): { path: string; body: object }[] {
    if (this.#version === '2.53') return [{ path: `/os-services/${id}`, body: change }];
    const named = { host: this.#host, binary: BINARY };
    const { forced_down, status, disabled_reason } = change;
    return [
      ...(forced_down === undefined
        ? []
        : [{ path: '/os-services/force-down', body: { ...named, forced_down } }]),
      ...(status === 'disabled'
        ? [{ path: '/os-services/disable-log-reason', body: { ...named, disabled_reason } }]
        : []),
      ...(status === 'enabled' ? [{ path: '/os-services/enable', body: named }] : []),
    ];
  }

  #request(wanted: ServiceRequest, attempt: Attempt, version: string) {
    return this.#service.request(
      {
        ...wanted,
        headers: {
          'openstack-api-version': `compute ${version}`,
          // Nova before 2.27 knows this one alone.
          'x-openstack-nova-api-version': version,
        },
      },
      attempt,
    );
  }
}

/** A Keystone, a Nova and a Masakari on one port that say what real ones say (Keystone 22, Nova 26, Masakari 14), word for word. */
import type { ServerResponse } from 'node:http';
import { type Received, Receiver } from './http.ts';

type Json = Record<string, unknown>;
type Answer = (request: Received, response: ServerResponse) => void;

const SERVICE = 'bcdae7d9-8504-45f9-b709-c3d626a9dc8a';
const SEGMENT = '606e5e79-3a59-4361-8934-f964f64e9ac2';
export const HOST_UUID = 'd1ddf013-9185-499f-9166-b063ee836d36';

export function json(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(JSON.stringify(body));
}

const unauthorized = {
  error: {
    code: 401,
    title: 'Unauthorized',
    message: 'The request you have made requires authentication.',
  },
};

export class FakeOpenStack {
  readonly receiver = new Receiver();
  port = 0;
  /** Seconds that a token is good. */
  lifetime_s = 3600;
  issued = 0;
  valid = new Set<string>();
  password = 'agentpw';
  catalog: Json[] | null = null;
  /** Answers instead, where it is set: by the first part of the path, `v3`, `v2.1`, `v1`. */
  instead: Record<string, Answer | undefined> = {};
  service: Json = {
    binary: 'nova-compute',
    host: 'compute-1',
    id: SERVICE,
    zone: 'nova',
    status: 'enabled',
    state: 'up',
    updated_at: '2026-11-22T08:29:20.848134',
    disabled_reason: null,
    forced_down: false,
  };
  novaMax = 93;
  notifications: Json[] = [];
  maintenance = false;
  /** Status of notifications by GET. */
  statuses: string[] = ['finished'];

  async start(t: { teardown(end: () => unknown): void }): Promise<this> {
    this.port = await this.receiver.listen();
    t.teardown(() => this.receiver.close());
    this.receiver.answer = (request, response) => {
      const room = request.url.split(/[/?]/)[1] ?? '';
      const own = this.instead[room];
      if (own) own(request, response);
      else this.answer(request, response);
    };
    return this;
  }

  /** As a real one. */
  answer: Answer = (request, response) => {
    const [path = '', query = ''] = request.url.split('?');
    if (path === '/v3/auth/tokens') this.#token(request, response);
    else if (!this.valid.has(String(request.headers['x-auth-token'])))
      json(response, 401, unauthorized);
    else if (path.startsWith('/v2.1/os-services')) this.#nova(path, request, response);
    else this.#masakari(path, new URLSearchParams(query), request, response);
  };

  asked(method: string, path: string): Received[] {
    return this.receiver.all.filter(one => one.method === method && one.url.startsWith(path));
  }

  bodies(method: string, path: string): Json[] {
    return this.asked(method, path).map(({ body }) => JSON.parse(body));
  }

  get auth() {
    return {
      auth_url: `http://127.0.0.1:${this.port}/v3`,
      username: 'agent',
      project_name: 'service',
    };
  }

  endpoint(type: string, path: string, more: Json = {}): Json {
    return {
      endpoints: ['public', 'internal', 'admin'].map(face => ({
        interface: face,
        region_id: 'RegionOne',
        region: 'RegionOne',
        url: `http://127.0.0.1:${this.port}/${path}`,
        ...more,
      })),
      type,
    };
  }

  #token({ body }: Received, response: ServerResponse): void {
    const asked = JSON.parse(body);
    const { password, application_credential } = asked.auth.identity;
    const secret = password?.user.password ?? application_credential?.secret;
    if (secret !== this.password) {
      json(response, 401, unauthorized);
      return;
    }
    const id = `gAAAA-token-number-${++this.issued}`;
    this.valid.add(id);
    const now = Date.now();
    const time = (ms: number) => new Date(ms).toISOString().replace('Z', '000Z');
    const catalog = this.catalog ?? [
      this.endpoint('compute', 'v2.1'),
      this.endpoint('instance-ha', 'v1'),
    ];
    const expires_at = time(now + this.lifetime_s * 1000);
    const token = { methods: ['password'], expires_at, issued_at: time(now), catalog };
    json(response, 201, { token }, { 'x-subject-token': id });
  }

  #nova(path: string, { method, headers, body }: Received, response: ServerResponse): void {
    const version = String(headers['openstack-api-version'] ?? 'compute 2.1').replace(
      'compute 2.',
      '',
    );
    if (Number(version) > this.novaMax) {
      const message = `Version 2.${version} is not supported by the API. Minimum is 2.1 and maximum is 2.${this.novaMax}.`;
      json(response, 406, { computeFault: { code: 406, message } });
      return;
    }
    if (method === 'GET') {
      json(response, 200, { services: [this.service] });
      return;
    }
    const asked = JSON.parse(body);
    const id = path.split('/')[3];
    if (Number(version) >= 53 && id !== this.service.id) {
      const message = `Service ${id} could not be found.`;
      json(response, 404, { itemNotFound: { code: 404, message } });
      return;
    }
    if (Number(version) < 53 && asked.host === undefined) {
      json(response, 400, { badRequest: { code: 400, message: "'host' is a required property" } });
      return;
    }
    if (id === 'disable-log-reason') asked.status = 'disabled';
    if (id === 'enable') asked.status = 'enabled';
    if (asked.status === 'enabled') asked.disabled_reason = null;
    Object.assign(this.service, asked);
    json(response, 200, { service: Number(version) < 53 ? asked : this.service });
  }

  #masakari(
    path: string,
    query: URLSearchParams,
    { method, body }: Received,
    response: ServerResponse,
  ): void {
    if (path === '/v1/segments') {
      json(response, 200, { segments: [{ uuid: SEGMENT, name: 'seg1' }] });
      return;
    }
    if (path === `/v1/segments/${SEGMENT}/hosts`) {
      json(response, 200, { hosts: [{ uuid: HOST_UUID, name: 'compute-1' }] });
      return;
    }
    if (method === 'GET') {
      const uuid = path.split('/')[3];
      if (uuid === undefined) {
        const status = query.get('status');
        const notifications = this.notifications.filter(one => one.status === status);
        json(response, 200, { notifications });
        return;
      }
      const status = this.statuses.length > 1 ? this.statuses.shift() : this.statuses[0];
      json(response, 200, {
        notification: { notification_uuid: uuid, type: 'COMPUTE_HOST', status },
      });
      return;
    }
    const { notification } = JSON.parse(body);
    const conflict = (message: string) =>
      json(response, 409, { conflictingRequest: { code: 409, message } });
    const { hostname, type, payload } = notification;
    if (hostname !== 'compute-1') {
      const message = `Host with name ${hostname} could not be found.`;
      json(response, 400, { badRequest: { code: 400, message } });
      return;
    }
    if (this.maintenance) {
      conflict(
        `Notification received from host ${hostname} of type '${type}' is ignored as the host is already under maintenance.`,
      );
      return;
    }
    const same = JSON.stringify([type, payload]);
    if (this.notifications.some(one => JSON.stringify([one.type, one.payload]) === same)) {
      conflict(`Notification received from host ${hostname} of type ${type} is duplicate.`);
      return;
    }
    const notification_uuid = `4225dd35-fd5f-4c72-b897-06e29db592d${this.notifications.length}`;
    const stored = {
      ...notification,
      notification_uuid,
      source_host_uuid: HOST_UUID,
      status: 'new',
    };
    this.notifications.push(stored);
    json(response, 202, { notification: stored });
  }
}

/** performance.now that a test can push on; it is set back when the test ends. */
export function pushedClock(t: { teardown(end: () => unknown): void }): (ms: number) => void {
  const real = performance.now.bind(performance);
  let ahead = 0;
  performance.now = () => real() + ahead;
  t.teardown(() => {
    performance.now = real;
  });
  return ms => {
    ahead += ms;
  };
}

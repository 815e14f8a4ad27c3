/** POSTs events to a VES listener: those that come within a few ms as one batch, each answered to its own sender. */
import type { Attempt } from '../../outbox/destination.ts';
import type { SendResult } from '../../types.ts';
import type { AdapterClient, AdapterContext } from '../adapter.ts';
import { Beat } from '../shared/beat.ts';
import { type Endpoint, openEndpoint } from '../shared/endpoint.ts';
import { judgeAnswer } from '../shared/http.ts';
import { heartbeatEvent, type VesEvent } from './map.ts';
import type { VesSettings } from './settings.ts';

const HEADERS = { 'content-type': 'application/json', 'x-minorversion': '2' };

/** Events in one batch: far below the 2 MB that collectors take. */
const BATCH_MAX = 100;

/** Statuses by which a listener refuses a batch as such, or one event in it: then each event goes by itself. */
const NO_BATCH = new Set([400, 404, 405, 413, 415, 422, 501]);

interface Waiting {
  event: VesEvent;
  until: number;
  fresh: boolean;
  settle(result: SendResult): void;
}

/** Rejects when a file that the settings name cannot be used. */
export async function createVes(
  settings: VesSettings,
  context: AdapterContext,
): Promise<AdapterClient> {
  return new Ves(settings, context, await openEndpoint(settings, context));
}

class Ves implements AdapterClient {
  readonly #endpoint: Endpoint;
  readonly #batch_ms: number;
  readonly #beat: Beat;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(settings: VesSettings, context: AdapterContext, endpoint: Endpoint) {
    const { name, host, heartbeat_s, timeout_ms, batch_ms } = settings;
    this.#endpoint = endpoint;
    this.#batch_ms = batch_ms;
    this.#beat = new Beat({
      adapter: name,
      every_s: heartbeat_s,
      what: 'heartbeats',
      log: context.log,
      send: (beat, fresh) => {
        const event = heartbeatEvent(context.source, host, beat);
        return this.#single(event, { deadline_ms: 2 * timeout_ms, fresh });
      },
    });
  }

  send: AdapterClient['send'] = async (payload, attempt) => {
    const events = payload as VesEvent[];
    const results = await Promise.all(events.map(event => this.#put(event, attempt)));
    const of = (wanted: SendResult['outcome']) => results.find(({ outcome }) => outcome === wanted);
    // One that is refused does not keep the other from arriving.
    return of('retry') ?? of('refused') ?? { outcome: 'delivered' };
  };

  #put(event: VesEvent, attempt: Attempt): Promise<SendResult> {
    if (this.#batch_ms === 0) return this.#single(event, attempt);
    return new Promise(settle => {
      const until = performance.now() + attempt.deadline_ms;
      this.#waiting.push({ event, until, fresh: attempt.fresh, settle });
      this.#timer ??= setTimeout(() => this.#flush(), this.#batch_ms);
    });
  }

  #flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const waiting = this.#waiting;
    this.#waiting = [];
    // Collectors route a batch by the domain of its events: it may have but one.
    for (const batch of Object.values(Object.groupBy(waiting, domainOf))) {
      for (let i = 0; batch && i < batch.length; i += BATCH_MAX) {
        void this.#together(batch.slice(i, i + BATCH_MAX));
      }
    }
  }

  async #together(batch: Waiting[]): Promise<void> {
    if (batch.length > 1) {
      const eventList = batch.map(({ event }) => event.event);
      const answer = await this.#endpoint.request(
        JSON.stringify({ eventList }),
        attemptOf(batch),
        HEADERS,
        '/eventBatch',
      );
      if ('failure' in answer || !NO_BATCH.has(answer.status)) {
        for (const { settle } of batch) settle(judgeAnswer(answer));
        return;
      }
    }
    for (const one of batch) void this.#single(one.event, attemptOf([one])).then(one.settle);
  }

  async #single(event: VesEvent, attempt: Attempt): Promise<SendResult> {
    return await this.#endpoint.post(JSON.stringify(event), attempt, HEADERS);
  }

  start(): void {
    this.#endpoint.start();
    this.#beat.start();
  }

  async close(): Promise<void> {
    this.#beat.stop();
    await this.#endpoint.close();
    this.#flush();
  }
}

const domainOf = ({ event }: Waiting): string => event.event.commonEventHeader.domain;

function attemptOf(batch: readonly Waiting[]): Attempt {
  const left = Math.min(...batch.map(({ until }) => until)) - performance.now();
  return { deadline_ms: Math.max(1, Math.floor(left)), fresh: batch.some(({ fresh }) => fresh) };
}

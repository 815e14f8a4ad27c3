/** POSTs events over warm connections; a heartbeat keeps one open, and tells the receiver when we are dead. */
import { wallUs } from '../../time.ts';
import type { AdapterClient, AdapterContext } from '../adapter.ts';
import { Beat } from '../shared/beat.ts';
import { CONTENT_TYPE } from '../shared/cloud-event.ts';
import { type Endpoint, openEndpoint } from '../shared/endpoint.ts';
import { openSecret, type RereadSecret } from '../shared/reread.ts';
import { heartbeatEvent, signature } from './map.ts';
import type { WebhookSettings } from './settings.ts';

/** Rejects when a file that the settings name cannot be used. */
export async function createWebhook(
  settings: WebhookSettings,
  context: AdapterContext,
): Promise<AdapterClient> {
  const { hmac_file, name } = settings;
  const key = hmac_file ? await openSecret(hmac_file, name, context) : null;
  return new Webhook(settings, context, await openEndpoint(settings, context), key);
}

class Webhook implements AdapterClient {
  readonly #endpoint: Endpoint;
  readonly #key: RereadSecret | null;
  readonly #beat: Beat;

  constructor(
    settings: WebhookSettings,
    context: AdapterContext,
    endpoint: Endpoint,
    key: RereadSecret | null,
  ) {
    this.#endpoint = endpoint;
    this.#key = key;
    const { name, heartbeat_s, timeout_ms } = settings;
    this.#beat = new Beat({
      adapter: name,
      every_s: heartbeat_s,
      what: 'heartbeats',
      log: context.log,
      send: (beat, fresh) =>
        this.send(heartbeatEvent(context.source, beat), { deadline_ms: 2 * timeout_ms, fresh }),
    });
  }

  send: AdapterClient['send'] = (payload, attempt) => {
    const body = JSON.stringify(payload);
    const headers: Record<string, string> = { 'content-type': CONTENT_TYPE };
    if (this.#key) {
      const now_s = Math.floor(wallUs() / 1e6);
      headers['x-pathwarden-signature'] = signature(body, this.#key.text, now_s);
    }
    return this.#endpoint.post(body, attempt, headers);
  };

  start(): void {
    this.#endpoint.start();
    this.#key?.start();
    this.#beat.start();
  }

  async close(): Promise<void> {
    this.#beat.stop();
    this.#key?.stop();
    await this.#endpoint.close();
  }
}

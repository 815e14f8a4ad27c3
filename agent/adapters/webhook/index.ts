/** Tells a receiver by HTTP POST, one CloudEvent for each alarm change, and a heartbeat so that it notices when we are dead. */
import { readFile } from 'node:fs/promises';
import { wallUs } from '../../time.ts';
import type { Notice } from '../../types.ts';
import type { Adapter, AdapterContext, AdapterKind } from '../adapter.ts';
import { alarmEvent, CONTENT_TYPE, heartbeatEvent } from './event.ts';
import { type WebhookSettings, webhookSettings } from './settings.ts';
import { Transport } from './transport.ts';

export const adapter: AdapterKind<WebhookSettings> = {
  kind: 'webhook',
  schema: webhookSettings,
  map: alarmEvent,
  async create(settings, context) {
    const { token_file, ca_file } = settings;
    const token = token_file ? oneToken(token_file, await readFile(token_file, 'utf8')) : null;
    const ca = ca_file ? await readFile(ca_file, 'utf8') : null;
    return new Webhook(settings, context, token, ca);
  },
};

class Webhook implements Adapter {
  readonly kind = 'webhook';
  readonly name: string;
  readonly primary: boolean;
  readonly timeout_ms: number;
  readonly #settings: WebhookSettings;
  readonly #context: AdapterContext;
  readonly #transport: Transport;
  readonly #started_us = wallUs();
  #token: string | null;
  #timer: NodeJS.Timeout | null = null;
  #beats = 0;
  /** Of the last heartbeat, so that the log tells only changes. */
  #complaint: string | null = null;

  constructor(
    settings: WebhookSettings,
    context: AdapterContext,
    token: string | null,
    ca: string | null,
  ) {
    this.#settings = settings;
    this.#context = context;
    this.name = settings.name;
    this.primary = settings.primary;
    this.timeout_ms = settings.timeout_ms;
    this.#token = token;
    if (token !== null) context.hide(token);
    for (const value of Object.values(settings.headers)) context.hide(value);
    this.#transport = new Transport({
      url: settings.url,
      headers: { ...settings.headers, 'content-type': CONTENT_TYPE },
      token: () => this.#token,
      ca,
      timeout_ms: settings.timeout_ms,
    });
  }

  map(notice: Notice, source: string): unknown {
    return alarmEvent(notice, source);
  }

  send: Adapter['send'] = (payload, attempt) =>
    this.#transport.post(JSON.stringify(payload), attempt);

  /** The first heartbeat also opens the connection that alarms find warm. */
  start(): void {
    const { heartbeat_s } = this.#settings;
    if (heartbeat_s === 0 || this.#timer) return;
    this.#timer = setInterval(() => void this.#beat(), heartbeat_s * 1000);
    this.#timer.unref();
    void this.#beat();
  }

  async #beat(): Promise<void> {
    if (this.#settings.token_file) await this.#readToken(this.#settings.token_file);
    this.#beats += 1;
    const event = heartbeatEvent(this.#context.source, {
      started_us: this.#started_us,
      count: this.#beats,
      interval_s: this.#settings.heartbeat_s,
      now_us: wallUs(),
    });
    // After a failure, do not leave the connection that hung for an alarm to find.
    const fresh = this.#complaint !== null;
    const result = await this.send(event, { deadline_ms: 2 * this.timeout_ms, fresh });
    const complaint = result.outcome === 'delivered' ? null : result.reason;
    if (complaint !== this.#complaint) {
      const fields = { adapter: this.name, reason: complaint };
      if (complaint === null) this.#context.log.info(fields, 'the receiver answers again');
      else this.#context.log.warn(fields, 'the receiver does not take heartbeats');
    }
    this.#complaint = complaint;
  }

  async #readToken(file: string): Promise<void> {
    try {
      this.#token = oneToken(file, await readFile(file, 'utf8'));
      this.#context.hide(this.#token);
    } catch (error) {
      const reason = (error as Error).message;
      this.#context.log.warn(
        { adapter: this.name, reason },
        'token_file cannot be read; the last token stays',
      );
    }
  }

  async close(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#transport.close();
  }
}

/** @throws Error when the file holds anything but one token (RFC 6750: visible ASCII) */
function oneToken(file: string, text: string): string {
  const token = text.trim();
  if (/^[\x21-\x7e]{1,8192}$/.test(token)) return token;
  throw new Error(`${file}: expected one token of visible ASCII characters`);
}

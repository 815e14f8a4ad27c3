/** One connection to RabbitMQ with one confirming channel. It is opened once, and closed for good when anything is wrong with it. */
import { type ChannelModel, type ConfirmChannel, connect, credentials } from 'amqplib';
import type { SendResult } from '../../types.ts';
import { hostOf, isTls } from '../shared/broker-settings.ts';
import type { Tls } from '../shared/http.ts';
import type { rememberingLookup } from '../shared/lookup.ts';
import { describe, retry } from '../shared/settle.ts';
import type { Connection } from '../shared/warm.ts';
import type { OsloMessage } from './map.ts';
import type { AmqpSettings } from './settings.ts';

/** From the first packet to the confirming channel. */
const OPEN_TIMEOUT_MS = 10_000;
/** Bytes of one frame, either way; what a broker has to say to a publisher is short. */
const FRAME_MAX = 131_072;
/** For an orderly end, before the socket is cut. */
const FAREWELL_MS = 1000;
/** AMQP 0-9-1, 4.2.5: reply code. */
const NOT_FOUND = 404;
/** Sent but neither confirmed nor refused; the broker is not keeping up. */
const UNCONFIRMED_MAX = 4096;

export interface Access {
  /** Null: by our certificate if there is one, else as `guest`. */
  password: string | null;
  tls: Tls;
}

interface Pending {
  message_id: string;
  /** The broker sent it back, and why: it went to no queue. */
  returned: string | null;
  settle(result: SendResult): void;
}

/** What the connections of one adapter have in common. */
export interface Shared {
  settings: AmqpSettings;
  /** Named to the broker, whose operator sees whose connection it is. */
  source: string;
  /** Read anew for each connection: a password that was changed counts from the next one on. */
  access(): Promise<Access>;
  /** One for each URL. */
  lookups: ReturnType<typeof rememberingLookup>[];
}

export class AmqpConnection implements Connection {
  state: Connection['state'] = 'opening';
  readonly ready: Promise<void>;
  readonly #shared: Shared;
  /** Aborted: the socket is gone, however far it had come. */
  readonly #abort = new AbortController();
  readonly #pending = new Set<Pending>();
  #model: ChannelModel | null = null;
  #channel: ConfirmChannel | null = null;
  /** Over the channel: its delivery tags are 1 to this. */
  #sent = 0;
  /** The broker is short of memory or disk and reads nothing from publishers; null: it reads. */
  blocked: string | null = null;

  /** `n`: which of the URLs is its turn. */
  constructor(shared: Shared, n: number) {
    this.#shared = shared;
    const { urls } = shared.settings;
    const late = `no connection within ${OPEN_TIMEOUT_MS} ms`;
    const timer = setTimeout(() => this.#end(late), OPEN_TIMEOUT_MS);
    const ended = new Promise<never>((_, reject) => {
      const { signal } = this.#abort;
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    const opening = this.#open(n % urls.length);
    this.ready = Promise.race([opening, ended])
      .then(() => {
        if (this.state === 'opening') this.state = 'open';
      })
      .catch((error: unknown) => {
        this.#end(describe(error));
        throw error;
      })
      .finally(() => clearTimeout(timer));
  }

  async #open(nr: number): Promise<void> {
    const { settings, source, access, lookups } = this.#shared;
    const url = new URL(settings.urls[nr] ?? '');
    const { password, tls } = await access();
    const user = settings.user ?? 'guest';
    const model = await connect(
      {
        protocol: url.protocol.slice(0, -1),
        hostname: hostOf(url),
        port: Number(url.port) || (isTls(url) ? 5671 : 5672),
        vhost: url.pathname.slice(1),
        heartbeat: settings.heartbeat_s,
        frameMax: FRAME_MAX,
        maxFrameSize: FRAME_MAX,
      },
      {
        ...tls,
        credentials:
          settings.user === undefined && tls.cert !== undefined
            ? credentials.external()
            : credentials.plain(user, password ?? 'guest'),
        clientProperties: { connection_name: `pathwarden ${source}`, product: 'pathwarden' },
        noDelay: true,
        lookup: lookups[nr] as never,
        signal: this.#abort.signal,
      } as Parameters<typeof connect>[1],
    );
    this.#model = model;
    // Each error is followed by `close`; without a listener it would end the process.
    model.on('error', error => this.#end(describe(error)));
    model.on('close', error =>
      this.#end(error ? describe(error) : 'the broker closed the connection'),
    );
    model.on('blocked', reason => {
      this.blocked = `the broker takes nothing from publishers: ${String(reason).slice(0, 200)}`;
    });
    model.on('unblocked', () => {
      this.blocked = null;
    });
    await this.#findExchange(model);
    this.#channel = await this.#openChannel(model);
    this.#channel.on('return', ({ fields, properties }) => {
      const sent = [...this.#pending].find(
        one => one.message_id === properties.messageId && one.returned === null,
      );
      const { replyCode, replyText } = fields as { replyCode?: number; replyText?: string };
      if (sent) sent.returned = `${replyCode} ${replyText}`;
    });
  }

  async #openChannel(model: ChannelModel): Promise<ConfirmChannel> {
    const channel = await model.createConfirmChannel();
    channel.on('error', error => {
      if (channel === this.#channel) this.#end(describe(error));
    });
    // amqplib takes any tag, and walks through all numbers up to it when the channel ends.
    const check = ({ deliveryTag }: { deliveryTag: number }) => {
      const sent = channel === this.#channel ? this.#sent : 0;
      if (deliveryTag < 1 || deliveryTag > sent)
        throw new Error('an answer to nothing that was sent');
    };
    channel.prependListener('ack', check);
    channel.prependListener('nack', check);
    channel.on('close', () => {
      // If the whole connection ends, its own event, with the reason, comes next.
      queueMicrotask(() => {
        if (channel === this.#channel) this.#end('the broker closed the channel');
      });
    });
    return channel;
  }

  /** One that is there is taken as it is: to declare it otherwise is an error that closes the channel. */
  async #findExchange(model: ChannelModel): Promise<void> {
    const { name, durable, declare } = this.#shared.settings.exchange;
    const asking = await this.#openChannel(model);
    try {
      await asking.checkExchange(name);
    } catch (error) {
      if (!declare || (error as { code?: number }).code !== NOT_FOUND) throw error;
      const declaring = await this.#openChannel(model);
      await declaring.assertExchange(name, 'topic', { durable });
      await declaring.close();
      return;
    }
    await asking.close();
  }

  /** Settles when the broker has answered, or the connection is closed. */
  publish({ routing_key, message }: OsloMessage): Promise<SendResult> {
    const channel = this.#channel;
    if (!channel || this.state !== 'open') throw new Error('the connection was closed');
    if (this.blocked !== null) throw new Error(this.blocked);
    if (this.#pending.size >= UNCONFIRMED_MAX) {
      throw new Error(`the broker has not confirmed the last ${UNCONFIRMED_MAX}`);
    }
    const { exchange, mandatory } = this.#shared.settings;
    const body = { 'oslo.version': '2.0', 'oslo.message': JSON.stringify(message) };
    return new Promise((resolve, reject) => {
      const pending: Pending = {
        message_id: message.message_id,
        returned: null,
        settle: result => {
          if (this.#pending.delete(pending)) resolve(result);
        },
      };
      this.#pending.add(pending);
      this.#sent += 1;
      try {
        channel.publish(
          exchange.name,
          routing_key,
          Buffer.from(JSON.stringify(body)),
          {
            contentType: 'application/json',
            contentEncoding: 'utf-8',
            messageId: message.message_id,
            persistent: true,
            mandatory,
          },
          (error: Error | null) => {
            const settle = () => pending.settle(judge(error, pending.returned));
            // When the channel ends, why it did is told later.
            if (error) setImmediate(settle);
            else settle();
          },
        );
      } catch (error) {
        this.#pending.delete(pending);
        reject(error);
      }
    });
  }

  close(): void {
    this.#end('the agent gave the connection up');
  }

  #end(reason: string): void {
    if (this.state === 'closed') return;
    const wasOpen = this.state === 'open';
    this.state = 'closed';
    for (const pending of this.#pending) pending.settle(retry(reason));
    if (!wasOpen || !this.#model) {
      this.#abort.abort(new Error(reason));
      return;
    }
    // A word of farewell, for the broker's log; a connection that hangs is cut.
    const cut = setTimeout(() => this.#abort.abort(new Error(reason)), FAREWELL_MS);
    this.#model
      .close()
      .then(
        () => this.#abort.abort(new Error(reason)),
        () => this.#abort.abort(new Error(reason)),
      )
      .finally(() => clearTimeout(cut));
  }
}

/** Nothing is refused: what keeps a message out of a queue is mended at the broker while the notice waits. */
function judge(error: Error | null, returned: string | null): SendResult {
  if (error) return retry(`the broker did not take it: ${describe(error)}`);
  if (returned !== null) return retry(`it would reach no queue: ${returned}`);
  return { outcome: 'delivered' };
}

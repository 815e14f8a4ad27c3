/** A queue of RabbitMQ for the notifications of one exchange, as an OpenStack service would bind one. */
import { type ChannelModel, connect } from 'amqplib';
import type { Stored } from './vim-stream.ts';

export const EXCHANGE = { name: 'pathwarden', durable: true };

export class Queue {
  readonly #model: ChannelModel;
  readonly #name: string;
  readonly #got: Stored[] = [];
  #consuming: Promise<void> | null = null;

  private constructor(model: ChannelModel, name: string) {
    this.#model = model;
    this.#name = name;
  }

  /** Without a queue RabbitMQ has nowhere to put them, and the adapter calls that undelivered. */
  static async bind(url: string, name: string): Promise<Queue> {
    const model = await connect(url);
    const channel = await model.createChannel();
    await channel.assertExchange(EXCHANGE.name, 'topic', { durable: EXCHANGE.durable });
    await channel.assertQueue(name, { durable: true });
    await channel.bindQueue(name, EXCHANGE.name, 'notifications.*');
    await channel.close();
    return new Queue(model, name);
  }

  /** What has come out of it so far; the first call begins to take it out. */
  async got(): Promise<readonly Stored[]> {
    this.#consuming ??= this.#consume();
    await this.#consuming;
    return this.#got;
  }

  async #consume(): Promise<void> {
    const channel = await this.#model.createChannel();
    await channel.prefetch(500);
    await channel.consume(this.#name, one => {
      if (!one) return;
      const { payload } = JSON.parse(JSON.parse(one.content.toString())['oslo.message']);
      this.#got.push({ source: payload.source, key: payload.key });
      channel.ack(one);
    });
  }

  async close(): Promise<void> {
    await this.#model.close();
  }
}

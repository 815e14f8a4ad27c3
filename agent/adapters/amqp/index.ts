/** Publishes to RabbitMQ (AMQP 0-9-1) as OpenStack's services do: the oslo.messaging notification envelope, confirmed by the broker. */
import type { AdapterKind } from '../adapter.ts';
import { alarmMessage, rebuiltMessage } from './map.ts';
import { type AmqpSettings, amqpSettings } from './settings.ts';

export const adapter: AdapterKind<AmqpSettings> = {
  kind: 'amqp',
  schema: amqpSettings,
  says: () => true,
  map: alarmMessage,
  mapRebuilt: rebuiltMessage,
  async create(settings, context) {
    const { createAmqp } = await import('./client.ts');
    return await createAmqp(settings, context);
  },
};

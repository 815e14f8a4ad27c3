/** What an adapter of the kind `amqp` is configured with. */
import * as z from 'zod';
import { adapterKeys } from '../../config.ts';
import { brokerKeys, brokerUrls, tlsFits } from '../shared/broker-settings.ts';
import { hostKey, together } from '../shared/http-settings.ts';

/** Priorities that oslo.messaging's notifier knows (notifier.py); each is a routing key of its own. */
const PRIORITIES = ['audit', 'debug', 'info', 'warn', 'error', 'critical', 'sample'] as const;

export type Priority = (typeof PRIORITIES)[number];

const name = z
  .string()
  .regex(/^[A-Za-z0-9_.:-]{1,127}$/)
  .describe('a name of 1 to 127 letters, digits, _, ., : and -');

export const amqpSettings = z
  .strictObject({
    kind: z.literal('amqp').describe('amqp'),
    ...adapterKeys,
    /** The path is the virtual host, percent-encoded; without one it is `/`. */
    urls: brokerUrls(['amqp', 'amqps'], true),
    ...brokerKeys,
    /** What the notifications call this host: `pathwarden.<host>` is their publisher. */
    host: hostKey,
    exchange: z
      .strictObject({
        /** `control_exchange` of the service whose notifications they join. */
        name: name.default('openstack'),
        /** If it has to be made; one that is there is taken as it is. OpenStack's services make it with false. */
        durable: z.boolean().default(false).describe('true or false'),
        /** False: it must be there. */
        declare: z.boolean().default(true).describe('true or false'),
      })
      .prefault({}),
    /** First part of the routing key, `<topic>.<priority>`. */
    topic: name.default('notifications'),
    /** One for all keeps the changes of an alarm in one queue, and so in order. */
    priority: z
      .enum(['by-severity', ...PRIORITIES])
      .default('by-severity')
      .describe(`by-severity, or one of ${PRIORITIES.join(', ')}`),
    /** A notification that reaches no queue was not delivered. */
    mandatory: z.boolean().default(true).describe('true or false'),
    heartbeat_s: z
      .int()
      .min(1)
      .max(600)
      .default(5)
      .describe('a whole number of seconds from 1 to 600'),
  })
  .superRefine(together)
  .superRefine(tlsFits);

export type AmqpSettings = z.output<typeof amqpSettings>;

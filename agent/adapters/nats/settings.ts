/** What an adapter of the kind `nats` is configured with. */
import * as z from 'zod';
import { adapterKeys } from '../../config.ts';
import { secretFile } from '../../secret.ts';
import { brokerKeys, brokerUrls, tlsFits } from '../shared/broker-settings.ts';
import { hostKey, together } from '../shared/http-settings.ts';

/** What a subject may be made of; each becomes one token. */
export const PLACES = ['host', 'severity', 'type', 'kind', 'object'] as const;

const TOKEN = new RegExp(`^([A-Za-z0-9_-]|\\{(${PLACES.join('|')})\\})+$`);

const whole = (low: number, high: number, what: string) =>
  z.int().min(low).max(high).describe(`a whole number of ${what} from ${low} to ${high}`);

const createStream = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .default('PATHWARDEN')
    .describe('a name of 1 to 64 letters, digits, _ and -'),
  subjects: z
    .array(z.string().regex(/^[A-Za-z0-9_-]+(\.([A-Za-z0-9_-]+|\*))*(\.>)?$/))
    .min(1)
    .max(16)
    .default(['pathwarden.>'])
    .describe('a list of 1 to 16 subjects such as pathwarden.>'),
  replicas: whole(1, 5, 'servers').default(1),
  max_age_h: whole(1, 8760, 'hours').default(168),
  max_mib: whole(1, 1_048_576, 'MiB').default(1024),
  /** A notice that comes again within this time is dropped by the server. */
  duplicate_window_s: whole(1, 86_400, 'seconds').default(3600),
});

export const natsSettings = z
  .strictObject({
    kind: z.literal('nats').describe('nats'),
    ...adapterKeys,
    urls: brokerUrls(['nats', 'tls'], false),
    ...brokerKeys,
    token_file: secretFile
      .optional()
      .describe('the absolute path of a readable file, or credential:<name>; not with user'),
    /** As nsc makes it: a JWT and the seed of its key. */
    creds_file: secretFile.optional(),
    /** The seed of a user's key: `SU…`. */
    nkey_file: secretFile.optional(),
    /** `{host}` in subjects. */
    host: hostKey,
    subject: z
      .string()
      .max(200)
      .refine(text => text.split('.').every(token => TOKEN.test(token)))
      .default('pathwarden.{host}.{severity}.{type}')
      .describe(
        `tokens of letters, digits, _ and -, parted by dots, and ${PLACES.map(one => `{${one}}`).join(', ')}`,
      ),
    /** If no stream takes the subject; absent: the operator makes it. */
    create_stream: createStream.optional(),
  })
  .superRefine(together)
  .superRefine(tlsFits)
  .superRefine((settings, context) => {
    const { user, token_file, creds_file, nkey_file } = settings;
    const ways = [user, token_file, creds_file, nkey_file].filter(one => one !== undefined);
    if (ways.length < 2) return;
    const message = 'expected one of user, token_file, creds_file and nkey_file';
    context.addIssue({ code: 'custom', path: [], message });
  });

export type NatsSettings = z.output<typeof natsSettings>;

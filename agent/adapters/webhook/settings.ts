/** What an adapter of the kind `webhook` is configured with. */
import * as z from 'zod';
import { adapterKeys } from '../../config.ts';

/** Field names that the adapter sets itself, or that belong to the connection (RFC 9110, 7.6.1). */
const OWN_HEADERS = new Set([
  'content-type',
  'content-length',
  'host',
  'connection',
  'transfer-encoding',
  'upgrade',
  'expect',
]);

const file = z.string().regex(/^\//).max(4096).describe('the absolute path of a readable file');

export const webhookSettings = z.strictObject({
  kind: z.literal('webhook').describe('webhook'),
  ...adapterKeys,
  url: z
    .string()
    .max(2048)
    .refine(isEndpoint)
    .describe('an http or https URL without a user name (a password belongs into token_file)'),
  headers: z
    .record(
      z
        .string()
        .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/)
        .refine(name => !OWN_HEADERS.has(name.toLowerCase())),
      z
        .string()
        .regex(/^[\t\x20-\x7e]*$/)
        .max(4096)
        .describe('printable ASCII'),
    )
    .default({})
    .describe('a map from header names to their values, none of those that the agent sets itself'),
  /** Sent as `Authorization: Bearer …`; read again with each heartbeat. */
  token_file: file.optional(),
  /** PEM; then only these authorities are trusted. */
  ca_file: file.optional(),
  heartbeat_s: z
    .int()
    .min(0)
    .max(3600)
    .default(10)
    .describe('a whole number of seconds from 1 to 3600, or 0 for no heartbeats'),
});

export type WebhookSettings = z.output<typeof webhookSettings>;

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hash } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '' && hash === '';
}

/** Keys that several kinds of adapters have in their settings, each spelt and meant the same everywhere. */
import { hostname } from 'node:os';
import * as z from 'zod';
import { secretFile } from '../../secret.ts';

/** Field names that an adapter sets itself, or that belong to the connection (RFC 9110, 7.6.1). */
const OWN_HEADERS = new Set([
  'authorization',
  'content-type',
  'content-length',
  'host',
  'connection',
  'transfer-encoding',
  'upgrade',
  'expect',
]);

export const tlsKeys = {
  /** PEM; then only these authorities are trusted. */
  ca_file: secretFile.optional(),
  /** PEM of our own certificate (with its chain) and its key, for receivers that want one. */
  cert_file: secretFile.optional(),
  key_file: secretFile
    .optional()
    .describe('the absolute path of a readable file, or credential:<name>; with cert_file'),
};

export const httpKeys = {
  url: z
    .string()
    .max(2048)
    .refine(isEndpoint)
    .describe('an http or https URL without a user name (a password belongs into password_file)'),
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
  /** Sent as `Authorization: Bearer …`. */
  token_file: secretFile
    .optional()
    .describe('the absolute path of a readable file, or credential:<name>; not with user'),
  /** Sent as `Authorization: Basic …` (RFC 7617). */
  user: z
    .string()
    .regex(/^[^\p{Cc}:]{1,256}$/u)
    .optional()
    .describe('a name of 1 to 256 characters without a colon'),
  password_file: secretFile
    .optional()
    .describe('the absolute path of a readable file, or credential:<name>; with user'),
  ...tlsKeys,
};

export interface TlsSettings {
  ca_file?: string | undefined;
  cert_file?: string | undefined;
  key_file?: string | undefined;
}

export interface HttpSettings extends TlsSettings {
  url: string;
  headers: Record<string, string>;
  token_file?: string | undefined;
  user?: string | undefined;
  password_file?: string | undefined;
}

/** What receivers are to call this host; by default its host name. */
export const hostKey = z
  .string()
  .regex(/^[^\s\p{Cc}]{1,255}$/u)
  .default(() => hostname())
  .describe('a name of 1 to 255 characters without spaces');

export const seconds = (low: number, high: number, none = '') =>
  z
    .int()
    .min(none === '' ? low : 0)
    .max(high)
    .describe(`a whole number of seconds from ${low} to ${high}${none && `, or 0 for ${none}`}`);

/** Seconds between two GETs that keep a connection warm; for kinds without heartbeats. */
export const warmKey = seconds(1, 3600, 'never').default(30);

/** Keys that only make sense together, for the `superRefine` of a schema with httpKeys. A message is what mends it. */
export function together(settings: Partial<HttpSettings>, context: z.RefinementCtx): void {
  tlsTogether(settings, context);
  const { user, password_file, token_file } = settings;
  if (user !== undefined && password_file === undefined)
    wrong(context, 'password_file', 'name it, or leave user out');
  if (user === undefined && password_file !== undefined)
    wrong(context, 'user', 'name it, or leave password_file out');
  if (user !== undefined && token_file !== undefined)
    wrong(context, 'token_file', 'leave it out, or user and password_file');
}

/** The same for a schema with tlsKeys. */
export function tlsTogether(settings: TlsSettings, context: z.RefinementCtx): void {
  const { cert_file, key_file } = settings;
  if (cert_file !== undefined && key_file === undefined)
    wrong(context, 'key_file', 'name it, or leave cert_file out');
  if (cert_file === undefined && key_file !== undefined)
    wrong(context, 'cert_file', 'name it, or leave key_file out');
}

function wrong(context: z.RefinementCtx, key: string, message: string): void {
  context.addIssue({ code: 'custom', path: [key], message });
}

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hash } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '' && hash === '';
}

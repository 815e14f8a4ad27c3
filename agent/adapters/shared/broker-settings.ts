/** Keys of adapters that keep a connection to a broker, each spelt and meant the same for all of them. */
import * as z from 'zod';
import { secretFile } from '../../secret.ts';
import { type TlsSettings, tlsKeys } from './http-settings.ts';

/** Schemes that are TLS from the first byte, or become it before anything is said. */
const TLS_SCHEMES = new Set(['amqps:', 'tls:']);

/** URLs of the nodes of one broker: the first that answers is used. `path`: they may have one. */
export const brokerUrls = (schemes: readonly string[], path: boolean) =>
  z
    .array(
      z
        .string()
        .max(2048)
        .refine(text => isNode(text, schemes, path)),
    )
    .min(1)
    .max(8)
    .describe(
      `a list of 1 to 8 URLs such as ${schemes[0]}://host:port without a user name (a password belongs into password_file)`,
    );

export const brokerKeys = {
  user: z
    .string()
    .regex(/^[^\p{Cc}]{1,256}$/u)
    .optional()
    .describe('a name of 1 to 256 characters'),
  password_file: secretFile
    .optional()
    .describe('the absolute path of a readable file, or credential:<name>; with user'),
  ...tlsKeys,
};

export interface BrokerSettings extends TlsSettings {
  urls: string[];
  user?: string | undefined;
  password_file?: string | undefined;
}

/** A key of TLS that would do nothing is a mistake that leaves passwords in the clear. */
export function tlsFits({ urls, ca_file, cert_file }: BrokerSettings, context: z.RefinementCtx) {
  if (ca_file === undefined && cert_file === undefined) return;
  const plain = urls.findIndex(url => !TLS_SCHEMES.has(new URL(url).protocol));
  if (plain < 0) return;
  const message = 'expected a URL with TLS, as ca_file or cert_file is given';
  context.addIssue({ code: 'custom', path: ['urls', plain], message });
}

export const isTls = (url: URL): boolean => TLS_SCHEMES.has(url.protocol);

/** As net.connect and the certificate's check want it: IPv6 without its brackets. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

function isNode(text: string, schemes: readonly string[], path: boolean): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, search, hash, pathname } = new URL(text);
  return (
    schemes.includes(protocol.slice(0, -1)) &&
    hostname !== '' &&
    [username, password, search, hash].every(part => part === '') &&
    (path ? pathname.split('/').length <= 2 : pathname === '' || pathname === '/')
  );
}

/** Reads the files that the settings of an adapter name. */
import { createSecureContext } from 'node:tls';
import { readSecret, readText } from '../../secret.ts';
import type { Tls } from './http.ts';
import type { HttpSettings, TlsSettings } from './http-settings.ts';

export interface Credentials {
  /** Value of the header `authorization`; null: none is wanted. */
  authorization: string | null;
  tls: Tls;
}

/** @throws Error that names the file which cannot be used, never its text */
export async function readCredentials(
  settings: HttpSettings,
  hide: (secret: string) => void,
): Promise<Credentials> {
  const { token_file, user, password_file } = settings;
  let authorization: string | null = null;
  if (token_file) {
    const token = oneToken(token_file, await readSecret(token_file));
    hide(token);
    authorization = `Bearer ${token}`;
  } else if (user !== undefined && password_file) {
    const password = await readSecret(password_file);
    const pair = Buffer.from(`${user}:${password}`).toString('base64');
    hide(password);
    hide(pair);
    authorization = `Basic ${pair}`;
  }
  return { authorization, tls: await readTls(settings) };
}

/** @throws Error that names the file which cannot be used */
export async function readTls({ ca_file, cert_file, key_file }: TlsSettings): Promise<Tls> {
  const ca = ca_file && (await readText(ca_file));
  // OpenSSL takes any text for a list of no authorities.
  if (ca && !ca.includes('-----BEGIN')) throw new Error(`${ca_file}: no certificate in PEM`);
  if (!cert_file || !key_file) return ca ? { ca } : {};
  const [cert, key] = [await readText(cert_file), await readText(key_file)];
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new Error(`${cert_file}, ${key_file}: ${(error as Error).message}`);
  }
  return { ...(ca && { ca }), cert, key };
}

/** @throws Error when it is anything but one token (RFC 6750: visible ASCII) */
function oneToken(file: string, text: string): string {
  const token = text.trim();
  if (/^[\x21-\x7e]{1,8192}$/.test(token)) return token;
  throw new Error(`${file}: expected one token of visible ASCII characters`);
}

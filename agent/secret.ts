/**
 * Secrets come from files, or from systemd credentials (systemd.exec(5), LoadCredential=), never from the configuration
 * itself: a key that ends in `_file` names an absolute path, or `credential:<name>`.
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';

const CREDENTIAL = /^credential:([A-Za-z0-9_.-]{1,255})$/;

/** Bytes; certificates with their chain are the largest. */
const FILE_MAX = 1024 * 1024;

export const secretFile = z
  .string()
  .max(4096)
  .refine(text => path.isAbsolute(text) || CREDENTIAL.test(text))
  .describe('the absolute path of a readable file, or credential:<name>');

/** The path behind the value of a `_file` key; null: a credential, but systemd has passed none. */
export function secretPath(value: string, env = process.env): string | null {
  const [, name] = CREDENTIAL.exec(value) ?? [];
  if (name === undefined) return value;
  const folder = env.CREDENTIALS_DIRECTORY;
  return folder === undefined ? null : path.join(folder, name);
}

/** The whole file. @throws Error that names the file */
export async function readText(value: string): Promise<string> {
  const file = secretPath(value);
  if (file === null) throw new Error(`${value}: the agent was given no credentials by systemd`);
  if ((await stat(file)).size > FILE_MAX) throw new Error(`${file}: larger than ${FILE_MAX} bytes`);
  return await readFile(file, 'utf8');
}

/** One line of visible text without its line end: a token or password. @throws Error that names the file, never its text */
export async function readSecret(value: string): Promise<string> {
  const text = (await readText(value)).replace(/\r?\n$/, '');
  if (/^[^\p{Cc}]{1,8192}$/u.test(text)) return text;
  throw new Error(`${value}: expected one line of 1 to 8192 characters`);
}

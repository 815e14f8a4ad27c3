/** Certificate, key, authorities and tokens of the network listener, and how a change of theirs is found. */
import { X509Certificate } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { Config } from '../../config.ts';
import type { Log } from '../../log.ts';
import { readText, secretPath } from '../../secret.ts';
import { noTokens, parseTokens, type Tokens } from './tokens.ts';

type Settings = Config['api'];

/** What tls.Server's setSecureContext takes. */
export interface TlsFiles {
  minVersion: 'TLSv1.2';
  cert: string;
  key: string;
  /** Absent: no certificate of a client counts. */
  ca?: string;
}

export interface Files {
  tls: TlsFiles;
  tokens: Tokens;
}

/** @throws Error that names the file that cannot be used, never what is in it */
export async function readFiles(api: Settings, hide: (secret: string) => void): Promise<Files> {
  const { cert_file, key_file, client_ca_file, token_file } = api;
  if (!cert_file || !key_file) throw new Error('api: cert_file and key_file are missing');
  const tls: TlsFiles = {
    minVersion: 'TLSv1.2',
    cert: await readText(cert_file),
    key: await readText(key_file),
  };
  attempt(`${cert_file}, ${key_file}`, () => createSecureContext(tls));
  if (client_ca_file) {
    tls.ca = await readText(client_ca_file);
    attempt(client_ca_file, () => checkAuthorities(tls.ca ?? ''));
  }
  const text = token_file && (await readText(token_file));
  const tokens = text ? attempt(token_file, () => parseTokens(text, hide)) : noTokens;
  return { tls, tokens };
}

/** createSecureContext takes text that holds no certificate for no authority at all. */
function checkAuthorities(pem: string): void {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new Error('no certificate in it');
  for (const block of blocks) new X509Certificate(block);
}

function attempt<T>(file: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`);
  }
}

/**
 * Looks at the files every `poll_ms`. When they have changed and can be used, `use` gets them; when they cannot, what was
 * in use stays in use, until they change again. Returns what ends it.
 */
export function watchFiles(
  api: Settings,
  options: { poll_ms: number; log: Log; hide(secret: string): void; use(files: Files): void },
): () => void {
  const { poll_ms, log, hide, use } = options;
  const paths = [api.cert_file, api.key_file, api.client_ca_file, api.token_file].flatMap(
    file => (file && secretPath(file)) ?? [],
  );
  let known: string | null = null;
  let busy = false;
  const look = async () => {
    // Before they are read: a change while they are read is found by the next look.
    const marks = (await Promise.all(paths.map(markOf))).join();
    const first = known === null;
    if (marks === known) return;
    known = marks;
    if (first) return;
    try {
      use(await readFiles(api, hide));
      log.info({ files: paths }, 'the files of the alarm stream were read anew');
    } catch (error) {
      const reason = (error as Error).message;
      log.error({ reason }, 'files of the alarm stream cannot be used; the old ones stay');
    }
  };
  const run = () => {
    if (busy) return;
    busy = true;
    look().finally(() => {
      busy = false;
    });
  };
  run();
  const timer = setInterval(run, poll_ms);
  timer.unref();
  return () => clearInterval(timer);
}

/** Another file, or another content, has another mark. */
async function markOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unreadable';
  }
}

/** Bearer tokens (RFC 6750), as the token file has them. */
import { createHash, timingSafeEqual } from 'node:crypto';

export interface Grant {
  /** May acknowledge. */
  admin: boolean;
}

export interface Tokens {
  /** Takes the same time whatever is presented. Null: it is none of them. */
  grant(presented: string): Grant | null;
}

const TOKENS_MAX = 64;
/** b64token of RFC 6750, 2.1; shorter ones can be guessed. */
const TOKEN = /^(admin:)?([A-Za-z0-9._~+/-]{16,4096}=*)$/;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

export const noTokens: Tokens = { grant: () => null };

/**
 * One token for each line; `admin:` before it: it may also acknowledge. Empty lines and those that begin with # are none.
 * @throws Error that names the line, never its text
 */
export function parseTokens(text: string, hide: (secret: string) => void): Tokens {
  const known: { digest: Buffer; admin: boolean }[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, admin, token] = TOKEN.exec(line) ?? [];
    if (token === undefined) {
      throw new Error(
        `line ${index + 1}: expected a token of at least 16 of A-Z, a-z, 0-9 and ._~+/-, with or without admin: before it`,
      );
    }
    hide(token);
    known.push({ digest: digest(token), admin: admin !== undefined });
  }
  if (known.length === 0) throw new Error('no token in it');
  if (known.length > TOKENS_MAX) throw new Error(`more than ${TOKENS_MAX} tokens`);
  return {
    grant(presented) {
      const theirs = digest(presented);
      const found = known.filter(one => timingSafeEqual(one.digest, theirs));
      return found.length === 0 ? null : { admin: found.some(one => one.admin) };
    },
  };
}

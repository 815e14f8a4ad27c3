/** What JetStream's answer says about a notice. Pure. */
import type { SendResult } from '../../types.ts';
import { parseJson } from '../shared/parse-json.ts';
import { retry } from '../shared/settle.ts';
import type { Answer } from './connection.ts';

/** "message size exceeds maximum allowed" (nats-server, errors.json): of the stream's own limit. */
const TOO_LARGE = 10_054;

/** Nobody listens to the subject: no stream takes it, or the server has no JetStream. */
export const noStream = ({ status }: Answer): boolean => status === 503;

/** An answer to a publish: PubAck (ADR-1 of nats-architecture-and-design). */
export function judge(answer: Answer, subject: string): SendResult {
  if (noStream(answer)) return retry(`no stream takes ${subject}`);
  const error = errorOf(answer);
  if (error?.err_code === TOO_LARGE) return { outcome: 'refused', reason: error.description };
  if (error) return retry(`the stream did not store it: ${error.description}`);
  const { stream, seq } = (parseJson(answer.body) ?? {}) as { stream?: unknown; seq?: unknown };
  // `duplicate: true` too: it was stored at an earlier try.
  if (typeof stream === 'string' && stream !== '' && typeof seq === 'number' && seq > 0) {
    return { outcome: 'delivered' };
  }
  return retry('an answer that is none of a stream');
}

/** An error of the JetStream API; null: there is none. */
export function errorOf({ body }: Answer): { err_code: number; description: string } | null {
  const { error } = (parseJson(body) ?? {}) as { error?: unknown };
  if (typeof error !== 'object' || error === null) return null;
  const { err_code, code, description } = error as Record<string, unknown>;
  const number = Number(err_code ?? code ?? 0);
  return { err_code: number, description: `${number} ${String(description).slice(0, 200)}` };
}

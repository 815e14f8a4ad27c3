/**
 * Proof that this host has been fenced: a file that the fencing agent writes when it has done so,
 *
 *   {"host": "compute-1", "fenced": true, "at": "2026-03-04T05:06:07Z", "by": "stonith"}
 *
 * Whoever believes it lets virtual machines be started elsewhere, so a proof is only what nobody but root or the agent
 * itself can have written, about this host, for this alarm.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { parseJson } from './parse-json.ts';

/** Bytes. */
const FILE_MAX = 4096;
const AGE_MAX_MS = 3_600_000;
/** Clocks of the fencing agent's host and of ours differ by this much at most; an alarm follows its event by less. */
const TOLERANCE_MS = 10_000;

const proof = z.looseObject({
  host: z.string(),
  fenced: z.literal(true),
  at: z.iso.datetime({ offset: true }),
  by: z.string().min(1).max(255),
});

/** Of a `fencing_proof` setting. It need not exist yet, so its key does not end in `_file`. */
export const proofPath = z
  .string()
  .max(4096)
  .refine(text => path.isAbsolute(text))
  .describe('the absolute path of a file that the fencing agent writes');

export interface Fenced {
  by: string;
}

export interface Unproven {
  /** Why there is no proof. */
  reason: string;
}

/** `since_us`: wall times of the alarms that it may be for; one of them is enough. Never rejects. */
export async function fencingProof(
  file: string,
  host: string,
  since_us: readonly number[],
  now_ms = Date.now(),
): Promise<Fenced | Unproven> {
  let text: string;
  try {
    text = await readOwned(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { reason: code === 'ENOENT' ? `${file} is not there` : `${file}: ${code ?? message}` };
  }
  const read = proof.safeParse(parseJson(text));
  if (!read.success) return { reason: `${file} does not say {"host", "fenced": true, "at", "by"}` };
  const { host: of, at, by } = read.data;
  if (of !== host) return { reason: `${file} is about another host` };
  const at_ms = Date.parse(at);
  if (at_ms < now_ms - AGE_MAX_MS) return { reason: `${file} is older than an hour` };
  if (at_ms > now_ms + TOLERANCE_MS) return { reason: `${file} is of the future` };
  const first_ms = Math.min(...since_us) / 1000;
  if (at_ms < first_ms - TOLERANCE_MS) return { reason: `${file} is older than the alarm` };
  return { by };
}

/** @throws Error when somebody else may have written it */
async function readOwned(file: string): Promise<string> {
  // Nonblocking: a fifo must not hold up a thread.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  let handle: FileHandle | null = null;
  try {
    handle = await open(file, flags);
    const { uid, mode, size } = await handle.stat();
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw new Error('not a file');
    if (uid !== 0 && uid !== process.getuid?.()) throw new Error("neither root's nor the agent's");
    if ((mode & 0o022) !== 0) throw new Error('others may write it');
    if (size > FILE_MAX) throw new Error(`larger than ${FILE_MAX} bytes`);
    const buffer = Buffer.alloc(FILE_MAX);
    const { bytesRead } = await handle.read(buffer, 0, FILE_MAX, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle?.close();
  }
}

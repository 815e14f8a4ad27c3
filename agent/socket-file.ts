/** Where a server's unix socket lies: its folder is safe, nothing living is replaced, and only the right people may connect. */
import { chmodSync, chownSync, lstatSync, mkdirSync, readFileSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import type { Log } from './log.ts';

/** sizeof(sun_path) − 1: unix(7). A longer path cannot be bound or connected to. */
export const SOCKET_PATH_MAX = 107;

/** How long a living server may take to accept the connection that asks whether it lives. */
const ALIVE_TIMEOUT_MS = 1000;

/** A socket cannot be served; the message says what to do about it. */
export class SocketFileError extends Error {
  override name = 'SocketFileError';
  readonly code: 'bad-path' | 'unsafe-folder' | 'not-a-socket' | 'in-use' | 'listen-failed';

  constructor(code: SocketFileError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Makes the folder (0755, ours) if it is missing, refuses one in which others could put sockets of their own,
 * and removes a socket that nobody serves any more.
 * @throws SocketFileError
 */
export async function prepareSocketFile(file: string): Promise<void> {
  if (!path.isAbsolute(file) || Buffer.byteLength(file) > SOCKET_PATH_MAX) {
    throw new SocketFileError(
      'bad-path',
      `${file}: a socket needs an absolute path of at most ${SOCKET_PATH_MAX} bytes`,
    );
  }
  const folder = path.dirname(file);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw new SocketFileError('unsafe-folder', `${folder}: cannot be made: ${reason(error)}`);
  }
  const status = lstatSync(folder);
  const uid = process.getuid?.() ?? 0;
  if (!status.isDirectory() || (status.uid !== uid && status.uid !== 0)) {
    throw new SocketFileError(
      'unsafe-folder',
      `${folder}: must be a folder of uid ${uid} or root, and no symbolic link`,
    );
  }
  if ((status.mode & 0o022) !== 0) {
    throw new SocketFileError(
      'unsafe-folder',
      `${folder}: others may write to it; run: chmod go-w ${folder}`,
    );
  }
  await removeStale(file);
}

async function removeStale(file: string): Promise<void> {
  let inode: bigint;
  try {
    const status = lstatSync(file, { bigint: true });
    if (!status.isSocket()) {
      throw new SocketFileError(
        'not-a-socket',
        `${file}: exists and is no socket; move it away or set run_dir`,
      );
    }
    inode = status.ino;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  if (await isServed(file)) {
    throw new SocketFileError('in-use', `${file}: another agent serves it; stop it or set run_dir`);
  }
  try {
    // Not the one that was asked: a second agent was faster, and binding will say so.
    if (lstatSync(file, { bigint: true }).ino === inode) unlinkSync(file);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/** Does anybody accept connections there? Doubt (no permission, full backlog, no answer) counts as yes. */
function isServed(file: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(file);
    const done = (served: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(served);
    };
    const timer = setTimeout(() => done(true), ALIVE_TIMEOUT_MS);
    socket.once('connect', () => done(true));
    socket.once('error', error =>
      done(!['ECONNREFUSED', 'ENOENT'].includes(errorCode(error) ?? '')),
    );
  });
}

/**
 * Gives a socket bound under umask 0177 its group and mode. Without the group (it does not exist, or we may not
 * give the socket to it) the mode stays 0600, so that nobody unexpected gets in, and the log says so.
 */
export function openSocketFile(file: string, mode: number, group: string | null, log: Log): void {
  if ((mode & 0o070) === 0) {
    chmodSync(file, mode);
    return;
  }
  const gid = group === null ? (process.getgid?.() ?? null) : groupId(group);
  if (gid === null) {
    log.warn({ file, group }, 'the group does not exist: only root and the agent may connect');
    chmodSync(file, 0o600);
    return;
  }
  try {
    chownSync(file, process.getuid?.() ?? -1, gid);
    chmodSync(file, mode);
  } catch (error) {
    log.warn({ file, group, reason: reason(error) }, 'cannot give the socket to the group');
    chmodSync(file, 0o600);
  }
}

/** The gid of a group in /etc/group (group(5)), or null. */
export function groupId(name: string): number | null {
  let text: string;
  try {
    text = readFileSync('/etc/group', 'utf8');
  } catch {
    return null;
  }
  for (const line of text.split('\n')) {
    const [group, , gid] = line.split(':');
    if (group === name && gid !== undefined && /^\d+$/.test(gid)) return Number(gid);
  }
  return null;
}

function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null)?.code;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The folder of recordings: the oldest go first. */
import { open, readdir, stat, unlink } from 'node:fs/promises';
import path from 'node:path';

export interface ArchiveLimits {
  bytes: number;
  files: number;
}

const NAME = /^\d{8}T\d{9}Z-[a-z0-9-]{1,64}\.jsonl$/;

/** `20260301T140509042Z-link-down.jsonl`: names sort by time. */
export const recordingName = (wall_us: number, type: string): string =>
  `${new Date(wall_us / 1000).toISOString().replace(/[-:.]/g, '')}-${type.replace(/[^a-z0-9-]/g, '-').slice(0, 64)}.jsonl`;

/** Makes room for `more` bytes in one more file; what others have put there is left alone. */
export async function makeRoom(folder: string, limits: ArchiveLimits, more: number): Promise<void> {
  const names = (await readdir(folder)).filter(name => NAME.test(name)).sort();
  const files = await Promise.all(
    names.map(async name => ({ name, bytes: (await stat(path.join(folder, name))).size })),
  );
  let [bytes, count] = [files.reduce((sum, one) => sum + one.bytes, 0), files.length];
  for (const file of files) {
    if (bytes + more <= limits.bytes && count + 1 <= limits.files) break;
    await unlink(path.join(folder, file.name));
    bytes -= file.bytes;
    count--;
  }
}

/** For its owner alone. @throws Error when there is one already */
export const create = (file: string) => open(file, 'wx', 0o600);

/** Writes a cpio archive of the "newc" kind, the one that the kernel unpacks as its first root file system. */

export interface Entry {
  path: string;
  /** File type and permissions, as in stat(2)'s st_mode. */
  mode: number;
  data?: Buffer | string;
}

export const directory = (path: string): Entry => ({ path, mode: 0o040755 });
export const file = (path: string, data: Buffer | string, mode = 0o644): Entry => ({
  path,
  mode: 0o100000 | mode,
  data,
});
export const symlink = (path: string, target: string): Entry => ({
  path,
  mode: 0o120777,
  data: target,
});

const padded = (data: Buffer): Buffer => Buffer.concat([data, Buffer.alloc(-data.length & 3)]);

/** Directories come before what is in them. Several archives may follow each other. */
export function archive(entries: readonly Entry[]): Buffer {
  const parts: Buffer[] = [];
  const all = [...entries, { path: 'TRAILER!!!', mode: 0 }];
  for (const [index, { path, mode, data = '' }] of all.entries()) {
    const bytes = Buffer.from(data);
    const name = Buffer.from(`${path}\0`);
    // inode, mode, uid, gid, links, mtime, size, device (2), rdev (2), length of the name, checksum
    const fields = [index + 1, mode, 0, 0, 1, 0, bytes.length, 0, 0, 0, 0, name.length, 0];
    const head = `070701${fields.map(field => field.toString(16).padStart(8, '0')).join('')}`;
    parts.push(padded(Buffer.concat([Buffer.from(head), name])), padded(bytes));
  }
  return Buffer.concat(parts);
}

/** Folders of one test, short enough for the path of a unix socket, gone when it ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export function temporaryFolder(t: { teardown(end: () => void): void }): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'pw-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

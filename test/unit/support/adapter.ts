/** What adapters are created with, kept for a look at what they told. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AdapterContext } from '../../../agent/adapters/adapter.ts';
import type { Log } from '../../../agent/log.ts';

interface Test {
  teardown(end: () => unknown): void;
}

export class TestContext implements AdapterContext {
  readonly source = 'urn:uuid:6f1c2d3e-4a5b-4c6d-8e9f-0a1b2c3d4e5f';
  readonly host = 'compute-1';
  readonly hidden: string[] = [];
  /** Level and arguments of each line. */
  readonly lines: unknown[][] = [];
  readonly reports: string[] = [];
  readonly secrets: string[] = [];
  /** Gone when the test ends. */
  readonly state_dir: string;
  readonly log: Log;

  constructor(t: Test) {
    this.state_dir = mkdtempSync(path.join(tmpdir(), 'pw-'));
    t.teardown(() => rmSync(this.state_dir, { recursive: true, force: true }));
    const at =
      (level: string) =>
      (...words: unknown[]) => {
        this.lines.push([level, ...words]);
      };
    const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
    this.log = {
      ...(Object.fromEntries(levels.map(level => [level, at(level)])) as unknown as Log),
      child: () => this.log,
    };
  }

  hide = (secret: string): void => {
    this.hidden.push(secret);
  };

  report = (state: 'ok' | 'failed', reason: string): void => {
    this.reports.push(`${state}: ${reason}`);
  };

  /** A file with this text, which nobody is to be told. */
  secret = (text: string): string => {
    this.secrets.push(text);
    const file = path.join(this.state_dir, `secret-${this.secrets.length}`);
    writeFileSync(file, `${text}\n`, { mode: 0o600 });
    return file;
  };
}

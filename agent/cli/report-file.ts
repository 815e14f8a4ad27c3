/** Where `--json <file>` of a drill goes. */
import { accessSync, constants, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ReportFile } from '../drills/report.ts';
import { CliError, EXIT } from './exit.ts';

export interface ReportTarget {
  /** Then the text goes to stderr. */
  toStdout: boolean;
  write(report: ReportFile): void;
}

/** Checked before the drill: a path that cannot be written should be known before anything is cut. */
export function reportTarget(file: string | undefined): ReportTarget | null {
  if (file === undefined) return null;
  const toStdout = file === '-';
  if (!toStdout) {
    try {
      accessSync(existsSync(file) ? file : path.dirname(path.resolve(file)), constants.W_OK);
    } catch (error) {
      throw new CliError(EXIT.usage, `--json: cannot write ${file}: ${(error as Error).message}`);
    }
  }
  return {
    toStdout,
    write(report) {
      const text = `${JSON.stringify(report, null, 2)}\n`;
      if (toStdout) process.stdout.write(text);
      else writeFileSync(file, text);
    },
  };
}

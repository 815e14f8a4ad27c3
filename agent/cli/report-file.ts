/** Where `--json`, `--junit` and `--html` of a drill go. */
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import type { ReportFile } from '../drills/report.ts';
import { CliError, EXIT } from './exit.ts';
import { clean } from './terminal.ts';

/** As they were written; `-`: stdout. */
export interface ReportOptions {
  json?: string;
  junit?: string;
  html?: string;
}

/** What renders is loaded when it is needed: the agent is the same program, and carries none of it. */
const FORMATS = {
  json: {
    says: 'the report, for machines and for drill report',
    render: async (report: ReportFile) => `${JSON.stringify(report, null, 2)}\n`,
  },
  junit: {
    says: 'the same as JUnit XML, for CI systems',
    render: async (report: ReportFile) =>
      (await import('../drills/report/junit.ts')).junitReport(report),
  },
  html: {
    says: 'the same as a page with time lines, for people',
    render: async (report: ReportFile) =>
      (await import('../drills/report/html.ts')).htmlReport(report),
  },
} as const;

type Format = keyof typeof FORMATS;
const FORMAT_NAMES = Object.keys(FORMATS) as Format[];

export function reportOptions(command: Command): Command {
  for (const name of FORMAT_NAMES)
    command.option(`--${name} <file>`, `write ${FORMATS[name].says}; - for stdout`);
  return command;
}

export interface ReportTargets {
  /** None was asked for. */
  none: boolean;
  /** Then the text goes to stderr. */
  toStdout: boolean;
  /** Rejects with a CliError (no) naming what could not be written; the others are. */
  write(report: ReportFile): Promise<void>;
}

/**
 * Checked before the drill: a path that cannot be written should be known before anything is cut.
 *
 * @throws CliError (usage)
 */
export function reportTargets(options: ReportOptions): ReportTargets {
  const targets = FORMAT_NAMES.flatMap(format => {
    const file = options[format];
    return file === undefined ? [] : [{ format, file, option: `--${format}` }];
  });
  const taken = new Map<string, string>();
  for (const { file, option } of targets) {
    const where = file === '-' ? file : realPath(file);
    const other = taken.get(where);
    if (other !== undefined)
      throw new CliError(EXIT.usage, `${other} and ${option} both go to ${clean(file)}`);
    taken.set(where, option);
    if (file !== '-') requireWritable(option, file);
  }
  return {
    none: targets.length === 0,
    toStdout: targets.some(({ file }) => file === '-'),
    async write(report) {
      const failed: string[] = [];
      for (const { format, file, option } of targets) {
        try {
          const text = await FORMATS[format].render(report);
          if (file === '-') process.stdout.write(text);
          else writeWhole(file, text);
        } catch (error) {
          failed.push(`${option}: cannot write ${clean(file)}: ${(error as Error).message}`);
        }
      }
      if (failed.length > 0) throw new CliError(EXIT.no, failed.join('\n'));
    },
  };
}

function requireWritable(option: string, file: string): void {
  const fail = (why: string) =>
    new CliError(EXIT.usage, `${option}: cannot write ${clean(file)}: ${why}`);
  const real = realPath(file);
  const found = statOf(real);
  if (found?.isDirectory()) throw fail('it is a folder');
  try {
    // A file is put into its folder anew; anything else is written to.
    accessSync(replaceable(found) ? path.dirname(real) : real, constants.W_OK);
  } catch (error) {
    throw fail((error as Error).message);
  }
}

/** Whole or not at all: whoever reads the file while a report replaces it gets the old one. */
function writeWhole(file: string, text: string): void {
  const real = realPath(file);
  if (!replaceable(statOf(real))) {
    writeFileSync(real, text);
    return;
  }
  const fresh = path.join(
    path.dirname(real),
    `.${path.basename(real)}.${randomBytes(4).toString('hex')}`,
  );
  const fd = openSync(fresh, 'wx', 0o666);
  try {
    try {
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(fresh, real);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

/** Devices and pipes are not: root would put a file in the place of /dev/null. */
const replaceable = (found: Stats | undefined): boolean => found?.isFile() ?? true;

const statOf = (file: string): Stats | undefined => statSync(file, { throwIfNoEntry: false });

/** Behind symbolic links, so that these stay. */
function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return path.resolve(file);
  }
}

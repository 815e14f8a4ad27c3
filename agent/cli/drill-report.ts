/** `pathwarden drill report`: other forms of reports that `drill run --json` wrote, of several of them as one. */
import { readFileSync } from 'node:fs';
import type { ReportFile } from '../drills/report.ts';
import { CliError, EXIT } from './exit.ts';
import { type ReportOptions, reportOptions, reportTargets } from './report-file.ts';
import { clean } from './terminal.ts';
import type { Verb } from './verb.ts';

export const drillReport: Verb = {
  define(drill, run) {
    reportOptions(
      drill
        .command('report')
        .description('make one report of saved ones, as JUnit XML or as a page; needs no agent')
        .argument('<file...>', 'what drill run --json wrote'),
    ).action((files: string[], options: ReportOptions) =>
      run(async () => {
        const targets = reportTargets(options);
        if (targets.none)
          throw new CliError(EXIT.usage, 'nothing to do: name --html, --junit or --json');
        const { mergeReports } = await import('../drills/report.ts');
        const [first, ...rest] = await Promise.all(files.map(readReport));
        if (first) await targets.write(mergeReports([first, ...rest]));
        return EXIT.ok;
      }),
    );
  },
};

/** @throws CliError (usage) naming the file, and the key that is wrong */
export async function readReport(file: string): Promise<ReportFile> {
  const { reportFile } = await import('../drills/report.ts');
  const fail = (why: string) => new CliError(EXIT.usage, `${clean(file)}: ${clean(why)}`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw fail((error as Error).message);
  }
  const checked = reportFile.safeParse(parsed);
  if (checked.success) return checked.data as unknown as ReportFile;
  const [issue] = checked.error.issues;
  throw fail(`not a report of drill run --json: ${issue?.path.join('.')}: ${issue?.message}`);
}

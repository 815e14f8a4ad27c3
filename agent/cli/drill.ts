/** `pathwarden drill`: run, report, list, clean. */
import { drillClean } from './drill-clean.ts';
import { drillList } from './drill-list.ts';
import { drillReport } from './drill-report.ts';
import { drillRun } from './drill-run.ts';
import type { Verb } from './verb.ts';

export const drillVerb: Verb = {
  define(program, run) {
    const drill = program
      .command('drill')
      .description('cut a leg on purpose, time the failover, and put everything back');
    for (const verb of [drillRun, drillReport, drillList, drillClean]) verb.define(drill, run);
  },
};

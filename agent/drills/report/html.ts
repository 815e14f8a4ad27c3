/** The HTML report: one page that needs nothing but itself, for people who were not there. */
import { createHash } from 'node:crypto';
import type { ReportFile } from '../report.ts';
import { alarmList } from './alarm-list.ts';
import { assignAlarms } from './alarms.ts';
import { drillSection } from './drill.ts';
import { glossary } from './glossary.ts';
import { Markup, markup } from './markup.ts';
import { STYLE } from './style.ts';
import { summary } from './summary.ts';

/**
 * Nothing may be loaded, run or sent, and no style but the page's own applies: what slipped through the escaping
 * could do no harm.
 */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

export function htmlReport(file: ReportFile): string {
  const alarms = assignAlarms(file);
  return `${
    markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="${POLICY}"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="generator" content="pathwarden ${file.version}"/>
<title>Failover drills on ${file.host}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
${summary(file)}
${file.drills.map((drill, i) => drillSection(drill, i, alarms.drills[i] ?? { repeats: [], others: [] }))}
${
  alarms.others.length > 0 &&
  markup`<section class="card"><h2>Alarms of no drill here</h2>${alarmList(alarms.others, null)}</section>`
}
${glossary}
</main>
</body>
</html>`.text
  }\n`;
}

/** Where reports go: --json, --junit, --html, and drill report with saved ones. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { readReport } from '../../../agent/cli/drill-report.ts';
import { type ReportOptions, reportTargets } from '../../../agent/cli/report-file.ts';
import { htmlReport } from '../../../agent/drills/report/html.ts';
import { junitReport } from '../../../agent/drills/report/junit.ts';
import { makeDrill, makeFile } from '../drills/report/reports.ts';

const report = makeFile();
const json = `${JSON.stringify(report, null, 2)}\n`;
const inFolder = (t: Test) => {
  const folder = t.testdir({});
  return (name: string) => path.join(folder, name);
};

t.test('several forms at once', async t => {
  const at = inFolder(t);
  const targets = reportTargets({ json: at('a'), junit: at('b'), html: at('c') });
  t.match(targets, { none: false, toStdout: false });
  t.same(readdirSync(at('.')), [], 'nothing before the drill');
  await targets.write(report);
  t.same(
    ['a', 'b', 'c'].map(name => readFileSync(at(name), 'utf8')),
    [json, junitReport(report), htmlReport(report)],
  );
  t.same(readdirSync(at('.')), ['a', 'b', 'c'], 'nothing is left beside them');
  t.match(reportTargets({}), { none: true, toStdout: false });
  t.equal(reportTargets({ junit: '-' }).toStdout, true);
});

t.test('what could not be written is known before anything is cut', async t => {
  const at = inFolder(t);
  symlinkSync(at('a'), at('link'));
  writeFileSync(at('a'), '');
  const wrong: [ReportOptions, RegExp][] = [
    [{ html: at('none/x') }, /^--html: cannot write .*none\/x: ENOENT/],
    [{ junit: at('.') }, /^--junit: cannot write .*: it is a folder/],
    [{ json: '-', html: '-' }, /^--json and --html both go to -/],
    [{ json: at('a'), junit: `${at('none')}/../a` }, /^--json and --junit both go to/],
    [{ json: at('a'), html: at('link') }, /^--json and --html both go to/],
  ];
  for (const [options, message] of wrong)
    t.throws(() => reportTargets(options), { code: 2, message }, JSON.stringify(options));
});

t.test('a report is replaced as a whole; links stay, devices are written to', async t => {
  const at = inFolder(t);
  writeFileSync(at('a'), 'old');
  symlinkSync('a', at('link'));
  const { ino } = lstatSync(at('a'));
  await reportTargets({ json: at('link') }).write(report);
  t.equal(readFileSync(at('a'), 'utf8'), json);
  t.ok(lstatSync(at('link')).isSymbolicLink());
  t.not(lstatSync(at('a')).ino, ino, 'a reader of the old one is not disturbed');
  await reportTargets({ html: '/dev/null' }).write(report);
  t.ok(lstatSync('/dev/null').isCharacterDevice());
});

t.test('one that fails does not keep the others from being written', async t => {
  const at = inFolder(t);
  mkdirSync(at('gone'));
  const targets = reportTargets({ json: at('gone/x'), junit: at('b') });
  rmSync(at('gone'), { recursive: true });
  await t.rejects(targets.write(report), { code: 1, message: /^--json: cannot write .*ENOENT/ });
  t.ok(existsSync(at('b')));
});

t.test('a saved report is read again; what is none is named with what is wrong', async t => {
  const at = inFolder(t);
  writeFileSync(at('good'), json);
  t.same(await readReport(at('good')), report);
  const wrong: [string, string, RegExp][] = [
    ['text', 'x', /text: .*JSON/],
    ['other', '{"version":"1"}', /other: not a report of drill run --json: host: /],
    [
      'broken',
      JSON.stringify(makeFile([makeDrill([], { budget_ms: 0 })])),
      /broken: .*: drills\.0\.budget_ms: /,
    ],
  ];
  for (const [name, text, message] of wrong) {
    writeFileSync(at(name), text);
    await t.rejects(readReport(at(name)), { code: 2, message });
  }
  await t.rejects(readReport(at('none')), { code: 2, message: /none: ENOENT/ });
});

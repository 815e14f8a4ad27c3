// guest: --cables 2 --timeout 230
/**
 * NVMe over TCP with the driver's own multipath over two NICs: each way to lose a path, as the helper tells it, and what a
 * lost path costs: the wait for the keep-alive timer, which the linter had predicted.
 */
import { resolve } from 'node:path';
import t, { type Test } from 'tap';
import type { GroupReport, LintReport } from '../../agent/lint/report.ts';
import type { FrameOf } from '../../agent/wire.ts';
import {
  connectNvme,
  controllerOf,
  NQN,
  openPort,
  setAna,
  startNvmeTarget,
} from '../../scripts/lab/guest-nvme.ts';
import { Processes } from '../../scripts/lab/processes.ts';
import { Reader } from '../../scripts/lab/reader.ts';
import { run, untapped } from '../../scripts/lab/run.ts';
import { blackhole, createTwoPaths, plug } from '../../scripts/lab/two-paths.ts';
import { nowUs } from '../../scripts/lab/wait.ts';
import { Helper } from '../vm/helper.ts';

t.setTimeout(220_000);

const KEEP_ALIVE_S = 2;
const BUDGET_MS = 1000;
/** A keep-alive was under way when the path was lost, for so long at most. */
const EARLIER_MS = 500;
const CLI = resolve(import.meta.dirname, '../../build/bundle/pathwarden.mjs');
const processes = new Processes('/tmp');

let helper: Helper;
let reader: Reader;
let session: string;

type Map = FrameOf<'multipath'>['data'];
type Path = Map['paths'][number];

const ours = (map: Map): Path | undefined => map.paths.find(path => path.session === session);

/** The first frame after then in which the path by the first NIC is so. */
async function told(from_us: number, fits: (path: Path) => boolean): Promise<Path> {
  const isSo = (map: Map) => {
    const path = ours(map);
    return path !== undefined && fits(path);
  };
  return ours(await helper.next('multipath', isSo, from_us))!;
}

const usableAgain = (from_us: number) => told(from_us, path => path.usable);

/** Every read was answered without an error; returns how long the slowest took, ms. */
async function slowest(t: Test, from_us: number): Promise<number> {
  const { took_us } = await reader.slowest(from_us, nowUs());
  const errors = reader.reads.filter(one => one.error !== 0);
  t.strictSame(errors, [], 'no read failed');
  return took_us / 1000;
}

t.before(async () => {
  await createTwoPaths('nics', processes);
  await startNvmeTarget();
  const device = await connectNvme({ keepAliveS: KEEP_ALIVE_S });
  session = `nvme:${controllerOf(0)}`;
  reader = await Reader.start(processes, device);
  helper = await Helper.start(t);
});
t.teardown(() => processes.stopAll());

t.test('what there is', async t => {
  const map = await helper.next('multipath');
  t.match(map, { kind: 'nvme', name: NQN, gone: false }, 'the subsystem');
  t.equal(map.paths.length, 2, 'has two paths');
  t.ok(
    map.paths.every(path => path.usable && path.state === 'live' && path.failures === null),
    'both of which are usable',
  );
  t.strictSame(map.paths.map(path => path.access).sort(), ['non-optimized', 'optimized']);
  const end = await helper.next(
    'snapshot',
    one => one.source === 'multipath' && one.phase === 'end',
  );
  t.equal(end.complete, true);
});

t.test('the target makes a path inaccessible, and accessible again', async t => {
  const cut_us = nowUs();
  await setAna(0, 'inaccessible');
  const lost = await told(cut_us, path => path.access === 'inaccessible');
  t.match(lost, { usable: false, state: 'live' }, 'its controller lives on');
  const back_us = nowUs();
  await setAna(0, 'optimized');
  await usableAgain(back_us);
  t.comment(`slowest read: ${(await slowest(t, cut_us)).toFixed(0)} ms`);
});

t.test('the target closes a port, and opens it again', async t => {
  const cut_us = nowUs();
  await openPort(0, false);
  const lost = await told(cut_us, path => !path.usable);
  t.not(lost.state, 'live', `its controller is ${lost.state}`);
  const back_us = nowUs();
  await openPort(0, true);
  t.equal((await usableAgain(back_us)).state, 'live');
  t.comment(`slowest read: ${(await slowest(t, cut_us)).toFixed(0)} ms`);
});

t.test('a cable is pulled', async t => {
  const cut_us = nowUs();
  plug(0, false);
  const lost = await told(cut_us, path => !path.usable);
  t.not(lost.state, 'live', `its controller is ${lost.state}`);
  const gap_ms = await slowest(t, cut_us);
  plug(0, true);
  await usableAgain(cut_us);
  t.ok(gap_ms > BUDGET_MS, `the driver does not look at the carrier: ${gap_ms.toFixed(0)} ms`);
});

t.test('a path is lost in silence: as long as the linter said', async t => {
  const predicted = await lint();
  const cut_us = nowUs();
  await blackhole(0, true);
  const lost = await told(cut_us, path => !path.usable);
  t.not(lost.state, 'live', `its controller is ${lost.state}`);
  const gap_ms = await slowest(t, cut_us);
  await blackhole(0, false);
  await usableAgain(cut_us);
  t.match(predicted, { verdict: 'BROKEN', silent: { state: 'bounded' } });
  t.match(predicted.silent.causes[0], { rule: 'nvme-keep-alive' }, 'it had named the setting');
  const most_ms = predicted.silent.ms ?? 0;
  t.comment(
    `keep-alive of ${KEEP_ALIVE_S} s: a read took ${gap_ms.toFixed(0)} ms; predicted: ${most_ms} ms at most`,
  );
  t.ok(gap_ms > BUDGET_MS, 'the keep-alive timer breaks the budget');
  t.ok(gap_ms > KEEP_ALIVE_S * 1000 - EARLIER_MS, 'nothing but that timer ended it');
  t.ok(gap_ms <= most_ms, 'and no more than that');
});

/** What the linter says of this host's paths to the subsystem. */
async function lint(): Promise<GroupReport> {
  const words = ['lint', '--json', '--budget-ms', String(BUDGET_MS), '--group', `nvme:${NQN}`];
  const { stdout, stderr } = await run(untapped([process.execPath, CLI, ...words]), {
    mayFail: true,
  });
  try {
    const [group] = (JSON.parse(stdout) as LintReport).groups;
    if (group) return group;
  } catch {}
  throw new Error(`no report: ${stdout}${stderr}`);
}

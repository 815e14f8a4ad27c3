// host
/** What scripts/vm promises to whoever calls it: exit codes, streams, limits, two guests, and nothing left behind. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import t, { type Test } from 'tap';
import { until } from '../../scripts/lab/wait.ts';

const VM = resolve(import.meta.dirname, '../../scripts/vm');
// What else this machine runs may be QEMU too: ours has what this process alone was told.
const MARK = `lab-test-${process.pid}`;

function start(args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  const pair = args[0] === 'pair' ? ['pair'] : [];
  const child = spawn(VM, [...pair, '--append', MARK, ...args.slice(pair.length)], { env });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', text => {
    said.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', text => {
    said.err += text;
  });
  const ended = new Promise<{ code: number | null; out: string; err: string }>(done =>
    child.once('close', code => done({ code, ...said })),
  );
  return { child, ended };
}

/** Process ids of the QEMUs of this test. */
const qemus = () =>
  readdirSync('/proc').filter(pid => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return line.includes('qemu-system') && line.includes(MARK);
    } catch {
      return false; // it ended meanwhile
    }
  });
const temporary = () => readdirSync(tmpdir()).filter(name => name.startsWith('pathwarden-vm-'));

/** A test after which no guest and no file is left. */
function leavesNothing(name: string, body: (t: Test) => Promise<void>): void {
  t.test(name, async t => {
    const before = temporary();
    await body(t);
    await until('QEMU to be gone', () => qemus().length === 0);
    t.same(temporary(), before, 'no temporary folder is left');
  });
}

leavesNothing("the command's exit code, its two streams and its environment", async t => {
  const share = mkdtempSync(join(tmpdir(), 'lab-test,ro-'));
  t.teardown(() => rmSync(share, { recursive: true }));
  writeFileSync(join(share, 'given'), 'from the host\n');
  const script =
    'cat /share/given; echo "$1 $WORD" >/dev/stderr; echo back >/share/taken; pwd; exit 42';
  const { code, out, err } = await start([
    ...['--share', share, '--env', 'WORD=it\'s "so"', '--'],
    ...['sh', '-c', script, 'sh', 'a  b\n$c'],
  ]).ended;
  t.equal(code, 42);
  t.equal(out, `from the host\n${process.cwd()}\n`);
  t.equal(err, 'a  b\n$c it\'s "so"\n');
  t.equal(readFileSync(join(share, 'taken'), 'utf8'), 'back\n');
});

leavesNothing('a guest is ended at its limit, and whoever waits is told', async t => {
  const { code, out, err } = await start([
    ...['--timeout', '5', 'sh', '-c', 'echo here; exec sleep 1000'],
  ]).ended;
  t.equal(code, 124);
  t.equal(out, 'here\n', 'what it said before is there');
  t.match(err, 'limit of 5 s');
});

leavesNothing('a guest that dies is no success', async t => {
  const { code, err } = await start(['sh', '-c', 'echo c >/proc/sysrq-trigger; sleep 1000']).ended;
  t.equal(code, 125);
  t.match(err, /sysrq triggered crash/, "the end of the kernel's console is shown");
});

leavesNothing('no guest outlives its caller, however that ends', async t => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const) {
    const { child, ended } = start(['sleep', '1000']);
    await until('the guest to be there', () => qemus().length === 1, 60_000);
    child.kill(signal);
    const { code } = await ended;
    t.equal(code, { SIGTERM: 143, SIGINT: 130, SIGKILL: null }[signal]);
    await until(`QEMU to be gone after ${signal}`, () => qemus().length === 0);
  }
});

leavesNothing(
  'two guests share links and a folder; one failure is the failure of both',
  async t => {
    const wait = 'until [ -e /share/$1 ]; do sleep 0.1; done';
    const up = 'for n in 0 1; do ip addr add 10.$n.0.$1/24 dev nic$n; ip link set nic$n up; done';
    const { code, out } = await start([
      'pair',
      `up() { ${up}; }; w() { ${wait}; }; up 1; w ready; ping -c1 -W5 10.0.0.2 && ping -c1 -W5 10.1.0.2 && touch /share/done; exec sleep 1000`,
      `up() { ${up}; }; w() { ${wait}; }; up 2; touch /share/ready; w done; exit 3`,
    ]).ended;
    t.equal(code, 3);
    t.equal(out.match(/^compute: .* 0% packet loss/gm)?.length, 2);
  },
);

leavesNothing('where QEMU cannot be had the exit code and a reason say so', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'lab-test-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const run = (program: string, script: string) => {
    const bin = mkdtempSync(join(folder, 'bin-'));
    writeFileSync(join(bin, program), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const PATH = `${bin}:${process.env.PATH}`;
    return start(['true'], { PATH, PATHWARDEN_CACHE: join(folder, 'cache') }).ended;
  };
  const otherMachine = await run('uname', 'echo aarch64');
  t.equal(otherMachine.code, 77);
  t.match(otherMachine.err, 'aarch64');
  const noNetwork = await run(
    'apt-get',
    'echo "E: Could not resolve deb.debian.org" >&2; exit 100',
  );
  t.equal(noNetwork.code, 77);
  t.match(noNetwork.err, 'Could not resolve deb.debian.org');
});

leavesNothing('wrong usage is told before anything starts', async t => {
  for (const args of [
    [],
    ['--nics', 'many', 'true'],
    ['--links', '2', 'true'],
    ['--share', '/nonexistent', 'x'],
  ]) {
    const { code, err } = await start(args).ended;
    t.equal(code, 2, args.join(' '));
    t.match(err, /^vm: /);
  }
});

/** kill -9 of those who hold a drill, at several moments: the host heals by itself, or by `drill clean`. */
import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { netnsInode, processesInside } from '../../scripts/lab/leaks.ts';
import type { Running } from '../../scripts/lab/processes.ts';
import { run } from '../../scripts/lab/run.ts';
import type { Site } from '../../scripts/lab/site.ts';
import { longestPause } from '../../scripts/lab/storage.ts';
import { nowUs, sleep, until } from '../../scripts/lab/wait.ts';
import { openSite, routingOf } from './support.ts';

t.setTimeout(500_000);

const HOLD_MS = 1000;
const LEGS_WITHIN_MS = HOLD_MS + 2000;
const IO_WITHIN_MS = 2 * HOLD_MS + 2000;
const KINDS = ['admin-down', 'blackhole', 'flap', 'carrier-off'] as const;
type Kind = (typeof KINDS)[number];
/** ms after the guard appeared: before, at the start of, in and around the end of the cut. */
const MOMENTS = [0, 60, 500, 1000];
/** All that is not particular to a kind is tried with the first two; guard-{flap,carrier}.test.ts kill at any moment. */
const FEW_MOMENTS = [300];
const momentsOf = (kind: Kind) =>
  kind === 'flap' || kind === 'carrier-off' ? FEW_MOMENTS : MOMENTS;

const open = (t: Test, kind: Kind) =>
  openSite(t, kind === 'carrier-off' ? { network: { cabling: 'tap' } } : {});

function guardsOf(site: Site): number[] {
  return processesInside(new Set([netnsInode(site.compute.netns)])).filter(pid => {
    try {
      return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'pathwarden-guar'; // 15 characters
    } catch {
      return false;
    }
  });
}

/** Of the one drill that runs; it may have ended already. */
function killGuards(site: Site): void {
  for (const pid of guardsOf(site))
    try {
      process.kill(pid, 'SIGKILL');
    } catch {}
}

/** A drill that lasts for about holdMs. */
async function startDrill(site: Site, kind: Kind, holdMs = HOLD_MS): Promise<Running> {
  const lasts =
    kind === 'flap'
      ? ['--flaps', String(holdMs / 200), '--period', '200ms']
      : ['--hold', `${holdMs}ms`];
  return await site.lab.processes.start(
    `drill-${kind}`,
    site.compute.cliArgv([
      ...['drill', 'run', kind, '--group', site.group, ...lasts, '--wait', '30s'],
    ]),
  );
}

/** Both legs pass packets, by an echo over each device. */
async function legsWork(site: Site): Promise<boolean> {
  const answers = await Promise.all(
    [1, 2].map(net =>
      run(
        [
          ...['nsenter', `--net=/run/netns/${site.compute.netns}`, 'ping', '-c1', '-W1'],
          ...['-I', net === 1 ? 'c-a' : 'c-b', `10.77.${net}.2`],
        ],
        { mayFail: true },
      ),
    ),
  );
  return answers.every(({ code }) => code === 0);
}

async function healed(t: Test, site: Site, before: string, withinMs: number): Promise<void> {
  const from = performance.now();
  await until(
    'the routing state as before and both legs passing packets',
    async () => {
      const now = (await routingOf(site)).split('\n');
      const was = before.split('\n');
      const differs = [
        ...was.filter(line => !now.includes(line)).map(line => `- ${line}`),
        ...now.filter(line => !was.includes(line)).map(line => `+ ${line}`),
      ];
      if (differs.length > 0) throw new Error(`it differs:\n${differs.join('\n')}`);
      return await legsWork(site);
    },
    withinMs + 5000,
    50,
  );
  const took = performance.now() - from;
  // Each look takes a while itself, on a busy machine a long one.
  t.ok(took < withinMs + 1000, `legs and routing state as before after ${took.toFixed(0)} ms`);
}

/** The drill's processes are gone, whoever was killed. */
async function noneLeft(site: Site, cli: Running): Promise<void> {
  await until('the CLI to end', () => cli.exit !== null, 60_000);
  await until('the guard to end', () => guardsOf(site).length === 0, HOLD_MS + 5000);
}

for (const victim of ['cli', 'guard'])
  for (const kind of KINDS)
    t.test(`kill -9 of the ${victim} during ${kind}`, async t => {
      const site = await open(t, kind);
      const before = await routingOf(site);
      const killedAt: number[] = [];
      for (const moment of momentsOf(kind)) {
        await site.settled(60_000);
        const cli = await startDrill(site, kind);
        await until(
          'the guard',
          () => {
            if (cli.exit) throw new Error(`the drill ended: ${readFileSync(cli.log, 'utf8')}`);
            return guardsOf(site)[0];
          },
          40_000,
          5,
        );
        await sleep(moment);
        killedAt.push(nowUs());
        if (victim === 'cli') cli.child.kill('SIGKILL');
        else killGuards(site);
        await healed(t, site, before, LEGS_WITHIN_MS);
        await noneLeft(site, cli);
      }
      await sleep(IO_WITHIN_MS);
      const io = (await site.load?.stop()) ?? [];
      for (const [i, at] of killedAt.entries()) {
        const pause_us = longestPause(io, at - 100_000, at + (IO_WITHIN_MS + 2000) * 1000);
        t.ok(
          pause_us / 1000 <= IO_WITHIN_MS,
          `killed ${momentsOf(kind)[i]} ms after the guard came: longest pause of the I/O ${(pause_us / 1000).toFixed(0)} ms`,
        );
      }
    });

for (const kind of KINDS)
  t.test(`kill -9 of both during ${kind}`, async t => {
    const site = await open(t, kind);
    const before = await routingOf(site);
    // Long enough that no undo of its own comes first.
    const cli = await startDrill(site, kind, 10_000);
    await until('the guard', () => guardsOf(site)[0], 40_000, 5);
    if (kind !== 'blackhole')
      await until('the cut', async () => (await routingOf(site)) !== before, 20_000, 5);
    else await until('the cut', async () => !(await legsWork(site)), 8_000, 5);
    // Either would see the other die, and heal: the CLI is made to look away, which is not dying.
    cli.child.kill('SIGSTOP');
    killGuards(site);
    cli.child.kill('SIGKILL');
    await noneLeft(site, cli);
    if (kind === 'blackhole') await healed(t, site, before, 1000);
    else {
      // A flapping one may have died while the leg was up.
      const cut = (await routingOf(site)) !== before;
      if (kind !== 'flap') t.ok(cut, 'the leg is still down');
      const { code, stdout, stderr } = await site.compute.cli(['drill', 'clean']);
      t.equal(code, 0, `drill clean: ${stdout}${stderr}`);
      if (cut) t.match(stdout, /undone/, 'it undid the cut');
      await healed(t, site, before, 2000);
    }
    const again = await site.compute.cli(['drill', 'clean']);
    t.equal(again.code, 0, `nothing is left for a second drill clean: ${again.stdout}`);
    await site.settled(60_000);
  });

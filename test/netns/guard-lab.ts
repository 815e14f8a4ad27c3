/** Two namespaces cabled by two veth legs, and the real pathwarden-guard in them. Fails a test that leaves something behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Test } from 'tap';
import { commandLine, netnsInode, processesInside } from '../../scripts/lab/leaks.ts';
import { inNetns, type Ran, run } from '../../scripts/lab/run.ts';
import { until } from '../../scripts/lab/wait.ts';

/** PATHWARDEN_GUARD: another one, e.g. that of `make asan`. */
export const GUARD =
  process.env.PATHWARDEN_GUARD ?? join(import.meta.dirname, '../../build/native/pathwarden-guard');
/** Makes tun NICs and holds them (scripts/lab/tun.c). */
const TUN = join(import.meta.dirname, '../../build/native/lab/tun');
const EVENT_MS = 30_000;
const FOLDER = '/run/pathwarden-guard-test';

export interface GuardEvent {
  event: string;
  [field: string]: unknown;
}

export interface Healed extends GuardEvent {
  t_us: number;
  cause: string;
  hits: { in: number; out: number } | null;
  differences: string[];
  restored: string[];
  owners: string[];
  failures: string[];
  plan_kept: boolean;
}

/** A guard, or a process that has one as its child and shares its standard streams. */
export class Guard {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  #events: GuardEvent[] = [];

  constructor(argv: readonly string[]) {
    this.child = spawn(argv[0]!, argv.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.stdin!.on('error', () => {});
    createInterface({ input: this.child.stdout! }).on('line', line =>
      this.#events.push(JSON.parse(line)),
    );
    this.exited = new Promise(resolve => this.child.once('close', code => resolve(code)));
  }

  /** The event of that name, once it has come. */
  async event<E extends GuardEvent = GuardEvent>(name: string): Promise<E> {
    return await until(
      `'${name}' from the guard`,
      () => {
        const found = this.#events.find(e => e.event === name);
        const refused = this.#events.find(e => e.event === 'refused' || e.event === 'error');
        if (!found && refused) throw new Error(JSON.stringify(refused));
        return found as E | undefined;
      },
      EVENT_MS,
    );
  }

  /** Every event of that name that has come so far. */
  all(name: string): GuardEvent[] {
    return this.#events.filter(e => e.event === name);
  }

  say(word: string): void {
    this.child.stdin!.write(`${word}\n`);
  }

  /** Waits until it is ready and has cut. */
  async cut(): Promise<{ t_us: number; pid: number }> {
    const ready = await this.event('ready');
    this.say('cut');
    const cut = await this.event('cut');
    return { t_us: cut.t_us as number, pid: ready.pid as number };
  }

  async healed(): Promise<{ healed: Healed; code: number | null }> {
    const healed = await this.event<Healed>('healed');
    return { healed, code: await this.exited };
  }
}

let made = 0;

export class GuardLab {
  readonly c: string;
  readonly s: string;
  readonly plans: string;
  #guards: Guard[] = [];
  #tuns: ChildProcess[] = [];

  private constructor() {
    const id = `${process.pid}-${++made}`;
    this.c = `guard-c-${id}`;
    this.s = `guard-s-${id}`;
    mkdirSync(FOLDER, { recursive: true, mode: 0o755 });
    this.plans = mkdtempSync(`${FOLDER}/guard-${id}-`);
  }

  /** Legs a (index 31 in c, 41 in s) and b (32, 42); 10.77.1.0/30 and fd77:1::/64 on a, 2 on b; ECMP between 10.77.9.1 and .2. */
  static async open(t: Test, { ipv6 = true, dad = false } = {}): Promise<GuardLab> {
    accessSync(GUARD, constants.X_OK); // make -C native builds it
    const lab = new GuardLab();
    const stop = () => lab.close().finally(() => process.exit(1));
    process.once('SIGTERM', stop);
    t.teardown(async () => {
      process.removeListener('SIGTERM', stop);
      const left = await lab.close();
      if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
    });
    for (const ns of [lab.c, lab.s]) {
      await run(['ip', 'netns', 'add', ns]);
      const off = ipv6 ? '0' : '1';
      await lab.in(ns, 'sysctl', '-qw', `net.ipv6.conf.default.disable_ipv6=${off}`);
      await lab.in(ns, 'sysctl', '-qw', `net.ipv6.conf.default.accept_dad=${dad ? 1 : 0}`);
      await lab.in(ns, 'sysctl', '-qw', 'net.ipv4.conf.all.ignore_routes_with_linkdown=1');
      await lab.in(ns, 'sysctl', '-qw', 'net.ipv4.fib_multipath_hash_policy=1');
      await run(['ip', '-n', ns, 'link', 'set', 'lo', 'up']);
    }
    for (const [i, leg] of ['a', 'b'].entries()) {
      await lab.ip(
        `link add c-${leg} index ${31 + i} type veth peer name s-${leg} netns ${lab.s} index ${41 + i}`,
      );
      for (const [ns, dev, host] of [
        [lab.c, `c-${leg}`, 1],
        [lab.s, `s-${leg}`, 2],
      ] as const) {
        await lab.ip(`addr add 10.77.${i + 1}.${host}/30 dev ${dev}`, ns);
        if (ipv6) await lab.ip(`addr add fd77:${i + 1}::${host}/64 dev ${dev}`, ns);
        await lab.ip(`link set ${dev} up`, ns);
      }
    }
    await lab.ip('addr add 10.77.9.1/32 dev lo');
    await lab.ip('addr add 10.77.9.2/32 dev lo', lab.s);
    const hops = (host: number, end: string) =>
      `nexthop via 10.77.1.${host} dev ${end}-a nexthop via 10.77.2.${host} dev ${end}-b`;
    await lab.ip(`route add 10.77.9.2/32 src 10.77.9.1 ${hops(2, 'c')}`);
    await lab.ip(`route add 10.77.9.1/32 src 10.77.9.2 ${hops(1, 's')}`, lab.s);
    // Duplicate address detection of the link-local addresses would fall into a cut.
    if (ipv6) await until('the end of DAD', async () => !(await lab.state()).includes('tentative'));
    return lab;
  }

  async in(ns: string, ...argv: string[]): Promise<string> {
    return (await run(inNetns(ns, argv))).stdout;
  }

  /** `ip` in a namespace, compute if not said. */
  async ip(words: string, ns = this.c): Promise<string> {
    return (await run(['ip', '-n', ns, ...words.split(' ')])).stdout;
  }

  /** What an operator can see of c, without what is volatile. Sorted: the order of IPv6 routes of one metric is nobody's. */
  async state(): Promise<string> {
    const parts = [
      await this.ip('-o link show'),
      await this.ip('-o addr show'),
      await this.ip('-4 route show table all'),
      await this.ip('-6 route show table all'),
      await this.ip('nexthop show'),
      await this.ip('neigh show nud permanent'),
      await this.ip('neigh show proxy'),
    ];
    return parts
      .join('\n')
      .split('\n')
      .map(line => line.trim())
      .filter(line => line !== '')
      .sort()
      .join('\n');
  }

  /** The state is as before, if need be after a moment: a carrier's event may be late. */
  async as(before: string): Promise<void> {
    let now = '';
    await until(
      'the state to be as before',
      async () => {
        now = await this.state();
        if (now !== before) throw new Error(`now:\n${now}\nbefore:\n${before}`);
        return true;
      },
      5000,
      100,
    );
  }

  /** A NIC of c whose driver lets its carrier be taken, up and with 10.78.0.1/30. */
  async tun(name: string): Promise<ChildProcess> {
    const [file, ...args] = inNetns(this.c, [TUN, name]);
    const child = spawn(file!, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#tuns.push(child);
    const ready = new Promise((resolve, reject) => {
      createInterface({ input: child.stdout! }).once('line', resolve);
      child.once('close', code => reject(new Error(`${TUN}: exit ${code}`)));
    });
    await ready;
    await this.ip(`addr add 10.78.0.1/30 dev ${name}`);
    await this.ip(`link set ${name} up`);
    // Until its first carrier event its operational state reads UNKNOWN, and never again.
    child.stdin!.write(`${name} 0\n${name} 1\n`);
    await until(`${name} up`, async () =>
      (await this.ip(`-o link show dev ${name}`)).includes('state UP'),
    );
    return child;
  }

  plan(name = 'drill.plan'): string {
    return join(this.plans, name);
  }

  start(words: string, plan = this.plan(), wrap: readonly string[] = []): Guard {
    mkdirSync(dirname(plan), { recursive: true, mode: 0o700 });
    const argv = inNetns(this.c, [GUARD, 'run', ...words.split(' '), '--plan', plan]);
    const guard = new Guard([...wrap, ...argv]);
    this.#guards.push(guard);
    return guard;
  }

  /** `undo` or `check`; events and exit code. */
  async tell(
    verb: string,
    plan = this.plan(),
    ns = this.c,
  ): Promise<{ ran: Ran; events: GuardEvent[] }> {
    const ran = await run(inNetns(ns, [GUARD, verb, '--plan', plan]), { mayFail: true });
    const events = ran.stdout
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line) as GuardEvent);
    return { ran, events };
  }

  async undo(plan = this.plan()): Promise<{ healed: Healed; code: number }> {
    const { ran, events } = await this.tell('undo', plan);
    const healed = events.find(e => e.event === 'healed');
    if (!healed) throw new Error(`undo: exit ${ran.code}: ${ran.stdout}${ran.stderr}`);
    return { healed: healed as Healed, code: ran.code };
  }

  async ping(to: string, from = this.c): Promise<boolean> {
    const argv = inNetns(from, ['ping', '-n', '-c', '1', '-W', '0.5', to]);
    return (await run(argv, { mayFail: true })).code === 0;
  }

  async isUp(dev: string): Promise<boolean> {
    return /[<,]UP[,>]/.test(await this.ip(`-o link show dev ${dev}`));
  }

  planExists(name = 'drill.plan'): boolean {
    return existsSync(this.plan(name));
  }

  /** Ends everything; returns what should not have been there any more. */
  async close(): Promise<string[]> {
    const left: string[] = readdirSync(this.plans, { recursive: true, withFileTypes: true })
      .filter(entry => !entry.isDirectory())
      .map(entry => entry.name);
    for (const child of this.#tuns) {
      const gone = new Promise(resolve => child.once('close', resolve));
      child.stdin!.end();
      if (child.exitCode === null && child.signalCode === null) await gone;
    }
    const inodes = new Set<number>();
    for (const ns of [this.c, this.s])
      if (existsSync(`/run/netns/${ns}`)) inodes.add(netnsInode(ns));
    for (const pid of processesInside(inodes)) {
      left.push(`${pid} ${commandLine(pid)}`);
      process.kill(pid, 'SIGKILL');
    }
    for (const guard of this.#guards) {
      if (guard.child.exitCode === null) guard.child.kill('SIGKILL');
      await guard.exited;
    }
    for (const ns of [this.c, this.s])
      if (existsSync(`/run/netns/${ns}`)) await run(['ip', 'netns', 'del', ns]);
    rmSync(this.plans, { recursive: true });
    if (readdirSync(FOLDER).length === 0) rmdirSync(FOLDER);
    return left;
  }
}

// guest: --nics 0 --cables 2 --timeout 600
/**
 * Leg probes of the helper through the members of an active-backup bond, and of a team, against a bridge: the one in use and
 * the other are heard, a port that swallows everything is noticed with its link up, and the bridge never sees the bond's
 * address anywhere but where the bond sends.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import t, { type Test } from 'tap';
import type { FrameOf } from '../../agent/wire.ts';
import { inNetns } from '../../scripts/lab/run.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { type Configure, Helper } from '../vm/helper.ts';

t.setTimeout(580_000);

type Probe = Configure['probes'][number];
type Said = FrameOf<'leg_probe'>['data'];

const FAR = 'far';
const MEMBERS = ['nic0', 'nic2'] as const;
const PORTS = { nic0: 'nic1', nic2: 'nic3' } as const;
type Member = (typeof MEMBERS)[number];
const TARGETS = { arp: '10.9.0.2', nd: 'fd00::2' } as const;
const METHODS = ['arp', 'nd'] as const;
const PROBES = 1000;
/** Of two answers that come late, after the next echo, one is not counted: in a guest on a busy machine that happens. */
const ANSWERED = 0.25;

const run = (file: string, ...args: string[]) => execFileSync(file, args, { encoding: 'utf8' });
const ip = (...args: string[]) => run('ip', ...args);
const far = (...args: string[]) => ip('-n', FAR, ...args);
const addressOf = (nic: string): string =>
  JSON.parse(ip('-j', 'link', 'show', nic))[0].address as string;
const indexOf = (nic: string): number =>
  JSON.parse(ip('-j', 'link', 'show', nic))[0].ifindex as number;

/** Every entry that the bridge makes or moves, in order: `<address> <port>`. */
class Learned {
  readonly entries: { address: string; port: string }[] = [];
  readonly #child: ChildProcess;

  constructor() {
    const [file = '', ...args] = inNetns(FAR, ['bridge', 'monitor', 'fdb']);
    this.#child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: this.#child.stdout! }).on('line', line => {
      const [, address, port] = /^([0-9a-f:]{17}) dev (\S+)/.exec(line) ?? [];
      if (address !== undefined && port !== undefined) this.entries.push({ address, port });
    });
  }

  /** Where this address was learned since the entry `from`, without repetition. */
  portsOf(address: string, from = 0): string[] {
    const ports = this.entries.slice(from).filter(entry => entry.address === address);
    return ports.map(({ port }) => port).filter((port, i, all) => port !== all[i - 1]);
  }

  stop(): void {
    this.#child.kill();
  }
}

/** Where the bridge would send to this address now; null: everywhere. */
function portNow(address: string): string | null {
  const [file = '', ...args] = inNetns(FAR, ['bridge', '-j', 'fdb', 'show', 'br', 'sw0']);
  const all = JSON.parse(run(file, ...args)) as { mac: string; ifname: string }[];
  return all.find(({ mac }) => mac === address)?.ifname ?? null;
}

function probe(helper: Helper): void {
  const probes = MEMBERS.flatMap(member =>
    METHODS.map(
      (method): Probe => ({
        ifindex: indexOf(member),
        source: null,
        target: TARGETS[method],
        method,
        interval_ms: 40,
        burst_ms: 20,
        lost_after: 3,
      }),
    ),
  );
  helper.configure({ probes });
}

/** What the probes say now. */
async function ask(helper: Helper): Promise<Said[]> {
  const { asked_us } = await helper.snapshot('prober');
  return helper.all('leg_probe', asked_us);
}

const allAnswer = (said: Said[]) =>
  said.length === MEMBERS.length * METHODS.length && said.every(({ answering }) => answering);

/** So many more by each probe; returns how many of them were answered, least first. */
async function after(helper: Helper, count: number): Promise<number[]> {
  const key = ({ ifindex, method }: Said) => `${ifindex} ${method}`;
  const before = new Map((await ask(helper)).map(one => [key(one), one]));
  const said = await until(
    `${count} probes by each`,
    async () => {
      const now = await ask(helper);
      return now.every(one => one.sent - (before.get(key(one))?.sent ?? 0) >= count) && now;
    },
    120_000,
    500,
  );
  return said
    .map(one => one.answered - (before.get(key(one))?.answered ?? 0))
    .sort((a, b) => a - b);
}

const setPort = (member: Member, state: 'disabled' | 'forwarding') => {
  const words = ['bridge', 'link', 'set', 'dev', PORTS[member], 'state'];
  const [file = '', ...args] = inNetns(FAR, [...words, state === 'disabled' ? '0' : '3']);
  run(file, ...args);
};

/** The member's port swallows everything, its link stays. */
async function swallowed(t: Test, helper: Helper, member: Member): Promise<void> {
  const ifindex = indexOf(member);
  const says = async (answering: boolean, from_us: number) => {
    for (const method of METHODS)
      await helper.next(
        'leg_probe',
        one => one.ifindex === ifindex && one.method === method && one.answering === answering,
        from_us,
      );
  };
  for (const state of ['disabled', 'forwarding'] as const) {
    const from_us = nowUs();
    setPort(member, state);
    await says(state === 'forwarding', from_us);
  }
  const link = helper.all('link').findLast(one => one.ifindex === ifindex);
  t.ok(link?.carrier, `${member} fell silent with its link up, and answers again`);
}

t.before(() => {
  ip('netns', 'add', FAR);
  for (const port of Object.values(PORTS)) ip('link', 'set', port, 'netns', FAR);
  far('link', 'add', 'sw0', 'type', 'bridge', 'forward_delay', '0');
  for (const port of Object.values(PORTS)) far('link', 'set', port, 'master', 'sw0', 'up');
  far('link', 'set', 'sw0', 'up');
  far('address', 'add', '10.9.0.2/24', 'dev', 'sw0');
  far('address', 'add', 'fd00::2/64', 'dev', 'sw0', 'nodad');
  run('modprobe', 'bonding', 'max_bonds=0');
});

const makeBond = (policy: string) => () => {
  const kind = ['type', 'bond', 'mode', 'active-backup', 'miimon', '100'];
  ip('link', 'add', 'bond0', ...kind, 'fail_over_mac', policy);
  for (const member of MEMBERS) {
    ip('link', 'set', member, 'down');
    ip('link', 'set', member, 'master', 'bond0');
  }
};

function makeTeam(): void {
  const config = { runner: { name: 'activebackup' }, link_watch: { name: 'ethtool' } };
  writeFileSync('/run/team0.json', JSON.stringify({ device: 'team0', ...config }));
  for (const member of MEMBERS) {
    ip('link', 'set', member, 'down');
    // On some kernels a team's port speaks IPv6 for itself, from the team's address, in use or not.
    writeFileSync(`/proc/sys/net/ipv6/conf/${member}/disable_ipv6`, '1');
  }
  run('teamd', '-d', '-f', '/run/team0.json');
  for (const member of MEMBERS) run('teamdctl', 'team0', 'port', 'add', member);
}

const bond = (policy: string) => ({
  name: `an active-backup bond, fail_over_mac ${policy}`,
  master: 'bond0',
  make: makeBond(policy),
  unmake: () => void ip('link', 'delete', 'bond0'),
  use: (member: Member) => void ip('link', 'set', 'bond0', 'type', 'bond', 'active_slave', member),
  follows: policy === 'active',
  count: policy === 'none' ? PROBES : 100,
});

const KINDS = [
  ...['none', 'active', 'follow'].map(bond),
  {
    name: 'a team, activebackup',
    master: 'team0',
    make: makeTeam,
    unmake: () => void run('teamd', '-k', '-t', 'team0'),
    use: (member: Member) =>
      void run('teamdctl', 'team0', 'state', 'item', 'set', 'runner.active_port', member),
    follows: false,
    count: 100,
  },
];

for (const { name, master, make, unmake, use, follows, count } of KINDS)
  t.test(name, async t => {
    const own = Object.fromEntries(MEMBERS.map(member => [member, addressOf(member)]));
    make();
    t.teardown(unmake);
    ip('link', 'set', master, 'up');
    ip('address', 'add', '10.9.0.1/24', 'dev', master);
    use('nic0');
    const learned = new Learned();
    t.teardown(() => learned.stop());
    const first = addressOf(master);
    await until(
      'the bridge to learn of the bond under our eyes',
      () => {
        far('link', 'set', 'sw0', 'type', 'bridge', 'fdb_flush');
        run('ping', '-q', '-c', '1', '-w', '5', '10.9.0.2');
        return learned.portsOf(first).length > 0;
      },
      60_000,
    );
    t.equal(first, own.nic0, 'it has the address of its first member');

    const helper = await Helper.start(t, '--nudge', 'off');
    probe(helper);
    await until('answers by both members', async () => allAnswer(await ask(helper)), 20_000, 200);
    const [least = 0] = await after(helper, count);
    t.ok(least >= ANSWERED * count, `${least} of ${count} were answered at least`);
    t.strictSame(learned.portsOf(first), [PORTS.nic0], 'it is where it was, and never moved');
    t.equal(portNow(first), PORTS.nic0);
    t.strictSame(learned.portsOf(own.nic2!), [PORTS.nic2], "the other's own is at its port");
    await swallowed(t, helper, 'nic2');
    t.strictSame(learned.portsOf(first), [PORTS.nic0], 'nor did it when the port came back');

    // Now the other way about: the first member, whose address this is, is not in use.
    const entries = learned.entries.length;
    const switched_us = nowUs();
    use('nic2');
    await helper.next('active_member', one => one.to_ifindex === indexOf('nic2'), switched_us);
    run('ping', '-q', '-c', '3', '-w', '20', '10.9.0.2');
    const then = addressOf(master);
    t.equal(then !== first, follows, 'it has kept its address, or not');
    const [fewest = 0] = await after(helper, 100);
    t.ok(fewest >= ANSWERED * 100, `${fewest} of 100 were answered at least`);
    t.ok(
      learned.portsOf(then, entries).every(port => port === PORTS.nic2),
      'it moved once at most, and never back',
    );
    t.equal(portNow(then), PORTS.nic2);
    await swallowed(t, helper, 'nic0');
    t.equal(portNow(then), PORTS.nic2);
    t.match(far('neigh', 'show', '10.9.0.1'), then, 'the target knows it by this address alone');
  });

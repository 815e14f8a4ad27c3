/**
 * pathwarden on one host of the lab: the helper as root inside the namespace, the agent as an unprivileged user from a
 * world-readable copy of the bundle with its own Node, the CLI as the operator (root) would call it.
 */
import { constants, copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { connectControl } from '../../agent/control/client.ts';
import type { Replies, ViewRequest } from '../../agent/control/protocol.ts';
import { accepts } from './accepts.ts';
import { bondGroup } from './bond.ts';
import type { Lab } from './lab.ts';
import { COMPUTE_ADDRESS, STORAGE_ADDRESS } from './network.ts';
import { type Running, tail } from './processes.ts';
import { inNetns, type Ran, type RunOptions, run, untapped } from './run.ts';
import { until } from './wait.ts';

/** No account of the machine: free on Debian (useradd stops at 60000), below the dynamic users of systemd. */
export const AGENT_UID = 60741;
const HELPER_UID = 60742;

const ROOT = resolve(import.meta.dirname, '../..');

/** What the agents and the CLI run from, the same for both hosts. */
export interface Installation {
  launcher: string;
  helper: string;
  reader: string;
}

/** Copies bundle, Node and programs into the lab's folder: the checkout may lie where other users may not look. */
export function install(
  lab: Pick<Lab, 'folder'>,
  native = join(ROOT, 'build/native'),
): Installation {
  const bin = lab.folder('bin');
  cpSync(join(ROOT, 'build/bundle'), join(bin, 'bundle'), { recursive: true });
  // As a package has it: the launcher takes the Node that lies beside it.
  copyFileSync(process.execPath, join(bin, 'bundle/node'), constants.COPYFILE_FICLONE);
  mkdirSync(join(bin, 'native'));
  for (const program of ['pathwarden-helper', 'pathwarden-guard', 'pathwarden-reader'])
    copyFileSync(join(native, program), join(bin, 'native', program), constants.COPYFILE_FICLONE);
  return {
    launcher: join(bin, 'bundle/pathwarden'),
    helper: join(bin, 'native/pathwarden-helper'),
    reader: join(bin, 'native/pathwarden-reader'),
  };
}

export interface HelperOptions {
  nudge?: 'auto' | 'ask' | 'operstate' | 'off';
  carrier?: 'auto' | 'fentry' | 'timer' | 'getlink' | 'rtnl';
  /** False: it may not take SCHED_FIFO (CAP_SYS_NICE is kept from it). */
  fifo?: boolean;
  /**
   * It may steer its host's path group; hold_ms: so long must a leg have answered before it is used again; link_down: by taking
   * the leg's own end down.
   */
  steer?: { hold_ms: number; link_down?: boolean };
  /** It may put back its host's group of nexthop objects. */
  restore?: boolean;
}

export interface AgentOptions {
  /** Webhook URL; null: no adapter. */
  url: string | null;
  /** Put the spool here rather than in the host's own folder. */
  stateDir?: string;
  /** Start it under SCHED_FIFO, its children not (SCHED_RESET_ON_FORK), as a launcher may. */
  fifo?: boolean;
  /** Alarms that flap are damped, as they are by default. */
  damped?: boolean;
  /** More lines of YAML for the configuration. */
  extra?: string;
}

/** The lab cuts a leg every few seconds, and waits for its alarm to clear before the next. */
const UNDAMPED = 'alarms: {damping: {cycles: 100, window_s: 1, hold_s: 1}}';

/** For an agent on an emulated processor that has other work as well. */
const PATIENCE_MS = 30_000;

/** What of a lab a host needs. */
export type Place = Pick<Lab, 'folder' | 'network' | 'processes'>;

type ViewVerb = Exclude<ViewRequest['verb'], 'follow'>;

export class Host {
  readonly name: 'compute' | 'storage';
  readonly netns: string;
  readonly dir: string;
  readonly config: string;
  /** CloudEvents source of its agent. */
  readonly source: string;
  /** Root's own folder, for plans of drills. */
  readonly plans: string;
  readonly helperSocket: string;
  readonly readerSocket: string;
  readonly viewSocket: string;
  readonly adminSocket: string;
  helper: Running | null = null;
  reader: Running | null = null;
  agent: Running | null = null;
  readonly #lab: Place;
  readonly #installed: Installation;
  #helperOptions: HelperOptions = {};

  constructor(lab: Place, installed: Installation, name: 'compute' | 'storage') {
    this.#lab = lab;
    this.#installed = installed;
    this.name = name;
    this.netns = lab.network[name];
    this.dir = lab.folder(name);
    this.source = `urn:pathwarden:lab:${name}`;
    this.plans = lab.folder(`${name}/plans`);
    this.config = join(this.dir, 'config.yaml');
    this.helperSocket = join(lab.folder(`${name}/helper`), 'helper.sock');
    this.readerSocket = join(lab.folder(`${name}/helper`), 'reader.sock');
    const agentOwned = { uid: AGENT_UID, gid: AGENT_UID, mode: 0o755 };
    const runDir = lab.folder(`${name}/run`, agentOwned);
    lab.folder(`${name}/state`, { ...agentOwned, mode: 0o700 });
    this.viewSocket = join(runDir, 'view.sock');
    this.adminSocket = join(runDir, 'admin.sock');
  }

  /** Starts the helper, or one with other options in its place, and waits until it serves. */
  async startHelper(options: HelperOptions = this.#helperOptions): Promise<void> {
    await this.stopHelper();
    this.#helperOptions = options;
    const helper = await this.#lab.processes.start(
      `${this.name}-helper`,
      [
        ...(options.fifo === false ? ['setpriv', '--bounding-set=-sys_nice', '--'] : []),
        ...[this.#installed.helper, '--socket', this.helperSocket],
        ...['--agent-user', String(AGENT_UID), '--user', `${HELPER_UID}:${HELPER_UID}`],
        ...['--nudge', options.nudge ?? 'auto', '--carrier', options.carrier ?? 'auto'],
        ...(options.steer ? this.#steering(options.steer) : []),
        ...(options.restore ? ['--restore-nexthops', 'nhg:10'] : []),
      ],
      { netns: this.netns },
    );
    this.helper = helper;
    await this.#serves(helper, this.helperSocket);
  }

  /** Until somebody answers there. */
  async #serves(program: Running, socket: string): Promise<void> {
    const accepting = async () => {
      if (program.exit) throw new Error(`it ended: ${tail(program)}`);
      if (!(await accepts(socket))) throw new Error(`it said: ${tail(program)}`);
      return true;
    };
    await until(`${program.name} to serve`, accepting, PATIENCE_MS);
  }

  /** Starts pathwarden-reader, which most labs do without. root: its tools and /sys lie below that folder. */
  async startReader(root?: string): Promise<void> {
    await this.stopReader();
    this.reader = await this.#lab.processes.start(
      `${this.name}-reader`,
      [
        ...[this.#installed.reader, '--socket', this.readerSocket],
        ...['--agent-user', String(AGENT_UID), ...(root === undefined ? [] : ['--root', root])],
      ],
      { netns: this.netns },
    );
    await this.#serves(this.reader, this.readerSocket);
  }

  async stopReader(signal?: NodeJS.Signals): Promise<void> {
    if (this.reader) await this.#lab.processes.stop(this.reader, signal);
    this.reader = null;
  }

  #steering({ hold_ms, link_down }: NonNullable<HelperOptions['steer']>): string[] {
    const { bond, hops } = this.#lab.network.options;
    const target = this.name === 'compute' ? STORAGE_ADDRESS : COMPUTE_ADDRESS;
    const routed = hops === 'route' ? `ecmp:${target}/32` : 'nhg:10';
    const group = bond ? bondGroup(bond) : link_down ? `${routed} link-down` : routed;
    return ['--steer', group, '--steer-hold-ms', String(hold_ms)];
  }

  async stopHelper(signal?: NodeJS.Signals): Promise<void> {
    if (this.helper) await this.#lab.processes.stop(this.helper, signal);
    this.helper = null;
  }

  /** Writes the configuration and starts the agent; ready() waits for it. */
  async startAgent(options?: AgentOptions): Promise<void> {
    await this.stopAgent();
    if (options) writeFileSync(this.config, this.#configText(options));
    this.agent = await this.#lab.processes.start(
      `${this.name}-agent`,
      [
        ...(options?.fifo ? ['chrt', '--reset-on-fork', '--fifo', '1'] : []),
        ...['setpriv', `--reuid=${AGENT_UID}`, `--regid=${AGENT_UID}`, '--clear-groups'],
        ...['--no-new-privs', '--inh-caps=-all', '--bounding-set=-all', '--'],
        ...[this.#installed.launcher, '--config', this.config, 'agent'],
      ],
      { netns: this.netns, cwd: '/' },
    );
  }

  async stopAgent(signal?: NodeJS.Signals): Promise<void> {
    if (this.agent) await this.#lab.processes.stop(this.agent, signal);
    this.agent = null;
  }

  #configText(options: AgentOptions): string {
    return [
      `helper: {socket: ${this.helperSocket}}`,
      `reader: {socket: ${this.readerSocket}}`,
      `run_dir: ${join(this.dir, 'run')}`,
      `state_dir: ${options.stateDir ?? join(this.dir, 'state')}`,
      `source: ${this.source}`,
      ...(options.damped ? [] : [UNDAMPED]),
      ...(options.url === null
        ? []
        : ['adapters:', `  - {kind: webhook, name: vim, url: "${options.url}"}`]),
      options.extra ?? '',
      '',
    ].join('\n');
  }

  /** argv of the CLI inside this host's namespace, for this host's agent. */
  cliArgv(words: readonly string[]): string[] {
    const folders = ['--config', this.config, '--run-dir', this.plans];
    return untapped(inNetns(this.netns, [this.#installed.launcher, ...folders, ...words]));
  }

  /** Runs the CLI to its end; an exit code other than 0 is the caller's to judge. */
  async cli(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
    return await run(this.cliArgv(words), { mayFail: true, timeoutMs: 120_000, ...options });
  }

  /** One request on the view socket. */
  async ask<V extends ViewVerb>(
    verb: V,
    args: Omit<Extract<ViewRequest, { verb: V }>, 'id' | 'verb'>,
  ): Promise<Replies[V]> {
    const client = await connectControl(this.viewSocket);
    try {
      return await client.request(verb, args as never, PATIENCE_MS);
    } finally {
      client.close();
    }
  }
}

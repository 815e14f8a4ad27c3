/** FRR's bfdd in the unpacked root, without zebra: it needs none for sessions between two addresses. */
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Service } from '../debs/service.ts';
import { accepts } from '../lab/accepts.ts';
import type { Lab } from '../lab/lab.ts';

/** Of `frr` in the root; as root it does not start unless root is one of the group frrvty. */
const UID = 60;
/** Under SCHED_FIFO, or it is late on a busy machine, and a session with it goes down for that. */
export const ON_TIME = ['chrt', '--fifo', '20'];
const CAPABILITIES = ['net_raw', 'net_bind_service', 'sys_admin', 'sys_nice', 'setuid', 'setgid'];

export interface FrrOptions {
  /** The namespace to run it in. */
  netns: string;
  /** Lines below `bfd` of its configuration. */
  bfd: readonly string[];
}

let started = 0;

export class Frr {
  readonly #service: Service;
  readonly #socket: string;

  private constructor(service: Service, socket: string) {
    this.#service = service;
    this.#socket = socket;
  }

  /** Resolves when it takes commands. root: path of the unpacked root. */
  static async start(lab: Lab, root: string, options: FrrOptions): Promise<Frr> {
    const name = `bfdd-${++started}`;
    const dir = lab.folder(name, { uid: UID, gid: UID, mode: 0o755 });
    const memory = join(lab.memory, name);
    mkdirSync(memory);
    const conf = join(dir, 'bfdd.conf');
    writeFileSync(conf, ['log stdout', 'bfd', ...options.bfd, '!', ''].join('\n'));
    chownSync(conf, UID, UID);
    chmodSync(conf, 0o600);
    const socket = join(dir, 'bfdd.vty');
    const service = new Service(
      {
        name,
        argv: [
          ...ON_TIME,
          ...['/usr/lib/frr/bfdd', '-u', 'frr', '-g', 'frr', '-f', '/run/bfdd.conf'],
          ...['-i', '/run/bfdd.pid', '-z', '/run/zserv.api', '--vty_socket', '/run'],
          ...['--bfdctl', '/run/bfdd.sock', '--log', 'stdout'],
        ],
        capabilities: CAPABILITIES,
        ready: () => accepts(socket),
      },
      { root, dir, memory, netns: options.netns },
      lab.processes,
    );
    await service.start();
    return new Frr(service, socket);
  }

  stop(): Promise<void> {
    return this.#service.stop();
  }

  /** Lines of configuration below `bfd`, as an operator would type them. Throws when one is not taken. */
  async configure(...lines: string[]): Promise<void> {
    await this.#talk(['enable', 'configure terminal', 'bfd', ...lines]);
  }

  /** Its session with that neighbour, by its own account. Throws when it has none. */
  async peer(address: string): Promise<FrrPeer> {
    const said = (await this.#talk(['enable', 'show bfd peers json'])).at(-1) ?? '';
    const peer = (JSON.parse(said) as FrrPeer[]).find(one => one.peer === address);
    if (peer === undefined) throw new Error(`bfdd has no session with ${address}: ${said}`);
    return peer;
  }

  /** How often its session with that neighbour went down. */
  async downs(address: string): Promise<number> {
    const said = (await this.#talk(['enable', 'show bfd peers counters json'])).at(-1) ?? '';
    const peers = JSON.parse(said) as { peer: string; 'session-down': number }[];
    const peer = peers.find(one => one.peer === address);
    if (peer === undefined) throw new Error(`bfdd has no session with ${address}: ${said}`);
    return peer['session-down'];
  }

  /** What vtysh does: a command ends with a zero byte, its answer with three and one of its status. */
  #talk(commands: readonly string[]): Promise<string[]> {
    return new Promise((resolve, reject) => {
      const peer = connect(this.#socket);
      const answers: string[] = [];
      let rest = Buffer.alloc(0);
      const next = () => {
        const command = commands[answers.length];
        if (command !== undefined) peer.write(`${command}\0`);
        else {
          peer.destroy();
          resolve(answers);
        }
      };
      peer.on('connect', next);
      peer.on('error', reject);
      peer.on('data', part => {
        rest = Buffer.concat([rest, part]);
        const end = rest.indexOf('\0\0\0');
        if (end < 0 || rest.length < end + 4) return;
        const text = rest.subarray(0, end).toString();
        const status = rest[end + 3];
        const command = commands[answers.length];
        rest = rest.subarray(end + 4);
        if (status !== 0) {
          peer.destroy();
          reject(new Error(`bfdd: ${command}: status ${status}: ${text}`));
          return;
        }
        answers.push(text);
        next();
      });
    });
  }
}

/** Times in ms. */
export interface FrrPeer {
  peer: string;
  status: 'up' | 'down' | 'init' | 'shutdown';
  diagnostic: string;
  'remote-diagnostic': string;
  'remote-receive-interval': number;
  'remote-transmit-interval': number;
  'remote-detect-multiplier': number;
}

/** BIRD in the unpacked root, with its protocol BFD alone. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Service } from '../debs/service.ts';
import { accepts } from '../lab/accepts.ts';
import type { Lab } from '../lab/lab.ts';
import { ON_TIME } from './frr.ts';

export interface BirdOptions {
  /** The namespace to run it in. */
  netns: string;
  /** What is between the braces of `protocol bfd`. */
  bfd: string;
}

let started = 0;

const text = (bfd: string) =>
  `router id 10.0.0.1;\nlog stderr all;\nprotocol device {}\nprotocol bfd bfd1 {\n${bfd}\n}\n`;

export class Bird {
  readonly #service: Service;
  readonly #dir: string;

  private constructor(service: Service, dir: string) {
    this.#service = service;
    this.#dir = dir;
  }

  /** Resolves when it takes commands. root: path of the unpacked root. */
  static async start(lab: Lab, root: string, options: BirdOptions): Promise<Bird> {
    const name = `bird-${++started}`;
    const dir = lab.folder(name);
    const memory = join(lab.memory, name);
    mkdirSync(memory);
    writeFileSync(join(dir, 'bird.conf'), text(options.bfd));
    const service = new Service(
      {
        name,
        argv: [
          ...[...ON_TIME, 'bird', '-f', '-c', '/run/bird.conf', '-s', '/run/bird.ctl'],
          ...['-P', '/run/bird.pid'],
        ],
        capabilities: ['net_raw', 'net_admin', 'net_bind_service', 'sys_nice'],
        ready: () => accepts(join(dir, 'bird.ctl')),
      },
      { root, dir, memory, netns: options.netns },
      lab.processes,
    );
    await service.start();
    return new Bird(service, dir);
  }

  stop(): Promise<void> {
    return this.#service.stop();
  }

  /** Takes another configuration while it runs. */
  async configure(bfd: string): Promise<void> {
    writeFileSync(join(this.#dir, 'bird.conf'), text(bfd));
    const said = await this.command('configure');
    if (!/^000[34]/m.test(said)) throw new Error(`bird: configure: ${said}`);
  }

  /** State of its session with that address as it names it (Up, Down, Init…), null: it has none. */
  async state(address: string): Promise<string | null> {
    const said = await this.command('show bfd sessions');
    const line = said.split('\n').find(one => one.includes(`${address} `));
    return line === undefined ? null : (line.trim().split(/\s+/)[2] ?? null);
  }

  /** One command on the control socket; all lines of its answer, with their codes. */
  command(line: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const peer = connect(join(this.#dir, 'bird.ctl'));
      let said = '';
      let asked = false;
      peer.on('error', reject);
      peer.setEncoding('utf8').on('data', part => {
        said += part;
        // The last line of an answer has a space after its code, the others a dash.
        if (!/(^|\n)\d{4} [^\n]*\n$/.test(said)) return;
        if (asked) {
          peer.destroy();
          resolve(said);
          return;
        }
        asked = true;
        said = '';
        peer.write(`${line}\n`);
      });
    });
  }
}

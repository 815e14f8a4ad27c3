/**
 * In a guest of scripts/vm: a process of which a page of memory breaks (poison.c). It can pass for a virtual machine: what
 * it is called and how its arguments read is up to the caller.
 */
import { mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type Processes, type Running, tail } from './processes.ts';
import { until } from './wait.ts';

const TOOL = resolve(import.meta.dirname, '../../build/native/lab/poison');

/** si_code of a SIGBUS that comes as soon as a page is given up (asm-generic/siginfo.h). */
export const BUS_MCEERR_AO = 5;

/** argv of a virtual machine as libvirt starts it. */
export const qemuArgv = (name: string, uuid: string): string[] => [
  ...['qemu-system-x86_64', '-name', `guest=${name},debug-threads=on`, '-S'],
  ...['-uuid', uuid, '-no-user-config', '-nodefaults'],
];

export class Victim {
  readonly running: Running;
  /** Signals that it has had; µs of CLOCK_MONOTONIC. */
  readonly signals: { code: number; t_us: number }[] = [];
  readonly #said: string[] = [];

  private constructor(running: Running) {
    this.running = running;
    createInterface({ input: running.child.stdout! }).on('line', line => {
      const [what = '', code, t_us] = line.split(' ');
      if (what === 'sigbus') this.signals.push({ code: Number(code), t_us: Number(t_us) });
      else this.#said.push(line);
    });
  }

  /** early: it asks to be told by a signal at once, as QEMU does. */
  static async start(processes: Processes, argv: readonly string[], early: boolean) {
    const [name = '', ...args] = argv;
    // The kernel takes a process's name from the file's.
    const program = join(mkdtempSync(join(tmpdir(), 'victim-')), basename(name));
    symlinkSync(TOOL, program);
    const victim = new Victim(await processes.start('victim', [program, ...args], { piped: true }));
    await victim.#heard('ready');
    if (early) await victim.#say('early');
    return victim;
  }

  get pid(): number {
    return this.running.pid;
  }

  /** The page breaks; µs of CLOCK_MONOTONIC just before. */
  poison = (): Promise<number> => this.#say('poison');

  /** It uses the page, and dies of it. */
  touch = (): Promise<number> => this.#say('touch');

  async #say(what: string): Promise<number> {
    this.running.child.stdin!.write(`${what}\n`);
    return Number((await this.#heard(what)).split(' ')[1]);
  }

  #heard(what: string): Promise<string> {
    return until(`a victim that says "${what}"`, () => {
      const found = this.#said.find(line => line.split(' ')[0] === what);
      if (found === undefined && this.running.exit) throw new Error(tail(this.running));
      return found;
    });
  }
}

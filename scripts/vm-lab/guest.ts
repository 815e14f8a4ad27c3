/** Boots one guest, runs its command, hands on what it prints. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GuestCommand, initramfs } from './initramfs.ts';
import { Output } from './output.ts';
import { type Descriptors, qemuCommand, type Shape } from './qemu.ts';
import type { Trees } from './trees.ts';

/** Exit codes of a run that the command itself did not end. */
export const TIMED_OUT = 124;
export const DIED = 125;

/** A guest is up after three seconds, on a machine that is busy with other things after thirty. */
const BOOT_LIMIT_S = 60;

export interface Run {
  trees: Trees;
  shape: Shape;
  command: GuestCommand;
  /** For the command, from when it may begin. */
  timeoutS: number;
  onOut: (text: Buffer) => void;
  onErr: (text: Buffer) => void;
  onConsole?: (text: Buffer) => void;
}

export interface Outcome {
  code: number;
  /** Why the command has no exit code of its own; null when it has. */
  failure: string | null;
  /** Last lines of the kernel's console. */
  console: string;
}

const CONSOLE_BYTES = 16_384;
/** What a command leaves behind may keep its output open; this long after its end we stop listening. */
const LINGER_MS = 1000;

/** A file that exists only as long as somebody has it open. */
function unlinkedFile(data: Buffer): number {
  const folder = mkdtempSync(join(tmpdir(), 'pathwarden-vm-'));
  try {
    const fd = openSync(join(folder, 'file'), 'w+');
    for (let at = 0; at < data.length; ) at += writeSync(fd, data, at);
    return fd;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const FDS: Descriptors = {
  initrd: 3,
  console: 4,
  out: 5,
  err: 6,
  status: 7,
  monitor: 8,
  monitorPort: 9,
};
/** The first descriptor in QEMU of the links between two guests. */
export const FIRST_LINK_FD = 10;

export class Guest {
  /** The lab's end of each link. Another guest is given it; then it must be destroyed here. */
  readonly links: Socket[];
  /** Whether it came up; its command waits for `go`. False when it ended instead. */
  readonly up: Promise<boolean>;
  readonly outcome: Promise<Outcome>;
  readonly #qemu: ChildProcess;
  readonly #timeoutS: number;
  #limit: NodeJS.Timeout;
  #failure: string | null = null;
  #failureCode = DIED;

  /** links: for each of the shape's links the other guest's end, or 'pipe' to make both. */
  constructor(run: Run, links: readonly (Socket | 'pipe')[] = []) {
    const { argv, env } = qemuCommand(run.trees, run.shape, FDS);
    const initrd = unlinkedFile(initramfs(run.trees, run.command));
    // The kernel ends QEMU when this process dies, however it dies.
    this.#qemu = spawn('setpriv', ['--pdeathsig', 'KILL', ...argv], {
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin', ...env },
      stdio: [
        ...(['ignore', 'ignore', 'pipe', initrd, 'pipe', 'pipe', 'pipe'] as const),
        ...(['pipe', 'pipe', 'pipe'] as const),
        ...links,
      ],
    });
    closeSync(initrd);
    this.links = links.flatMap((link, index) =>
      link === 'pipe' ? [this.#stream(FIRST_LINK_FD + index)] : [],
    );
    this.#timeoutS = run.timeoutS;
    this.#limit = setTimeout(
      () => this.end(`did not come up in ${BOOT_LIMIT_S} s`),
      BOOT_LIMIT_S * 1000,
    );
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.up = promise;
    this.outcome = this.#follow(run, () => resolve(true)).finally(() => resolve(false));
  }

  /** Lets the command begin. */
  go(): void {
    clearTimeout(this.#limit);
    this.#limit = setTimeout(
      () => this.end(`ended at its limit of ${this.#timeoutS} s`, TIMED_OUT),
      this.#timeoutS * 1000,
    );
    this.#stream(FDS.status).write('go\n');
  }

  #stream(fd: number): Socket {
    return this.#qemu.stdio[fd as 3] as Socket;
  }

  /** Ends the guest at once; the outcome has the reason and the code. */
  end(failure: string, code = DIED): void {
    this.#failure ??= failure;
    this.#failureCode = code;
    this.#qemu.kill('SIGKILL');
  }

  #follow(run: Run, onUp: () => void): Promise<Outcome> {
    const out = new Output(run.onOut);
    const err = new Output(run.onErr);
    let code: number | null = null;
    let consoleText = '';
    let complaints = '';
    let status = '';
    const finishWhenRead = () => {
      if (code !== null && out.ended && err.ended) this.#qemu.kill('SIGKILL');
    };
    const listen = (fd: number, onData: (chunk: Buffer) => void) => {
      const stream = this.#stream(fd);
      stream.on('error', () => {}); // the guest is gone; its end is seen elsewhere
      stream.on('data', onData);
    };
    let linger: NodeJS.Timeout | undefined;

    listen(2, chunk => {
      complaints = (complaints + chunk).slice(-CONSOLE_BYTES);
    });
    listen(FDS.console, chunk => {
      consoleText = (consoleText + chunk.toString('latin1')).slice(-CONSOLE_BYTES);
      run.onConsole?.(chunk);
    });
    listen(FDS.out, chunk => {
      out.write(chunk);
      finishWhenRead();
    });
    listen(FDS.err, chunk => {
      err.write(chunk);
      finishWhenRead();
    });
    listen(FDS.status, chunk => {
      status += chunk.toString();
      if (/^up$/m.test(status)) onUp();
      const exit = /^exit (\d+)$/m.exec(status);
      if (exit) code = Number(exit[1]);
      if (/^over$/m.test(status))
        linger ??= setTimeout(() => this.#qemu.kill('SIGKILL'), LINGER_MS);
      finishWhenRead();
    });
    // The guest's port and QEMU's monitor: two sockets that QEMU cannot join itself without a path.
    listen(FDS.monitorPort, chunk => this.#stream(FDS.monitor).write(chunk));
    listen(FDS.monitor, chunk => this.#stream(FDS.monitorPort).write(chunk));

    return new Promise((resolve, reject) => {
      this.#qemu.once('error', reject);
      this.#qemu.once('close', (qemuCode, signal) => {
        clearTimeout(this.#limit);
        clearTimeout(linger);
        out.flush();
        err.flush();
        const failure =
          code !== null
            ? null
            : (this.#failure ??
              `QEMU ended before the command did (${signal ?? `exit code ${qemuCode}`}) ${complaints}`.trim());
        resolve({ code: code ?? this.#failureCode, failure, console: consoleText });
      });
    });
  }
}

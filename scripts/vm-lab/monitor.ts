/**
 * QEMU's monitor, from inside the guest: a test cuts its own cables and unplugs its own devices. Each call returns when QEMU
 * has done it; what the kernel makes of it comes after.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, constants, existsSync, openSync, readSync, writeSync } from 'node:fs';

const PORT = '/dev/virtio-ports/mon';
const PROMPT = '(qemu) ';
/** The port can be open but once; another process's command takes milliseconds. */
const BUSY_TRIES = 200;
const BUSY_MS = 10;

/** False outside of the lab's guests. */
export const inGuest = (): boolean => existsSync(PORT);

function open(): number {
  for (let tries = 1; ; tries++)
    try {
      return openSync(PORT, constants.O_RDWR);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || tries === BUSY_TRIES) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_MS);
    }
}

const echoOf = (line: string) => `${line}\x1b[K\r\n`;

/** Runs one command of the human monitor (HMP) and returns what it printed, '' mostly. */
export function monitor(command: string): string {
  // What an earlier `echo … >/dev/virtio-ports/mon` did not read comes first, so the end needs a mark of its own.
  const mark = `#${randomUUID()}`;
  const fd = open();
  try {
    writeSync(fd, `${command}\n${mark}\n`);
    const chunk = Buffer.alloc(4096);
    let said = '';
    while (!said.includes(echoOf(mark))) said += chunk.toString('latin1', 0, readSync(fd, chunk));
    const answer = said.slice(said.lastIndexOf(echoOf(command)) + echoOf(command).length);
    return answer.slice(0, answer.indexOf(PROMPT)).replaceAll('\r', '').trim();
  } finally {
    closeSync(fd);
  }
}

function mute(command: string): void {
  const answer = monitor(command);
  if (answer !== '') throw new Error(`${command}: ${answer}`);
}

/** Cuts or restores the cable at one NIC (`nic0`). The NIC at the far end of a cable keeps its carrier: cut both. */
export function setLink(nic: string, on: boolean): void {
  mute(`set_link ${nic} ${on ? 'on' : 'off'}`);
}

/** Asks the kernel to let go of a device, as the attention button of a slot does; it is gone a moment later. */
export function deviceDel(id: string): void {
  mute(`device_del ${id}`);
}

/** What the BFD tests share: a helper on a switched leg, its sessions as it tells them, a switch that drops in silence. */
import { join, resolve } from 'node:path';
import type { Test } from 'tap';
import type { FrameOf } from '../../agent/wire.ts';
import { Lab } from '../../scripts/lab/lab.ts';
import { Host } from '../../scripts/lab/product.ts';
import { run } from '../../scripts/lab/run.ts';
import { until } from '../../scripts/lab/wait.ts';
import { fetchRoot } from '../../scripts/storage-lab/root.ts';
import { closeAfter } from '../netns/support.ts';
import { Attached, type Configure } from '../vm/helper.ts';

export type BfdFrame = FrameOf<'bfd'>['data'];
export type BfdWish = Configure['bfd'][number];

const HELPER = resolve(import.meta.dirname, '../../build/native/pathwarden-helper');
/** A session comes up by packets a second apart; an emulated or busy machine takes several times that. */
const PATIENCE_MS = 60_000;

/** Leg a of the lab (network.ts), as the compute host has it. */
export const LEG = { name: 'c-a', ifindex: 31, local: '10.77.1.1', remote: '10.77.1.2' } as const;
export const LEG6 = { ...LEG, local: 'fd77:1::1', remote: 'fd77:1::2' } as const;

export const SESSION: BfdWish = {
  ifindex: LEG.ifindex,
  local: LEG.local,
  remote: LEG.remote,
  micro: false,
  interval_ms: 50,
  detect_mult: 3,
};

/** A client of a helper: what it was told of BFD, in the order of its coming. */
export class BfdClient {
  readonly #helper: Attached;

  constructor(helper: Attached) {
    this.#helper = helper;
  }

  get bfd(): BfdFrame[] {
    return this.#helper.all('bfd');
  }

  get hello(): FrameOf<'hello'>['data'] {
    return this.#helper.hello;
  }

  /** Devices that were told without carrier. */
  get carrierLost(): number[] {
    return this.#helper.all('carrier').flatMap(({ carrier, ifindex }) => (carrier ? [] : ifindex));
  }

  configure(...bfd: BfdWish[]): void {
    this.#helper.configure({ bfd });
  }

  /** The first frame from then on (an index into `bfd`) that is so; what: for the error message. */
  async told(what: string, from: number, is: (frame: BfdFrame) => boolean): Promise<BfdFrame> {
    return await until(
      `the helper to tell: ${what}`,
      () => {
        const refused = this.#helper.all('refused').map(({ reason }) => reason);
        if (refused.length > 0) throw new Error(`refused: ${refused}`);
        return this.bfd.slice(from).find(is);
      },
      PATIENCE_MS,
    ).catch(error => {
      const seen = this.bfd.slice(from).map(f => JSON.stringify(f));
      throw new Error(`${error.message}; it told:\n${seen.join('\n')}`);
    });
  }

  /** Up at both ends, with each end's terms known to the other. */
  async up(detect_us: number, from = 0): Promise<BfdFrame> {
    return await this.told(
      `up at both ends, detection ${detect_us} us`,
      from,
      f => f.state === 'up' && f.remote_state === 'up' && f.detect_us === detect_us,
    );
  }

  close(): void {
    this.#helper.detach();
  }
}

export interface BfdLab {
  lab: Lab;
  /** The helper's; the other end is in lab.network.storage. */
  host: Host;
  /** Path of the unpacked root. */
  root: string;
}

/** A lab whose legs go through a bridge each. */
export async function openBfdLab(t: Test): Promise<BfdLab> {
  const root = await fetchRoot();
  const lab = await Lab.open({ cabling: 'bridge', equalIndexes: false });
  closeAfter(t, lab);
  const add = (netns: string, address: string, dev: string) =>
    run(['ip', '-n', netns, 'address', 'add', `${address}/64`, 'dev', dev, 'nodad']);
  await add(lab.network.compute, LEG6.local, 'c-a');
  await add(lab.network.storage, LEG6.remote, 's-a');
  return { lab, root, host: hostOf(lab, 'compute') };
}

/** No bundle: the helper alone. */
export const hostOf = (lab: Lab, name: 'compute' | 'storage'): Host =>
  new Host(lab, { launcher: '', helper: HELPER, reader: '' }, name);

/** Starts the helper, if it does not run, and asks it for these sessions. */
export async function askFor(t: Test, host: Host, ...sessions: BfdWish[]): Promise<BfdClient> {
  if (host.helper === null) await host.startHelper();
  const client = new BfdClient(await Attached.to(t, host.helperSocket));
  client.configure(...sessions);
  return client;
}

/** The switch of leg a forwards nothing to the storage host any more, or again; no link goes down. */
export async function forward(lab: Lab, yes: boolean): Promise<void> {
  const [, , , middle = ''] = lab.network.namespaces;
  const master = yes ? ['master', 'br-a'] : ['nomaster'];
  await run(['ip', '-n', middle, 'link', 'set', 'p-s-a', ...master]);
}

export const logOf = (lab: Lab, name: string): string => join(lab.dir, 'logs', `${name}.log`);

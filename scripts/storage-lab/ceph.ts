/**
 * A real Ceph on the storage host's service address: one monitor, one manager and three OSDs that keep their objects in
 * memory, each daemon in the unpacked root (scripts/debs). It ends with this process, however that ends.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inside, type Place, Service } from '../debs/service.ts';
import { accepts } from '../lab/accepts.ts';
import type { Lab } from '../lab/lab.ts';
import { inNetns, run } from '../lab/run.ts';
import type { Disk } from '../lab/storage.ts';
import { until } from '../lab/wait.ts';
import {
  type CephStatus,
  clientConf,
  clusterConf,
  MON_ADDRESS,
  OSDS,
  POOL,
  unwell,
} from './conf.ts';

/** Else an OSD is told from its predecessor by its pid, which is the same in each namespace. */
const ENV = { CEPH_CONF: '/run/ceph.conf', CEPH_USE_RANDOM_NONCE: '1' };
/** Each has connections of its own, so that there is always something under way to each OSD. */
const JOBS = 4;
/** A write is three. */
const READS = 80;
const IMAGE = 'disk';
const IMAGE_MB = 128;
/** With eight, one OSD is the primary of a single one, and an image may have no object in that. */
const PGS = 32;
/** 8 s on an idle machine. */
const HEALTHY_MS = 240_000;

export type CephDaemon = 'mon.a' | 'mgr.x' | `osd.${number}`;

export class Ceph {
  readonly daemons: readonly CephDaemon[];
  readonly #place: Place;
  readonly #client: string;
  readonly #services: ReadonlyMap<CephDaemon, Service>;
  readonly #fsid = randomUUID();
  readonly #osdIds = Array.from({ length: OSDS }, () => randomUUID());

  private constructor(lab: Lab, root: string) {
    const dir = lab.folder('ceph');
    const memory = join(lab.memory, 'ceph');
    mkdirSync(memory);
    writeFileSync(join(dir, 'ceph.conf'), clusterConf(this.#fsid));
    writeFileSync(join(dir, 'client.conf'), clientConf(this.#fsid));
    this.#place = { root, dir, memory, netns: lab.network.storage };
    this.#client = lab.network.compute;
    this.daemons = ['mon.a', 'mgr.x', ...this.#osdIds.map((_, i) => `osd.${i}` as const)];
    this.#services = new Map(
      this.daemons.map(name => {
        const [kind, id = ''] = name.split('.');
        const argv = [`ceph-${kind}`, '-f', '-i', id];
        // The monitor does not know the host that an OSD is on.
        if (kind === 'osd') argv.push(`--crush-location=root=default host=h${id}`);
        const ready = () => accepts(join(dir, `${name}.asok`));
        const spec = { name, argv, env: ENV, ready };
        return [name, new Service(spec, this.#place, lab.processes)];
      }),
    );
  }

  /** Resolves when it is healthy and has a disk. root: path of the unpacked root. */
  static async start(lab: Lab, root: string): Promise<Ceph> {
    const ceph = new Ceph(lab, root);
    await ceph.#format();
    await ceph.startDaemon('mon.a');
    await Promise.all([ceph.startDaemon('mgr.x'), ceph.#introduce()]);
    await Promise.all(ceph.#osdIds.map((_, i) => ceph.startDaemon(`osd.${i}`)));
    await ceph.#makeDisk();
    await ceph.healthy();
    return ceph;
  }

  /** The disk, for fio on the compute host, outside of the root. */
  get disk(): Disk {
    return {
      engine: ['--ioengine=rbd', '--clientname=admin', `--pool=${POOL}`, `--rbdname=${IMAGE}`],
      env: { CEPH_CONF: join(this.#place.dir, 'client.conf') },
      netns: this.#client,
      jobs: JOBS,
      reads: READS,
    };
  }

  async startDaemon(name: CephDaemon): Promise<void> {
    await this.#service(name).start();
  }

  /** Kills it. An OSD's objects are gone then, and come back from the others. */
  async stopDaemon(name: CephDaemon): Promise<void> {
    await this.#service(name).stop();
  }

  /** Runs a command of the root, beside the cluster; what it printed. */
  async run(argv: readonly string[]): Promise<string> {
    const whole = inNetns(this.#place.netns, inside(this.#place, ENV, argv));
    return (await run(whole, { timeoutMs: HEALTHY_MS })).stdout;
  }

  async status(): Promise<CephStatus> {
    return JSON.parse(await this.run(['ceph', '--connect-timeout=10', '-f', 'json', 'status']));
  }

  /** Until nothing is wrong with it, by its own account. */
  async healthy(): Promise<void> {
    await until(
      'Ceph to be healthy',
      async () => {
        const wrong = unwell(await this.status());
        if (wrong.length > 0) throw new Error(wrong.join('; '));
        return true;
      },
      HEALTHY_MS,
      200,
    ).catch(error => {
      throw new Error(`${error.message}\n${this.#lastWords()}`);
    });
  }

  /** Makes the stores of the monitor and of the OSDs, which take no notice of each other while nobody authenticates. */
  async #format(): Promise<void> {
    const osds = this.#osdIds
      .map(
        (id, i) =>
          `{ mkdir /run/memory/osd.${i}; ceph-osd -i ${i} --mkfs --no-mon-config --osd-uuid ${id}; } &`,
      )
      .join('\n');
    await this.run([
      ...['bash', '-ec'],
      `monmaptool --create --fsid ${this.#fsid} --addv a '${MON_ADDRESS}' /run/memory/monmap
mkdir /run/memory/m{on.a,gr.x}
${osds}
ceph-mon -i a --mkfs --monmap /run/memory/monmap
wait`,
    ]);
  }

  /** Tells the monitor of the OSDs. */
  async #introduce(): Promise<void> {
    const commands = this.#osdIds.map((id, i) => `ceph --connect-timeout=60 osd new ${id} ${i}`);
    await this.run(['bash', '-ec', commands.join('\n')]);
  }

  /** It waits for the OSDs to be up. */
  async #makeDisk(): Promise<void> {
    await this.run([
      ...['bash', '-ec'],
      `ceph osd pool create ${POOL} ${PGS}
rbd pool init ${POOL}
rbd create ${POOL}/${IMAGE} --size=${IMAGE_MB}`,
    ]);
  }

  #service(name: CephDaemon): Service {
    const service = this.#services.get(name);
    if (service === undefined)
      throw new Error(`no ${name} here; there are: ${this.daemons.join(', ')}`);
    return service;
  }

  #lastWords(): string {
    return this.daemons
      .map(name => `${name}: ${this.#service(name).log.trimEnd().split('\n').slice(-3).join('\n')}`)
      .join('\n');
  }
}

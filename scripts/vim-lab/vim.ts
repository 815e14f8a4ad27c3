/** A VIM to escalate to: real daemons from Debian's packages, in namespaces of their own, on one address. */

import type { ServiceSpec } from '../debs/service.ts';
import { ALERTMANAGER_URL, alertmanager, alertmanagerFiles } from './brokers/alertmanager.ts';
import { NATS_URL, nats } from './brokers/nats.ts';
import { AMQP_URL, RABBITMQ, rabbitmq, rabbitmqFiles } from './brokers/rabbitmq.ts';
import {
  parseTraps,
  SNMP,
  SNMPTRAPD,
  snmptrapd,
  snmptrapdFiles,
  type Trap,
} from './brokers/snmptrapd.ts';
import { allOf, Machine } from './machine.ts';
import { ADDRESS } from './network.ts';
import { type Answer, Api, type ApiName } from './openstack/api.ts';
import { ADMIN, AGENT, OPENSTACK_URLS } from './openstack/config.ts';
import { addOpenStack, startOpenStack } from './openstack/start.ts';
import { preparedState } from './openstack/state.ts';
import { fetchRoot } from './root.ts';

export { Unavailable } from '../debs/root.ts';

/** openstack brings rabbitmq along. */
export type Part = 'openstack' | 'rabbitmq' | 'nats' | 'alertmanager' | 'snmptrapd';

export interface VimOptions {
  services: readonly Part[];
  /** Alertmanager's configuration; here: this process's address, where the VIM reaches it. None: it sends to nobody. */
  alertmanager?: (vim: { here: string }) => string;
}

export class Vim {
  readonly address = ADDRESS;
  readonly endpoints = {
    ...OPENSTACK_URLS,
    amqp: AMQP_URL,
    nats: NATS_URL,
    alertmanager: ALERTMANAGER_URL,
    snmptrapd: SNMPTRAPD,
  };
  readonly credentials = { admin: ADMIN, agent: AGENT, rabbitmq: RABBITMQ, snmp: SNMP };
  readonly #machine: Machine;
  readonly #api = new Api(ADMIN);

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** This process's address, where the VIM reaches it. */
  get here(): string {
    return this.#machine.here;
  }

  /** The folder of the run; its logs in logs/. */
  get dir(): string {
    return this.#machine.folder.dir;
  }

  /** A folder in memory, gone with the run. */
  get memory(): string {
    return this.#machine.folder.memory;
  }

  /** Name of the network namespace. */
  get netns(): string {
    return this.#machine.network.netns;
  }

  /** Links another namespace with the VIM, once; returns the address there. */
  attach(netns: string): Promise<string> {
    return this.#machine.network.attach(netns);
  }

  /** A call as admin; path is relative to the endpoint. Nova is asked with microversion 2.53. Any status is an answer. */
  api(
    method: string,
    service: ApiName,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer> {
    return this.#api.call(method, service, path, body, headers);
  }

  /** Resolves when it answers. */
  start(name: string): Promise<void> {
    return this.#machine.service(name).start();
  }

  stop(name: string, signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    return this.#machine.service(name).stop(signal);
  }

  async restart(name: string): Promise<void> {
    await this.stop(name);
    await this.start(name);
  }

  /** All that a service has printed. */
  log(name: string): string {
    return this.#machine.service(name).log;
  }

  /** What snmptrapd has taken so far. */
  traps(): Trap[] {
    return parseTraps(this.log('snmptrapd'));
  }

  /** Ends and removes everything. Safe to call twice. */
  close(): Promise<void> {
    return this.#machine.close();
  }

  /** close(), then throws when something is left. */
  closeClean(): Promise<void> {
    return this.#machine.closeClean();
  }
}

type Broker = Exclude<Part, 'openstack'>;

/** Each broker's daemon and the files that it reads. */
const BROKERS: Record<
  Broker,
  [() => ServiceSpec, (options: VimOptions, here: string) => Record<string, string>]
> = {
  rabbitmq: [rabbitmq, rabbitmqFiles],
  nats: [nats, () => ({})],
  alertmanager: [
    alertmanager,
    (options, here) => alertmanagerFiles(options.alertmanager?.({ here })),
  ],
  snmptrapd: [snmptrapd, snmptrapdFiles],
};

/** Starts what is asked for; resolves when all of it answers. Throws Unavailable where the packages cannot be had. */
export async function openVim(options: VimOptions): Promise<Vim> {
  const root = await fetchRoot();
  const wanted = new Set(options.services);
  const withOpenStack = wanted.delete('openstack');
  if (withOpenStack) wanted.add('rabbitmq');
  const brokers = [...wanted] as Broker[];
  const state = withOpenStack ? await preparedState(root) : null;
  const machine = await Machine.open(root);
  try {
    for (const name of brokers) {
      const [spec, files] = BROKERS[name];
      machine.folder.write(files(options, machine.here));
      machine.add(spec());
    }
    if (state !== null) addOpenStack(machine, state);
    const openstack = state === null ? [] : [startOpenStack(machine)];
    await allOf([machine.start(brokers), ...openstack]);
    return new Vim(machine);
  } catch (error) {
    await machine.close();
    throw error;
  }
}

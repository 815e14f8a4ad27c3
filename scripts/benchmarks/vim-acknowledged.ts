/**
 * Carrier loss to the acknowledgement of each receiver, all of them told of the same loss by one agent and measured by it,
 * exactly: each is told of one alarm type, so what a loss adds to the sum of its histogram is that loss. The yardstick is
 * the webhook; the webhook itself is held against the receiver's own clock.
 *
 * Nova and Masakari are told that the host lost a whole path, once both of its legs are cut. Masakari gets no proof of
 * fencing, so it takes each notification and recovers nothing.
 */
import { Lab } from '../lab/lab.ts';
import { Host, install } from '../lab/product.ts';
import { Receiver } from '../lab/receiver.ts';
import { run } from '../lab/run.ts';
import { TunNics } from '../lab/tun.ts';
import { until } from '../lab/wait.ts';
import { openVim, type Vim } from '../vim-lab/vim.ts';
import { type Result, result } from './figures.ts';
import { say } from './table.ts';
import { type Loss, Losses } from './vim-losses.ts';
import { Queue } from './vim-queue.ts';
import { acceptDuplicates, adapters } from './vim-receivers.ts';

const CUTS = 100;
const PATH_CUTS = 100;
/** In pairs the legs of groups. Cut in turn, so that none is lost so often that it counts as flapping. */
const NICS = Array.from({ length: 24 }, (_, i) => `t${i}`);
const BROKERS = ['alertmanager', 'amqp', 'nats', 'snmp'];
const OPENSTACK = ['nova', 'masakari'];

export async function vimAcknowledged(): Promise<Result[]> {
  const vim = await openVim({
    services: ['openstack', 'rabbitmq', 'nats', 'alertmanager', 'snmptrapd'],
  });
  try {
    const lab = await Lab.open();
    try {
      return await play(vim, lab);
    } finally {
      await lab.closeClean();
    }
  } finally {
    await vim.closeClean();
  }
}

async function play(vim: Vim, lab: Lab): Promise<Result[]> {
  await vim.attach(lab.network.compute);
  const host = new Host(lab, install(lab), 'compute');
  const nics = await TunNics.open(lab, host.netns, NICS);
  await run(['ip', '-n', host.netns, '-batch', '-'], { input: routes() });
  const where = { netns: vim.netns, address: vim.address, dir: lab.dir, name: 'receiver' };
  const receiver = new Receiver(lab.processes, where);
  await receiver.start();
  await (await Queue.bind(vim.endpoints.amqp, 'bench')).close();
  await acceptDuplicates(vim);
  await host.startHelper();
  await host.startAgent({ url: null, fifo: true, extra: adapters(vim, receiver.port, lab.dir) });
  await until('the agent', async () => (await host.ask('status', {})).helper.connected, 20_000);
  const groups = async () => (await host.ask('status', {})).groups;
  await until('its groups', async () => (await groups()).length > NICS.length / 2, 20_000);

  const losses = new Losses(host, nics, receiver);
  const lose = (legs: readonly string[]) =>
    losses.measure(legs, 'link-down', ['webhook', ...BROKERS]);
  const losePath = (legs: readonly string[]) =>
    losses.measure(legs, 'path-lost', ['webhook-path', ...OPENSTACK]);
  // The first of all is that in which libraries are loaded and connections opened.
  await lose(NICS.slice(0, 1));
  await losePath(pair(PATH_CUTS));
  const cuts: Loss[] = [];
  for (let i = 0; i < CUTS; i++) cuts.push(await lose([NICS[i % NICS.length]!]));
  const pathCuts: Loss[] = [];
  for (let i = 0; i < PATH_CUTS; i++) pathCuts.push(await losePath(pair(i)));
  await check(vim);
  return results(cuts, pathCuts);
}

function results(cuts: readonly Loss[], pathCuts: readonly Loss[]): Result[] {
  const of = (all: readonly Loss[], name: string) => all.map(({ took }) => took.get(name)!);
  const ack = (name: string, all: readonly Loss[], yardstick: string) =>
    result(`vim_ack_${name}`, 'ms', of(all, name), {
      name: 'webhook',
      values: of(all, yardstick),
    });
  const arrivals = cuts.map(({ arrived }) => arrived);
  const off = cuts.map(({ took, arrived }) => Math.abs(took.get('webhook')! - arrived));
  say(
    `  self-measurement and receiver's clock differ by at most ${Math.max(...off).toFixed(2)} ms`,
  );
  return [
    result('vim_ack_webhook', 'ms', of(cuts, 'webhook'), {
      name: "arrival by the receiver's clock",
      values: arrivals,
    }),
    ...BROKERS.map(name => ack(name, cuts, 'webhook')),
    ...OPENSTACK.map(name => ack(name, pathCuts, 'webhook-path')),
  ];
}

/** Throws when Masakari has not stored what it acknowledged: an adapter takes its refusal of a duplicate as well. */
async function check(vim: Vim): Promise<void> {
  const { body } = await vim.api('GET', 'masakari', '/notifications?limit=1000');
  const stopped = body.notifications.filter(
    ({ payload }: { payload: { event: string } }) => payload.event === 'STOPPED',
  );
  const losses = PATH_CUTS + 1;
  if (stopped.length < losses)
    throw new Error(`Masakari has ${stopped.length} notifications of ${losses} losses`);
}

const pair = (i: number): string[] => {
  const first = 2 * (i % (NICS.length / 2));
  return NICS.slice(first, first + 2);
};

const routes = (): string =>
  NICS.filter((_, i) => i % 2 === 0)
    .map((name, g) => {
      const hop = (i: number, dev: string) => `nexthop via 10.78.${i}.2 dev ${dev}`;
      const [a, b] = [hop(2 * g, name), hop(2 * g + 1, NICS[2 * g + 1]!)];
      return `route add 10.79.0.${g + 1}/32 ${a} ${b}\n`;
    })
    .join('');

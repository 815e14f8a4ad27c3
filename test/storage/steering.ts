/** What the tests of steering share: helpers that may steer, with each leg probed; legs that drop everything in silence. */
import type { Test } from 'tap';
import type { FrameOf, HelperRequest } from '../../agent/wire.ts';
import { Lab } from '../../scripts/lab/lab.ts';
import { LEGS, type Network, type NetworkOptions } from '../../scripts/lab/network.ts';
import { run } from '../../scripts/lab/run.ts';
import { nowUs } from '../../scripts/lab/wait.ts';
import { closeAfter } from '../netns/support.ts';
import { type Configure, Helper } from '../vm/helper.ts';

export type Steering = FrameOf<'steering'>['data'];
export type Host = 'compute' | 'storage';

export const GROUP = { compute: 'ecmp:10.77.9.2/32', storage: 'ecmp:10.77.9.1/32' } as const;
export type Leg = 'a' | 'b';
/** Indexes of the legs' ends (scripts/lab/network.ts). */
export const ENDS = { compute: { a: 31, b: 32 }, storage: { a: 41, b: 42 } } as const;
export const HOLD_MS = 1500;

export const probes = (host: Host): Partial<Configure> => {
  const [own, far] = host === 'compute' ? [1, 2] : [2, 1];
  return {
    ports: [[3260, 3260]],
    probes: LEGS.map(({ id }, i) => ({
      ifindex: ENDS[host][id],
      source: `10.77.${i + 1}.${own}`,
      target: `10.77.${i + 1}.${far}`,
      method: 'icmp' as const,
      interval_ms: 50,
      burst_ms: 20,
      lost_after: 3,
    })),
  };
};

export const ALLOWED = ['--steer', GROUP.compute, '--steer-hold-ms', String(HOLD_MS)];

/** A helper that may steer, with both legs probed and answering. */
export async function startHost(t: Test, network: Network, host: Host, ...options: string[]) {
  const allowed = ['--steer', GROUP[host], '--steer-hold-ms', String(HOLD_MS)];
  const helper = await Helper.startIn(t, network[host], ...allowed, ...options);
  await probe(helper, host);
  return helper;
}

export async function probe(helper: Helper, host: Host): Promise<void> {
  helper.configure(probes(host));
  for (const leg of Object.values(ENDS[host]))
    await helper.next('leg_probe', ({ ifindex, answering }) => ifindex === leg && answering);
}

/** Asks, and waits for the frame that answers. */
export async function ask(
  helper: Helper,
  data: Omit<(HelperRequest & { type: 'steer' })['data'], 'reason'>,
): Promise<Steering> {
  const from_us = nowUs();
  helper.ask({ type: 'steer', data: { reason: 'test', ...data } });
  return helper.next(
    'steering',
    ({ group, asked_us }) => group === data.group && asked_us !== null,
    from_us,
  );
}

/** The switch of this leg drops everything in silence: both ends keep their carrier. */
export async function setDropping({ namespaces }: Network, leg: Leg, on: boolean): Promise<void> {
  const lines = ['c', 's'].map(
    side => `link set p-${side}-${leg} type bridge_slave isolated ${on ? 'on' : 'off'}\n`,
  );
  await run(['ip', '-n', namespaces.at(-1)!, '-batch', '-'], { input: lines.join('') });
}

export const routes = async (netns: string, group: string): Promise<string[]> => {
  const dst = group.replace(/^ecmp:|\/32$/g, '');
  return (await run(['ip', '-n', netns, '-d', 'route', 'show', dst])).stdout.trim().split('\n');
};

/** A lab with one switch for each leg, closed after the test. */
export const open = async (
  t: Test,
  options: Partial<NetworkOptions> = {},
): Promise<Network & { lab: Lab }> => {
  const lab = await Lab.open({ cabling: 'bridge', equalIndexes: false, ...options });
  closeAfter(t, lab);
  return { ...lab.network, lab };
};

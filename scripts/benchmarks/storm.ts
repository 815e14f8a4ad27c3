/**
 * 1,000 flaps over 50 veths as fast as `ip` can make them: how long after the last one every link is believed to be as it
 * is, and how many losses nobody told of or accounted for by their count. Each alarm raised must be cleared once. The peer
 * is the last line of `ip monitor` about these links, and the losses that it never told.
 */

import { Receiver } from '../lab/receiver.ts';
import { run } from '../lab/run.ts';
import { nowUs, sleep, until } from '../lab/wait.ts';
import { type Result, result } from './figures.ts';
import { helperFrames, ipMonitor, onStage, type Stage } from './stage.ts';

const LINKS = 50;
const FLAPS = 1000;
const ROUNDS = 3;

const batch = (netns: string, lines: string[]) =>
  run(['ip', '-n', netns, '-batch', '-'], { input: `${lines.join('\n')}\n`, timeoutMs: 120_000 });

/** Links v0…v49, in pairs the legs of 25 groups. */
async function plant({ lab, host }: Stage): Promise<void> {
  const far = lab.network.storage;
  const each = <T>(f: (i: number) => T) => Array.from({ length: LINKS }, (_, i) => f(i));
  await batch(
    host.netns,
    each(
      i =>
        `link add v${i} index ${100 + i} type veth peer name w${i} netns ${far} index ${100 + i}`,
    ),
  );
  await batch(
    far,
    each(i => `link set w${i} up`),
  );
  await batch(host.netns, [
    ...each(i => `address add 10.80.${i}.1/30 dev v${i}`),
    ...each(i => `link set v${i} up`),
  ]);
  await sleep(1500);
  await batch(
    host.netns,
    Array.from({ length: LINKS / 2 }, (_, g) => {
      const hop = (i: number) => `nexthop via 10.80.${i}.2 dev v${i}`;
      return `route add 10.81.0.${g}/32 ${hop(2 * g)} ${hop(2 * g + 1)}`;
    }),
  );
}

export async function storm(): Promise<Result[]> {
  let receiver: Receiver | null = null;
  return await onStage(
    { agent: { url: 'http://127.0.0.1:8080/alarms' } },
    async stage => {
      await plant(stage);
      const { lab, host } = stage;
      const where = { netns: host.netns, address: '127.0.0.1', dir: lab.dir, name: 'receiver' };
      receiver = new Receiver(lab.processes, where);
      await receiver.start();
    },
    async ({ lab, host }) => {
      const monitor = await ipMonitor(lab, host.netns);
      const counts = new Map<string, number>();
      const names = new Map<number, string>();
      const stopListening = helperFrames(host, ({ type, data }) => {
        if (type === 'link') names.set(Number(data.ifindex), String(data.ifname));
        if (type === 'link' || type === 'carrier') {
          const name = names.get(Number(data.ifindex)) ?? '';
          const count = Number(data.carrier_down_count);
          if (/^v\d/.test(name)) counts.set(name, Math.max(counts.get(name) ?? 0, count));
        }
      });
      const losses = () => [...counts.values()].reduce((sum, n) => sum + n, 0);
      await until('the counts of all links', () => counts.size === LINKS);
      const belief: number[] = [];
      const peer: number[] = [];
      const accounted: number[] = [];
      let broken = 0;
      const untold: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const from = nowUs();
        const before = losses();
        // Every link ends up, but the last ten, which end down: a belief that is right by chance would be none.
        const lines = Array.from({ length: FLAPS }, (_, i) => {
          const name = `w${(i * 7) % LINKS}`;
          return [`link set ${name} down`, `link set ${name} up`];
        }).flat();
        const down = Array.from({ length: 10 }, (_, i) => `link set w${i * 5} down`);
        await batch(lab.network.storage, [...lines, ...down]);
        const end = nowUs();
        const right = async (wanted: (i: number) => boolean) => {
          const { groups } = await host.ask('status', {});
          const legs = new Map(groups.flatMap(g => g.legs).map(l => [l.id, l.state === 'up']));
          return Array.from({ length: LINKS }, (_, i) => i).every(
            i => legs.get(`v${i}`) === wanted(i),
          );
        };
        await until('the right belief', () => right(i => i % 5 !== 0 || i >= 50), 60_000, 5);
        belief.push((nowUs() - end) / 1000);
        await sleep(2500);
        const told = monitor.seen.filter(l => l.t_us > from && / v\d+@/.test(l.text));
        accounted.push(FLAPS + down.length - (losses() - before));
        peer.push(Math.max(0, ((told.at(-1)?.t_us ?? end) - end) / 1000));
        untold.push(FLAPS + down.length - told.filter(l => /NO-CARRIER/.test(l.text)).length);
        await batch(
          lab.network.storage,
          down.map(line => line.replace('down', 'up')),
        );
        await until('all up', () => right(() => true), 60_000, 50);
        await until(
          'every alarm to clear and to be told',
          async () => {
            const active = await host.ask('alarms', { all: false });
            const { outbox } = await host.ask('status', {});
            return active.every(a => a.type === 'spool-slow') && outbox.every(o => o.pending === 0);
          },
          120_000,
          200,
        );
        broken += brokenAlarms(receiver!, from);
      }
      stopListening();
      if (broken > 0) throw new Error(`${broken} alarms were not cleared exactly once`);
      const name = 'ip monitor';
      return [
        result('storm', 'ms from the last flap to the right belief', belief, {
          name,
          values: peer,
        }),
        result('storm_untold', `losses of ${FLAPS + 10} not told, nor counted`, accounted, {
          name,
          values: untold,
        }),
      ];
    },
  );
}

/** Alarms that were not raised once and cleared once. */
function brokenAlarms(receiver: Receiver, from: number): number {
  const lives = new Map<string, string[]>();
  for (const { change } of receiver.alarms(from))
    if (change.alarm.type !== 'spool-slow')
      lives.set(change.alarm.id, [...(lives.get(change.alarm.id) ?? []), change.kind]);
  return [...lives.values()].filter(
    kinds =>
      kinds[0] !== 'raised' ||
      kinds.at(-1) !== 'cleared' ||
      kinds.filter(k => k === 'cleared').length !== 1,
  ).length;
}

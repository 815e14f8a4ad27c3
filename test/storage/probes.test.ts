/** Leg probes of the helper by itself: each method on a leg that goes mute with its link up, and the burst after a stall. */
import t from 'tap';
import type { FrameOf } from '../../agent/wire.ts';
import { Lab } from '../../scripts/lab/lab.ts';
import { run } from '../../scripts/lab/run.ts';
import { startTalk } from '../../scripts/lab/talk.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { closeAfter } from '../netns/support.ts';
import { Helper } from '../vm/helper.ts';

t.setTimeout(120_000);

type Said = FrameOf<'leg_probe'>['data'];

const LEGS = [31, 32] as const;
const CUT_AT = { 31: 'p-s-a', 32: 'p-s-b' } as const;

/** What each probe of a leg says now. */
async function ask(helper: Helper): Promise<Said[]> {
  const { asked_us } = await helper.snapshot('prober');
  return helper.all('leg_probe', asked_us);
}

t.test('leg probes', async t => {
  const lab = await Lab.open({ cabling: 'bridge' });
  closeAfter(t, lab);
  const { network } = lab;
  const { compute, storage } = network;
  const middle = network.namespaces[3]!;
  const port = (ifindex: 31 | 32, way: 'up' | 'down') =>
    run(['ip', '-n', middle, 'link', 'set', CUT_AT[ifindex], way]);
  await run(['ip', '-n', storage, 'address', 'add', 'fd77:1::2/64', 'dev', 's-a', 'nodad']);
  const helper = await Helper.startIn(t, compute, '--nudge', 'off');

  await t.test('by echo, ARP and neighbour solicitation', async t => {
    const common = { ifindex: 31, source: null, interval_ms: 50, burst_ms: 50, lost_after: 3 };
    const methods = { icmp: '10.77.1.2', arp: '10.77.1.2', nd: 'fd77:1::2' } as const;
    helper.configure({
      probes: Object.entries(methods).map(([method, target]) => ({
        ...common,
        method: method as keyof typeof methods,
        target,
      })),
    });
    const says = async (answering: boolean, from_us: number) => {
      for (const [method, target] of Object.entries(methods)) {
        const said = await helper.next(
          'leg_probe',
          one => one.method === method && one.answering === answering,
          from_us,
        );
        t.match(said, { ifindex: 31, target }, `${method}: ${answering ? 'answers' : 'is silent'}`);
      }
    };
    await says(true, 0);
    for (const way of ['down', 'up'] as const) {
      const from_us = nowUs();
      await port(31, way);
      await says(way === 'up', from_us);
    }
    const links = helper.all('link').filter(({ ifindex }) => ifindex === 31);
    t.ok(links.at(-1)?.carrier, 'the leg has had its carrier all the time');
  });

  await t.test('a stall sets off a burst', async t => {
    helper.configure({
      ports: [[3260, 3260]],
      probes: LEGS.map((ifindex, i) => ({
        ifindex,
        source: null,
        target: `10.77.${i + 1}.2`,
        method: 'icmp',
        interval_ms: 1000,
        burst_ms: 20,
        lost_after: 3,
      })),
    });
    await until('answers on both', async () => {
      const said = await ask(helper);
      return said.length === LEGS.length && said.every(({ answering }) => answering);
    });
    const talk = await startTalk(lab.processes, network, 200);
    const flow = await helper.next('flow', one => one.out_ifindex !== null && !one.closed);
    const dead = flow.out_ifindex as 31 | 32;
    const alive = dead === 31 ? 32 : 31;
    const before = (await ask(helper)).find(({ ifindex }) => ifindex === alive)!;
    const cut_us = nowUs();
    await port(dead, 'down');
    const stall = await helper.next('flow_stall', () => true, cut_us);
    const silent = await helper.next(
      'leg_probe',
      one => one.ifindex === dead && !one.answering,
      cut_us,
    );
    t.ok(silent.t_us - stall.t_us < 2_000_000, 'sooner than three echoes a second could tell');
    const after = await until('twenty echoes', async () => {
      const now = (await ask(helper)).find(({ ifindex }) => ifindex === alive)!;
      return now.sent - before.sent >= 20 && now;
    });
    t.ok(after.answering);
    await talk.stop();
  });
});

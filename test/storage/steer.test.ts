/**
 * Steering by the helper alone, over routes: real traffic on two legs, one of which drops everything in silence. What the
 * helper may not do, it does not, and the kernel's routes are what they were.
 */
import { release } from 'node:os';
import t from 'tap';
import { routingState } from '../../scripts/lab/network.ts';
import { run } from '../../scripts/lab/run.ts';
import { startTalk } from '../../scripts/lab/talk.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { Helper } from '../vm/helper.ts';
import {
  ask,
  ENDS,
  GROUP,
  HOLD_MS,
  type Leg,
  open,
  probe,
  routes,
  type Steering,
  setDropping,
  startHost,
} from './steering.ts';

t.setTimeout(240_000);

const { a: A, b: B } = ENDS.compute;

t.test('what is refused changes nothing', async t => {
  const network = await open(t);
  const { compute } = network;
  const before = await routingState(compute);
  const refused = async (answer: Steering, reason: RegExp) => {
    t.match(answer, { outcome: 'refused', how: null, reason });
    t.equal(await routingState(compute), before, `nothing changed: ${answer.reason}`);
  };
  const helper = await Helper.startIn(
    t,
    compute,
    '--steer',
    GROUP.compute,
    '--steer',
    'bond:bond7',
  );
  const leave = (ifindex: number, group: string = GROUP.compute) =>
    ask(helper, { group, action: 'leave', ifindex });

  t.strictSame(helper.hello.steering, [GROUP.compute, 'bond:bond7']);
  await refused(await leave(A, 'ecmp:10.77.9.1/32'), /configuration does not allow/);
  await refused(await leave(A, 'bond:bond0'), /configuration does not allow/);
  await refused(await leave(A, 'bond:bond7'), /no such group/);
  await refused(await leave(A), /no other leg has answered a probe/);
  await probe(helper, 'compute');
  await refused(await leave(61), /no leg of it/);
  await refused(await leave(A), /the leg itself answers/);
  await refused(
    await ask(helper, { group: GROUP.compute, action: 'undo', ifindex: A }),
    /not steered/,
  );

  await setDropping(network, 'a', true);
  await setDropping(network, 'b', true);
  for (const leg of [A, B])
    await helper.next('leg_probe', ({ ifindex, answering }) => ifindex === leg && !answering);
  await refused(await leave(A), /no other leg has answered a probe/);
  const mended_us = nowUs();
  await setDropping(network, 'b', false);
  await helper.next('leg_probe', ({ ifindex, answering }) => ifindex === B && answering, mended_us);

  await t.test('a routing daemon’s route', async t => {
    const [route = ''] = await routes(compute, GROUP.compute);
    const hops = 'nexthop via 10.77.1.2 dev c-a nexthop via 10.77.2.2 dev c-b';
    const words = (protocol: string) =>
      `route replace 10.77.9.2/32 proto ${protocol} src 10.77.9.1 quickack 1 ${hops}\n`;
    await run(['ip', '-n', compute, '-batch', '-'], { input: words('bird') });
    const theirs = await routingState(compute);
    t.match(await leave(A), { outcome: 'refused', reason: /belongs to bird/ });
    t.equal(await routingState(compute), theirs);
    await run(['ip', '-n', compute, '-batch', '-'], { input: words('boot') });
    t.equal((await routes(compute, GROUP.compute))[0], route);
  });
  await t.test('the last usable leg', async t => {
    await run(['ip', '-n', compute, 'link', 'set', 'c-b', 'down']);
    const without = await routingState(compute);
    t.match(await leave(A), { outcome: 'refused', reason: /last usable leg/ });
    t.equal(await routingState(compute), without);
    await run(['ip', '-n', compute, 'link', 'set', 'c-b', 'up']);
  });
});

t.test(
  `a silent leg is left, and used again when it has been well (kernel ${release()})`,
  async t => {
    const network = await open(t);
    const { compute, storage, lab } = network;
    const before = [await routingState(compute), await routingState(storage)];
    const helpers = {
      compute: await startHost(t, network, 'compute'),
      storage: await startHost(t, network, 'storage'),
    };
    const talk = await startTalk(lab.processes, network, 200);
    const flow = await helpers.compute.next('flow', ({ out_ifindex }) => out_ifindex !== null);
    const [leg, other]: [Leg, Leg] = flow.out_ifindex === A ? ['a', 'b'] : ['b', 'a'];

    const cut_us = nowUs();
    await setDropping(network, leg, true);
    await helpers.compute.next('flow_stall', ({ flow: id }) => id === flow.flow, cut_us);
    const answers = await Promise.all(
      (['compute', 'storage'] as const).map(host =>
        ask(helpers[host], { group: GROUP[host], action: 'leave', ifindex: ENDS[host][leg] }),
      ),
    );
    for (const [i, answer] of answers.entries()) {
      const { [leg]: from_ifindex, [other]: to_ifindex } = ENDS[i === 0 ? 'compute' : 'storage'];
      t.match(answer, {
        outcome: 'steered',
        how: 'route',
        from_ifindex,
        to_ifindex,
        lasts: true,
        before:
          /^10\.77\.9\.\d src 10\.77\.9\.\d nexthop via 10\.77\.1\.\d dev \S+ weight 1 nexthop via 10\.77\.2\.\d/,
        after: /^10\.77\.9\.\d via 10\.77\.\d\.\d dev \S+ proto 112 src 10\.77\.9\.\d$/,
        reason: 'test',
      });
      t.comment(`asked to done: ${answer.t_us - answer.asked_us!} us`);
    }
    const [ours, theirs] = await routes(compute, GROUP.compute);
    t.match(
      ours,
      new RegExp(
        `via 10.77.${other === 'a' ? 1 : 2}.2 dev \\S+ proto 112 .*src 10.77.9.1 quickack 1`,
      ),
    );
    t.match(theirs, /^unicast 10.77.9.2 proto boot scope global src 10.77.9.1 quickack 1/);
    const steered_us = Math.max(...answers.map(({ t_us }) => t_us));
    await until('the traffic goes on', () =>
      talk.pauses.some(({ from_us, to_us }) => from_us > cut_us - 1e5 && to_us > steered_us),
    );
    const pause = talk.pauses.find(({ to_us }) => to_us > steered_us)!;
    t.comment(
      `pause of ${(pause.to_us - pause.from_us) / 1000} ms; steered ${(steered_us - cut_us) / 1000} ms after the cut`,
    );
    t.match(
      await ask(helpers.compute, {
        group: GROUP.compute,
        action: 'leave',
        ifindex: ENDS.compute[other],
      }),
      {
        outcome: 'refused',
        reason: /at most once in 10 s/,
      },
    );

    const mended_us = nowUs();
    await setDropping(network, leg, false);
    for (const host of ['compute', 'storage'] as const) {
      const undone = await helpers[host].next(
        'steering',
        ({ outcome }) => outcome === 'undone',
        mended_us,
      );
      t.match(undone, {
        asked_us: null,
        from_ifindex: ENDS[host][leg],
        lasts: false,
        reason: /answered every probe/,
      });
      t.ok(undone.t_us - mended_us >= HOLD_MS * 1000, 'not before the hold time is over');
      t.match(
        await ask(helpers[host], { group: GROUP[host], action: 'leave', ifindex: ENDS[host][leg] }),
        {
          outcome: 'refused',
          reason: /at most once in 10 s/,
        },
      );
    }
    t.strictSame([await routingState(compute), await routingState(storage)], before, 'as it was');
    await talk.stop();
  },
);

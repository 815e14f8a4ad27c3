import t from 'tap';
import { notAsked, type SteeringState, steeringStep } from '../../../agent/steering/step.ts';
import { createTopology, type Topology } from '../../../agent/topology/state.ts';
import { topologyStep } from '../../../agent/topology/step.ts';
import { type Frame, requestSchema } from '../../../agent/wire.ts';
import { Helper, us } from '../support/frames.ts';
import { bfd, LAB_GROUP, labSnapshots, steering } from '../support/lab_frames.ts';
import { options } from '../support/topology.ts';

/** What is asked of the helper, and when, ms: `5060 c-a: 1 flow stands still on c-a`. */
class Lab {
  readonly h = new Helper();
  readonly asked: string[] = [];
  topology: Topology = createTopology(options);
  #state: SteeringState = notAsked;
  #wakeAt: number | null = null;

  constructor(groups: string[] = [LAB_GROUP], ...more: Frame[]) {
    const { h } = this;
    this.take(
      h.hello(0, { steering: groups }),
      ...labSnapshots(h, 1),
      ...h.snapshot(2, 'tcp', [h.flow(2, 1, 31, 31), h.flow(2, 2, 32, 32)]),
      ...h.snapshot(3, 'prober', []),
      h.probe(50, 31, true, 50),
      h.probe(50, 32, true, 50, '10.77.2.2'),
      ...more,
    );
  }

  take(...frames: Frame[]): this {
    for (const frame of frames) {
      this.until((frame.data.t_us - us(0)) / 1000);
      this.topology = topologyStep(this.topology, frame);
      this.#step(frame.data.t_us);
    }
    return this;
  }

  until(ms: number): this {
    for (let i = 0; this.#wakeAt !== null && this.#wakeAt <= us(ms); i++) {
      if (i > 50) throw new Error('it wakes for ever');
      this.#step(this.#wakeAt);
    }
    return this;
  }

  #step(now: number): void {
    const [state, requests, wakeAt] = steeringStep(this.#state, this.topology, now);
    this.#state = state;
    if (wakeAt !== null && wakeAt <= now) throw new Error('it wakes at once');
    this.#wakeAt = wakeAt;
    for (const request of requests) {
      const { data } = requestSchema.parse(request) as typeof request;
      const leg = { 31: 'c-a', 32: 'c-b' }[data.ifindex] ?? data.ifindex;
      this.asked.push(`${(now - us(0)) / 1000} ${leg}: ${data.reason}`);
    }
  }
}

t.test('that all is told again is no new link', async t => {
  const lab = new Lab();
  lab.take(...labSnapshots(lab.h, 5000), lab.h.probe(5300, 31, false, 5000));
  t.same(lab.asked, ['5300 c-a: c-a does not answer (10.77.1.2)']);
});

t.test('a silent leg is asked for in the turn that told of it, and again each second', async t => {
  const lab = new Lab();
  const { h } = lab;
  lab.take(h.probe(5300, 31, false, 5000));
  t.same(lab.asked, ['5300 c-a: c-a does not answer (10.77.1.2)']);
  lab.take(steering(h, 5310, { outcome: 'refused', how: null, reason: 'c-b is not proven' }));
  lab.take(h.heartbeat(5900));
  t.equal(lab.asked.length, 1, 'not again for the same');
  lab.until(7000);
  t.same(lab.asked.slice(1), ['6300 c-a: c-a does not answer (10.77.1.2)']);
  lab.take(steering(h, 7310));
  lab.until(60_000);
  t.equal(lab.asked.length, 3, 'it is left by now');
});

t.test('a stall is evidence at once; what the probe says then is new', async t => {
  const lab = new Lab();
  const { h } = lab;
  lab.take(h.stall(5055, 1, 5000, 31, 31));
  t.same(lab.asked, ['5055 c-a: 1 flow stands still on c-a']);
  lab.take(steering(h, 5070, { outcome: 'refused', how: null }), h.probe(5200, 31, false, 5010));
  t.same(lab.asked.slice(1), ['5200 c-a: c-a does not answer (10.77.1.2)']);
});

t.test('where stalled flows have several legs in common, or none, no leg is accused', async t => {
  const lab = new Lab();
  const { h } = lab;
  lab.take(h.stall(5055, 1, 5000, 31, 32));
  t.same(lab.asked, [], 'it may be either');
  lab.take(h.flow(5056, 3, 31, 31), h.stall(5056, 3, 5000, 31, 31));
  t.same(lab.asked, ['5056 c-a: 2 flows stand still on c-a'], 'what they have in common');
  const both = new Lab();
  both.take(both.h.stall(5055, 1, 5000, 31, 31));
  both.asked.splice(0);
  both.take(both.h.stall(5055, 2, 5000, 32, 32));
  both.until(9000);
  t.same(both.asked, [], 'the target, then');
});

t.test('a stall that is told as unanswered is a slow target', async t => {
  const lab = new Lab();
  lab.take(lab.h.stall(5255, 1, 5000, 31, 31, 'unanswered')).until(9000);
  t.same(lab.asked, []);
});

t.test('never without another leg that answers', async t => {
  const { h } = new Lab();
  const cases: Record<string, Frame[]> = {
    'it is silent, too': [h.probe(5000, 32, false, 4900, '10.77.2.2')],
    'it has no carrier': [h.carrier(5000, 32, 'd', 1, 2)],
    'its next hop is dead': [h.route(5000, '10.77.9.2/32', ['31@10.77.1.2', '32@10.77.2.2!'])],
    'the prober has lost something': [h.lost(5000, 'prober')],
    'links are not known': [h.lost(5000, 'rtnl')],
    'the carrier source has lost something': [h.lost(5000, 'carrier')],
    'it is left already': [steering(h, 5000, { from_ifindex: 32, to_ifindex: 31 })],
  };
  for (const [name, frames] of Object.entries(cases)) {
    const lab = new Lab();
    lab.take(...frames, lab.h.stall(5055, 1, 5000, 31, 31));
    if (name !== 'the prober has lost something') lab.take(lab.h.probe(5300, 31, false, 5000));
    lab.until(20_000);
    t.notOk(
      lab.asked.some(line => line.includes(' c-a: ')),
      name,
    );
  }
  const unprobed = new Lab();
  unprobed.topology = { ...unprobed.topology, probes: createTopology(options).probes };
  unprobed.take(unprobed.h.stall(5055, 1, 5000, 31, 31)).until(20_000);
  t.same(unprobed.asked, [], 'nobody asks it');
});

t.test('only groups that the helper names, and none that is not there', async t => {
  for (const groups of [[], ['ecmp:10.0.0.0/8']]) {
    const lab = new Lab(groups);
    lab.take(lab.h.probe(5300, 31, false, 5000)).until(20_000);
    t.same(lab.asked, [], groups.join());
  }
});

t.test(
  'a leg whose link is down is for the kernel to leave; one that is back may be silent for a while',
  async t => {
    const lab = new Lab();
    const { h } = lab;
    lab.take(h.carrier(5000, 31, 'd', 1, 2), h.probe(5300, 31, false, 5000)).until(8000);
    t.same(lab.asked, []);
    lab.take(h.carrier(9000, 31, 'u', 2, 2)).until(10_900);
    t.same(lab.asked, []);
    lab.until(11_900);
    t.same(lab.asked, ['11000 c-a: c-a does not answer (10.77.1.2)']);
  },
);

t.test(
  'a BFD session that went down; one that was never up, or is held down, says nothing',
  async t => {
    const down = { state: 'down', remote_state: 'down', diagnostic: 1 } as const;
    const lab = new Lab();
    lab.take(bfd(lab.h, 5000, 31, down));
    t.same(lab.asked, [], 'never up');
    lab.take(bfd(lab.h, 5500, 31), bfd(lab.h, 6000, 31, { ...down, remote_state: 'admin-down' }));
    t.same(lab.asked, [], 'held down by the other end');
    lab.take(bfd(lab.h, 6500, 31), bfd(lab.h, 7000, 31, down));
    t.same(lab.asked, ['7000 c-a: BFD with 10.77.1.2 on c-a is down']);
  },
);

t.test('of a bond only the member in use is left, and none where all are in use', async t => {
  const h = new Helper();
  const bond = (mode: number, active: number | null) =>
    new Lab(
      ['bond:bond0'],
      h.bond(60, 20, 'bond0', { mode, active_ifindex: active }),
      h.member(60, 31, 'c-a', 20),
      h.member(60, 32, 'c-b', 20),
    );
  const inUse = bond(1, 31).take(h.probe(5300, 31, false, 5000));
  t.same(inUse.asked, ['5300 c-a: c-a does not answer (10.77.1.2)']);
  const standby = bond(1, 32)
    .take(h.probe(5300, 31, false, 5000))
    .until(9000);
  t.same(standby.asked, [], 'on standby');
  const lacp = bond(4, null)
    .take(h.probe(5300, 31, false, 5000))
    .until(9000);
  t.same(lacp.asked, [], '802.3ad');
});

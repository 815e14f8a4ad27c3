/** The order in which sources are heard changes nothing: each story is told again and again with its sources late by chance. */
import t from 'tap';
import type { FailoverRecord, Observation } from '../../../agent/types.ts';
import type { Frame } from '../../../agent/wire.ts';
import { Helper, us } from '../support/frames.ts';
import { labRoute, labSnapshots } from '../support/lab_frames.ts';
import { seeded } from '../support/random.ts';
import { cut, healed, Story, toldAt } from '../support/story.ts';
import { Bond } from './bonds.ts';

type Item = Frame | Observation;
/** Each source keeps its own order. */
type Sources = Item[][];

const TRIALS = 30;
const LATE_US = 90_000;

function begin(h: Helper): Story {
  return new Story().play(
    h.hello(-900),
    labSnapshots(h, -890),
    h.snapshot(-880, 'tcp', [h.flow(-880, 1, 31, 31), h.flow(-880, 2, 32, 31)]),
    h.snapshot(-880, 'prober', [h.probe(-880, 31, true, -900)]),
  );
}

const timeOf = (item: Item) => ('type' in item ? item.data.t_us : item.t);

function tell(story: Story, sources: Sources, random: () => number): FailoverRecord[] {
  const heard = sources.flatMap(items => {
    let at = 0;
    return items.map(item => {
      at = Math.max(at, timeOf(item) + Math.floor(random() * LATE_US));
      return { at, item };
    });
  });
  heard.sort((a, b) => a.at - b.at);
  for (const { at, item } of heard) story.at(at, item);
  return story.end().records.map(record => ({ ...record, id: '' }));
}

function stories(h: Helper): Record<string, Sources> {
  const trace = (end: number) => [
    h.account(end, 1, 1, 40),
    h.account(end, 2, 1, 60),
    h.trace(end, 'end'),
  ];
  return {
    'admin-down drill with nudge': [
      [h.carrier(1.5, 31, 'D', 1, 2), h.carrier(2000, 31, 'u', 2, 2)],
      [
        h.link(2, 31, 'c-a', { admin_up: false, carrier: false, carrier_down_count: 2 }),
        ...h.snapshot(2.5, 'route', [labRoute(h, 2.5, 'a')]),
        h.link(2001, 31, 'c-a', { carrier_up_count: 2, carrier_down_count: 2 }),
        ...h.snapshot(2003, 'route', [labRoute(h, 2003)]),
      ],
      [
        h.trace(2, 'begin'),
        h.switch(12, 1, 'out', 31, 32),
        h.switch(40, 1, 'in', 31, 32),
        h.progress(40, 1, 'switch', -3),
        h.switch(60, 2, 'in', 31, 32),
        h.stall(62, 2, 1, 32, 32),
        h.resume(62, 2, 1, 32, 32),
        h.switch(2010, 1, 'out', 32, 31),
        h.progress(2010.2, 1, 'switch', 2000),
        ...trace(7000),
      ],
      [cut(0), healed(1999)],
      // It names the record, which must be there.
      [toldAt(200, 'fo-test-1')],
    ],
    'a late peer': [
      [h.carrier(1, 31, 'D', 1, 2)],
      [
        h.trace(1.5, 'begin'),
        h.switch(6, 1, 'out', 31, 32),
        h.stall(52, 1, 1, 32, 31),
        h.stall(53, 2, 2, 32, 31),
        h.switch(1330, 1, 'in', 31, 32),
        h.resume(1330.1, 1, 1, 32, 32),
        h.switch(1340, 2, 'in', 31, 32),
        h.resume(1340.1, 2, 2, 32, 32),
        ...trace(6500),
      ],
      [h.probe(340, 31, false, 60)],
      [cut(0), healed(2500)],
    ],
    blackhole: [
      [
        h.trace(1, 'begin'),
        h.stall(58, 1, 6, 31, 31),
        h.stall(59, 2, 7, 32, 31),
        h.resume(3157, 1, 6, 31, 31),
        h.resume(3160, 2, 7, 32, 31),
        ...trace(6000),
      ],
      [h.probe(320, 31, false, 20), h.probe(2050, 31, true, 2050)],
      [cut(0, { kind: 'blackhole' }), healed(2000)],
    ],
    'a real loss, netlink and probe behind the carrier': [
      [h.carrier(1, 31, 'd', 1, 2), h.carrier(5000, 31, 'u', 2, 2)],
      [
        h.link(850, 31, 'c-a', { carrier: false, carrier_down_count: 2 }),
        ...h.snapshot(851, 'route', [labRoute(h, 851, 'a')]),
        h.link(5001, 31, 'c-a', { carrier_up_count: 2, carrier_down_count: 2 }),
        ...h.snapshot(5002, 'route', [labRoute(h, 5002)]),
      ],
      [h.probe(320, 31, false, 20), h.probe(5100, 31, true, 5100)],
      [
        h.stall(52, 1, -3, 31, 31),
        h.switch(860, 1, 'out', 31, 32),
        h.resume(861, 1, -3, 32, 32),
        h.switch(5010, 1, 'out', 32, 31),
        h.progress(5011, 1, 'switch', 5000),
      ],
    ],
  };
}

function bondStories(): Record<string, Sources> {
  const b = new Bond();
  const netlink = [
    ...b.judged(101, 'ens1', 'down', 'ens2'),
    ...b.judged(2101, 'ens1', 'up', 'ens1'),
  ];
  const kernel = [
    b.switched(100, 'ens1', 'ens2'),
    b.announced(100.1),
    b.switched(2100, 'ens2', 'ens1'),
    b.announced(2100.1),
  ];
  const flow = [
    b.stalled(53, -3),
    b.moving(212, 212),
    b.progressed(2110, 2097),
    b.traced(5000, -3, 212),
  ];
  return {
    'a bond and its primary': [
      [b.carrier(0, 'ens1', 'down', 1), b.carrier(2000, 'ens1', 'up', 2)],
      netlink,
      kernel,
      flow,
    ],
    'a bond, drilled': [
      [b.carrier(0.4, 'ens1', 'down', 1), b.carrier(2000, 'ens1', 'up', 2)],
      netlink,
      kernel,
      flow,
      [b.cut(0, 'ens1', 'admin-down'), b.healed(1999, 'ens1', 'admin-down')],
    ],
    'a bond with an ARP monitor, in a blackhole': [netlink, kernel, flow],
    'a bond, the leg on standby': [
      [b.carrier(0, 'ens2', 'down', 1), b.carrier(2000, 'ens2', 'up', 2)],
      [...b.judged(100, 'ens2', 'down', 'ens1'), ...b.judged(2100, 'ens2', 'up', 'ens1')],
      [b.cut(0, 'ens2', 'admin-down'), b.healed(1999, 'ens2', 'admin-down')],
    ],
  };
}

const h = new Helper();
const all = [
  ...Object.entries(stories(h)).map(([name, sources]) => ({
    name,
    sources,
    start: () => begin(h),
  })),
  ...Object.entries(bondStories()).map(([name, sources]) => ({
    name,
    sources,
    start: () => new Bond().story,
  })),
];
for (const { name, sources, start } of all) {
  t.test(name, async t => {
    const straight = tell(start(), sources, () => 0);
    t.equal(straight.length, 1);
    t.equal(straight[0]?.state, 'closed');
    for (let seed = 1; seed <= TRIALS; seed++) {
      const told = tell(start(), sources, seeded(seed));
      if (JSON.stringify(told) !== JSON.stringify(straight)) {
        t.same(told, straight, `seed ${seed}`);
        return;
      }
    }
    if (name.startsWith('a real')) t.equal(straight[0]?.cut.t_us, us(1));
    else if (!name.includes('ARP')) t.equal(straight[0]?.cut.t_us, us(0));
  });
}

/** One root, and all that follows from it, however long the chain and in whatever order it is seen. */
import t from 'tap';
import { ROOTS_MAX } from '../../../agent/alarms/roots.ts';
import { activeAlarms } from '../../../agent/alarms/step.ts';
import type { Alarm, FailoverRecord, FaultChange, Observation } from '../../../agent/types.ts';
import {
  admin,
  aer,
  bark,
  carrier,
  flow,
  io,
  ioErrors,
  lacp,
  legs,
  member,
  ms,
  NIC,
  PORT,
  pciPresence,
  place,
  presence,
  record,
  Story,
  switched,
} from '../faults/story.ts';
import { Alarms, active, changed, cleared, linkDown, s } from './alarms.ts';

const PASSAGE: FailoverRecord['flows'][number] = {
  flow: '10.0.0.1:40112-10.0.0.2:3260',
  leg_out_before: 'a',
  leg_in_before: 'a',
  leg_out_after: null,
  leg_in_after: null,
  gap_us: 2 * s,
  spacing_us: null,
  switched_us: null,
  flowing_us: null,
};
const failed = (t: number, over: Partial<FailoverRecord> = {}): Observation =>
  record({ t, verdict: 'FAIL', flows: [PASSAGE], cut: cutAt(t - 2 * s), ...over });
const cutAt = (t_us: number) => ({ t_us, source: 'carrier' as const, uncertainty_us: 0 });
const bond = (of: Observation): Observation => ({ ...of, kind: 'bond' }) as Observation;
const well = (group: string): Observation[] => [
  carrier('a', 'up', 1 * s, 1, 0),
  admin('a', 'up', 1 * s, 1, 0),
  carrier('b', 'up', 1 * s, 1, 0),
  admin('b', 'up', 1 * s, 1, 0),
  legs(group, 1 * s, ['a', 'b']),
];

const BOND = 'bond:bond0';
/** Story, its root or roots, and what follows from them. */
const chains: Record<string, { tells: Observation[]; roots: string[]; effects: string[] }> = {
  'a link is lost': {
    tells: [
      ...well('g'),
      carrier('a', 'down', 10 * s, 1, 1),
      legs('g', 10 * s, ['b'], ['a']),
      flow('1', 'stalled', 10.1 * s),
      failed(12 * s, { state: 'incomplete' }),
    ],
    roots: ['link-down leg/a'],
    effects: [
      'redundancy-lost group/g',
      'storage-path-stalled target/g/10.0.0.2',
      'failover-absent group/g',
    ],
  },
  'a NIC is unplugged': {
    tells: [
      ...well('g'),
      presence('a', 10 * s, 'removed'),
      carrier('a', 'absent', 10 * s, 1, 0),
      legs('g', 10 * s, ['b'], [], ['a']),
      flow('1', 'stalled', 10.1 * s),
      failed(12 * s, { state: 'closed', switched_us: 11.9 * s }),
    ],
    roots: ['nic-removed leg/a'],
    effects: [
      'redundancy-lost group/g',
      'storage-path-stalled target/g/10.0.0.2',
      'failover-slow group/g',
    ],
  },
  'a NIC stops to send, and its link falls with the reset': {
    tells: [
      ...well('g'),
      flow('1', 'stalled', 10 * s),
      bark('a', 15 * s),
      carrier('a', 'down', 15.1 * s, 1, 1),
      legs('g', 15.1 * s, ['b'], ['a']),
      failed(17 * s, { state: 'incomplete' }),
    ],
    roots: ['nic-tx-timeout leg/a'],
    effects: [
      'storage-path-stalled target/g/10.0.0.2',
      'link-down leg/a',
      'redundancy-lost group/g',
      'failover-absent group/g',
    ],
  },
  'a NIC stops to send, and its bond does not see it': {
    tells: [
      ...well(BOND),
      flow('1', 'stalled', 10 * s, { group: BOND }),
      bark('a', 15 * s),
      failed(17 * s, { group: BOND, kind: 'bond', state: 'incomplete' }),
    ],
    roots: ['nic-tx-timeout leg/a'],
    effects: [`storage-path-stalled target/${BOND}/10.0.0.2`, `failover-absent group/${BOND}`],
  },
  'a NIC that dies by and by': {
    tells: [
      ...well('g'),
      bark('a', 10 * s),
      carrier('a', 'down', 10.1 * s, 1, 1),
      legs('g', 10.1 * s, ['b'], ['a']),
      presence('a', 11 * s, 'removed'),
    ],
    roots: ['nic-removed leg/a'],
    effects: ['nic-tx-timeout leg/a', 'link-down leg/a', 'redundancy-lost group/g'],
  },
  "a bond's member has no link": {
    tells: [
      ...well(BOND).map(one => (one.probe === 'link' && one.aspect === 'legs' ? bond(one) : one)),
      member('a', 1 * s, { mii: 'up' }),
      carrier('a', 'down', 10 * s, 1, 1),
      member('a', 10.1 * s, { mii: 'down' }),
      bond(legs(BOND, 10.1 * s, ['b'], ['a'])),
      flow('1', 'stalled', 10.2 * s, { group: BOND }),
    ],
    roots: ['link-down leg/a'],
    effects: [
      'bond-member-down leg/a',
      `redundancy-lost group/${BOND}`,
      `storage-path-stalled target/${BOND}/10.0.0.2`,
    ],
  },
  'a partner is silent': {
    tells: [
      ...well(BOND).map(one => (one.probe === 'link' && one.aspect === 'legs' ? bond(one) : one)),
      member('a', 1 * s, { lacp: lacp() }),
      // Own port EXPIRED, and churned for it.
      member('a', 90 * s, { lacp: lacp({ actor: 0xb7, churned: ['partner'] }) }),
      member('a', 91 * s, { lacp: lacp({ actor: 0xb7, churned: ['partner'] }) }),
      bond(legs(BOND, 91 * s, ['b'], ['a'])),
    ],
    roots: ['lacp-partner-lost leg/a'],
    effects: ['lacp-churn leg/a', `redundancy-lost group/${BOND}`],
  },
  'a switch that nobody hears of': {
    tells: [
      ...well(BOND),
      switched(10 * s),
      flow('1', 'stalled', 10.1 * s, { group: BOND, leg: 'b' }),
      failed(12 * s, { group: BOND, kind: 'bond', state: 'closed', switched_us: 10 * s }),
    ],
    roots: [`no-gratuitous-arp group/${BOND}`],
    effects: [`storage-path-stalled target/${BOND}/10.0.0.2`, `failover-slow group/${BOND}`],
  },
  'a path that passes nothing': {
    tells: [...well('g'), flow('1', 'stalled', 10 * s), failed(12 * s, { state: 'incomplete' })],
    roots: ['storage-path-stalled target/g/10.0.0.2'],
    effects: ['failover-absent group/g'],
  },
  'the peer goes on using the lost leg': {
    tells: [
      ...well('g'),
      carrier('a', 'down', 10 * s, 1, 1),
      legs('g', 10 * s, ['b'], ['a']),
      flow('1', 'stalled', 10.1 * s),
      failed(12 * s, {
        state: 'closed',
        switched_us: 10.1 * s,
        findings: ['peer-still-uses-leg'],
      }),
    ],
    roots: ['link-down leg/a'],
    effects: [
      'peer-still-uses-leg leg/a',
      'redundancy-lost group/g',
      'failover-slow group/g',
      'storage-path-stalled target/g/10.0.0.2',
    ],
  },
  'the peer goes on using a leg that passes nothing': {
    tells: [
      ...well('g'),
      flow('1', 'stalled', 10.1 * s),
      failed(12 * s, {
        state: 'closed',
        switched_us: 10.1 * s,
        findings: ['peer-still-uses-leg'],
      }),
    ],
    roots: ['peer-still-uses-leg leg/a'],
    effects: ['failover-slow group/g', 'storage-path-stalled target/g/10.0.0.2'],
  },
  'a NIC stops to send, and is taken down by hand': {
    tells: [
      ...well('g'),
      bark('a', 10 * s),
      admin('a', 'down', 20 * s, 1, 1),
      carrier('a', 'down', 20 * s, 1, 1),
      legs('g', 20 * s, ['b'], ['a']),
    ],
    roots: ['link-down leg/a', 'nic-tx-timeout leg/a'],
    effects: ['redundancy-lost group/g'],
  },
  'the port above a NIC has a fatal error, and the NIC has one that follows': {
    tells: [
      ...well('g'),
      place('leg/a', 1 * s),
      aer(PORT, 10 * s, 'fatal'),
      aer(NIC, 10 * s, 'nonfatal'),
      carrier('a', 'down', 10.1 * s, 1, 1),
      legs('g', 10.1 * s, ['b'], ['a']),
      flow('1', 'stalled', 10.1 * s),
      failed(12 * s, { state: 'incomplete' }),
    ],
    roots: [`pcie-error pci/${PORT}`],
    effects: [
      `pcie-error pci/${NIC}`,
      'link-down leg/a',
      'redundancy-lost group/g',
      'storage-path-stalled target/g/10.0.0.2',
      'failover-absent group/g',
    ],
  },
  'a card is pulled': {
    tells: [
      ...well('g'),
      place('leg/a', 1 * s),
      carrier('a', 'down', 10 * s, 1, 1),
      legs('g', 10 * s, ['b'], [], ['a']),
      presence('a', 10 * s, 'removed'),
      pciPresence(NIC, 10.1 * s, 'removed'),
    ],
    roots: [`pci-device-removed pci/${NIC}`],
    effects: ['nic-removed leg/a', 'link-down leg/a', 'redundancy-lost group/g'],
  },
  'the port above a disk has a fatal error': {
    tells: [
      place('disk/nvme0n1', 1 * s),
      io('nvme0n1', 'moving', 1 * s, { session: null }),
      ioErrors('nvme0n1', 1 * s, 0),
      aer(PORT, 10 * s, 'fatal'),
      io('nvme0n1', 'stalled', 11 * s, { session: null }),
      ioErrors('nvme0n1', 11.5 * s, 2),
    ],
    roots: [`pcie-error pci/${PORT}`],
    effects: ['io-stalled disk/nvme0n1', 'io-errors disk/nvme0n1'],
  },
  'a flow that nobody has seen on a leg': {
    tells: [
      ...well('g'),
      carrier('a', 'down', 10 * s, 1, 1),
      { ...flow('1', 'stalled', 10.1 * s), leg_out: null, leg_in: null } as Observation,
    ],
    roots: ['link-down leg/a'],
    effects: ['storage-path-stalled target/g/10.0.0.2'],
  },
  'the kernel dropped all next hops': {
    tells: [...well('g'), legs('g', 10 * s, [], [], ['a', 'b']), flow('1', 'stalled', 10.1 * s)],
    roots: ['redundancy-lost group/g'],
    effects: ['path-lost group/g', 'storage-path-stalled target/g/10.0.0.2'],
  },
  'two legs, each for its own reason': {
    tells: [
      ...well('g'),
      carrier('a', 'down', 10 * s, 1, 1),
      presence('b', 10 * s, 'removed'),
      carrier('b', 'absent', 10 * s, 1, 0),
      legs('g', 10 * s, [], ['a'], ['b']),
    ],
    roots: ['link-down leg/a', 'nic-removed leg/b'],
    effects: ['redundancy-lost group/g', 'path-lost group/g'],
  },
};

const nameOf = ({ type, managedObjectId }: Alarm) => `${type} ${managedObjectId}`;

function* orders<T>(of: readonly T[]): Generator<T[]> {
  if (of.length === 0) yield [];
  for (const [i, first] of of.entries()) {
    for (const rest of orders([...of.slice(0, i), ...of.slice(i + 1)])) yield [first, ...rest];
  }
}

/** What is wrong with how these are explained; empty: nothing. */
function misnamed(all: Alarm[], roots: string[]): string[] {
  const ids = all.filter(one => roots.includes(nameOf(one))).map(one => one.id);
  return all.flatMap(one => {
    const isRoot = roots.includes(nameOf(one));
    const named = [...one.correlatedAlarmIds].sort().join();
    const wanted = isRoot ? '' : [...ids].sort().join();
    return one.isRootCause === isRoot && named === wanted ? [] : [`${nameOf(one)}: ${named}`];
  });
}

for (const [name, { tells, roots, effects }] of Object.entries(chains)) {
  t.test(name, async t => {
    const story = new Story().tell(tells[0]!);
    for (const seen of tells.slice(1)) story.tell(seen);
    story.until(story.now + 900 * ms);
    t.same(story.active(), [...roots, ...effects].sort(), 'the story is as it was meant');

    const told = new Alarms();
    for (const change of story.changes) told.take(change, told.now + 1);
    t.same(misnamed(activeAlarms(told.state), roots), [], 'as it happened');

    const faults = Object.values(story.state.active);
    let count = 0;
    for (const order of orders(faults)) {
      const alarms = new Alarms();
      for (const fault of order) alarms.take({ kind: 'active', fault, clearCause: null }, 20 * s);
      const wrong = misnamed(activeAlarms(alarms.state), roots);
      // What was told last is what is true.
      const last = new Map(alarms.changes.map(({ alarm }) => [alarm.id, alarm]));
      wrong.push(...misnamed([...last.values()], roots));
      count++;
      if (wrong.length > 0) t.fail(order.map(f => f.type).join(), { wrong });
    }
    t.ok(count >= 2, `${count} orders`);

    const ended = new Alarms();
    for (const fault of faults) ended.take({ kind: 'active', fault, clearCause: null }, 20 * s);
    for (const fault of faults.filter(f => roots.includes(`${f.type} ${f.object}`))) {
      ended.take({ kind: 'cleared', fault: { ...fault, t: 21 * s }, clearCause: null }, 21 * s);
    }
    const rest = activeAlarms(ended.state);
    t.equal(rest.length, effects.length);
    t.ok(rest.every(one => !one.isRootCause && one.correlatedAlarmIds.length === roots.length));
  });
}

const lost = (over = {}): FaultChange =>
  active({
    type: 'redundancy-lost',
    object: 'group/g',
    t: 1,
    causes: ['link-down leg/a', 'link-flapping leg/a', 'link-down leg/b'],
    ...over,
  });

t.test('a link that flaps is named once by what follows from it', async t => {
  const alarms = new Alarms();
  const down = linkDown('a', 1);
  const [root] = alarms.take(down, 1);
  alarms.take(lost(), 2);
  alarms.take(cleared(down, 3), 3);
  t.equal(alarms.take(linkDown('a', 4), 4).length, 1, 'the next loss is no change of it');
  t.match(alarms.take(changed(lost(), { details: ['x'] }), 5), [
    { alarm: { correlatedAlarmIds: [/./] } },
  ]);
  const named = activeAlarms(alarms.state).find(one => one.type === 'redundancy-lost');
  t.notMatch(named!.correlatedAlarmIds, [root!.alarm.id], 'but what it says is up to date');
});

t.test('a second cause is named when it comes', async t => {
  const alarms = new Alarms();
  const [a] = alarms.take(linkDown('a', 1), 1);
  alarms.take(lost(), 2);
  const [b, effect] = alarms.take(linkDown('b', 3), 3);
  t.match(effect, {
    kind: 'changed',
    alarm: { correlatedAlarmIds: [a!.alarm.id, b!.alarm.id], isRootCause: false },
  });
});

t.test('what is over at once explains nothing that was there long before', async t => {
  const causes = [`pcie-error pci/${NIC}`];
  const error = (at: number) => active({ type: 'pcie-error', object: `pci/${NIC}`, t: at });
  const near = new Alarms();
  near.take(linkDown('a', 10 * s, { causes }), 10 * s);
  t.equal(near.take(error(70 * s), 70 * s).length, 2, 'a minute later it may still be why');
  const far = new Alarms();
  far.take(linkDown('a', 10 * s, { causes }), 10 * s);
  t.equal(far.take(error(71 * s), 71 * s).length, 1);
  far.take(changed(linkDown('a', 10 * s, { causes }), { details: ['x'] }), 72 * s);
  t.ok(activeAlarms(far.state).every(one => one.isRootCause));
});

t.test('of a thousand causes the first are named, and the others are no news', async t => {
  const alarms = new Alarms();
  const stalls = [...Array(1000).keys()].map(i =>
    active({ type: 'storage-path-stalled', object: `target/g/${i}`, t: 1 }),
  );
  const causes = stalls.map(({ fault }) => `${fault.type} ${fault.object}`);
  const outcome = active({ type: 'failover-absent', object: 'group/g', t: 1, causes });
  const raised = stalls.slice(0, 2).flatMap(stall => alarms.take(stall, 2));
  alarms.take(outcome, 3);
  raised.push(...stalls.slice(2).flatMap(stall => alarms.take(stall, 4)));
  const ids = raised.filter(({ kind }) => kind === 'raised').map(({ alarm }) => alarm.id);
  t.equal(raised.length - ids.length, ROOTS_MAX - 2, 'so often has it changed');
  const named = activeAlarms(alarms.state).find(one => one.type === 'failover-absent');
  t.same(named!.correlatedAlarmIds, ids.slice(0, ROOTS_MAX));
  const late = new Alarms();
  for (const stall of stalls) late.take(stall, 2);
  t.match(late.take(outcome, 3), [{ alarm: { correlatedAlarmIds: { length: ROOTS_MAX } } }]);
});

t.test('a cause that was over when its effect is told is its cause', async t => {
  const down = linkDown('a', 10 * s, { failover: 'f1' });
  const root = (alarms: Alarms) => {
    const [raised] = alarms.take(down, 10 * s);
    alarms.take(cleared(down, 11 * s), 11 * s);
    return raised!.alarm.id;
  };
  const causes = ['link-down leg/a'];
  const effect = (over: object) =>
    active({ type: 'failover-slow', object: 'group/g', t: 11.5 * s, causes, ...over });
  for (const [over, named] of [
    [{ t: 10.5 * s }, true],
    [{ failover: 'f1' }, true],
    [{ failover: 'f2' }, false],
    [{}, false],
  ] as const) {
    const alarms = new Alarms();
    const id = root(alarms);
    const [raised] = alarms.take(effect(over), 12 * s);
    t.same(raised!.alarm.correlatedAlarmIds, named ? [id] : [], JSON.stringify(over));
    t.equal(raised!.alarm.isRootCause, !named);
  }
});

t.test('what names a root without a cause of its own any more follows it still', async t => {
  const alarms = new Alarms();
  const down = linkDown('a', 1, { causes: ['nic-removed leg/a'] });
  alarms.take(down, 1);
  const effect = lost();
  alarms.take(effect, 2);
  alarms.take(changed(effect, { details: ['x'], causes: [] }), 3);
  const [root] = alarms.take(active({ type: 'nic-removed', object: 'leg/a', t: 4 }), 4);
  const named = activeAlarms(alarms.state).find(one => one.type === 'redundancy-lost');
  t.same(named!.correlatedAlarmIds, [root!.alarm.id]);
});

t.test('a root that turns out to have a cause gives its place to it', async t => {
  const alarms = new Alarms();
  const [cause] = alarms.take(active({ type: 'nic-removed', object: 'leg/b', t: 1 }), 1);
  const down = linkDown('a', 2);
  alarms.take(down, 2);
  const effect = lost();
  alarms.take(effect, 3);
  alarms.take(changed(effect, { details: ['x'], causes: [] }), 4);
  t.match(alarms.take(changed(down, { causes: ['nic-removed leg/b'] }), 5), [
    { alarm: { type: 'link-down', correlatedAlarmIds: [cause!.alarm.id] } },
    { alarm: { type: 'redundancy-lost', correlatedAlarmIds: [cause!.alarm.id] } },
  ]);
});

t.test('faults that name each other leave a root', async t => {
  const alarms = new Alarms();
  const a = { type: 'link-down', object: 'leg/a', t: 1, causes: ['link-down leg/b'] };
  const b = { type: 'link-down', object: 'leg/b', t: 1, causes: ['link-down leg/a'] };
  alarms.take(active(a), 1);
  alarms.take(active(b), 2);
  t.same(
    activeAlarms(alarms.state).map(one => one.isRootCause),
    [true, false],
  );
});

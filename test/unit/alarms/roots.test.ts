/** One root, and all that follows from it, however long the chain and in whatever order it is seen. */
import t from 'tap';
import { activeAlarms } from '../../../agent/alarms/step.ts';
import type { Alarm, FailoverRecord, Observation } from '../../../agent/types.ts';
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
import { Alarms, s } from './alarms.ts';

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

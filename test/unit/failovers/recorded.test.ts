/**
 * Failovers of the real kernel (6.18), as the helper told them: two veth legs with equal ifindex numbers at both ends,
 * one TCP connection with a request each 10 ms. `at` is when the frame was read; the cut was made by hand (ip link, or
 * an XDP program that drops), so its time is less well known than a drill's.
 *
 * The bonds are of a Debian guest (6.1, emulated and slow): two virtio NICs on one hub, a request each 25 ms or so; the
 * cut is QEMU's set_link, or netem with all packets lost.
 */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { drill } from '../../../agent/probes/self/observations.ts';
import type { FailoverRecord } from '../../../agent/types.ts';
import { frameSchema } from '../../../agent/wire.ts';
import { Story } from '../support/story.ts';

interface Line {
  at: number;
  frame?: unknown;
  cut?: { t_us: number; uncertainty_us: number; leg: string };
  healed?: { t_us: number };
}

/** `drilled`: with the cut's own time; else as if it had happened by itself. */
function replay(name: string, group: string, drilled: boolean): FailoverRecord {
  const text = readFileSync(new URL(`./recorded/${name}.jsonl`, import.meta.url), 'utf8');
  const story = new Story();
  let fields = { drill: 'd1', kind: 'test', group, leg: '', uncertainty_us: 0, budget_ms: 1000 };
  for (const line of text.trim().split('\n')) {
    const { at, frame, cut, healed } = JSON.parse(line) as Line;
    if (frame !== undefined) story.at(at, frameSchema.parse(frame));
    if (cut !== undefined) {
      fields = { ...fields, leg: cut.leg, uncertainty_us: cut.uncertainty_us };
      if (drilled) story.at(at, drill(cut.t_us, 'cut', fields));
    }
    if (healed !== undefined && drilled) story.at(at, drill(healed.t_us, 'healed', fields));
  }
  return story.end().record;
}

const ECMP = 'ecmp:10.77.9.2/32';
const BOND = 'bond:bond0';
/** ms between two times of a record; null: one is not known. */
const between = (from: number | null, to: number | null): number | null =>
  from === null || to === null ? null : Math.round((to - from) / 1000);

for (const drilled of [true, false]) {
  const source = (known: string) => (drilled ? 'drill' : known);

  t.test(`nudged: carrier loss, over in the flow's own spacing (drill: ${drilled})`, async t => {
    const record = replay('nudged', ECMP, drilled);
    t.match(record, {
      state: 'closed',
      verdict: 'PASS',
      nudge: 'ask',
      cut: { source: source('carrier') },
      gap_us: 111,
      spacing_us: 9437,
      gap_below_spacing: true,
      findings: [],
      flows: [
        { leg_out_before: 'c-a', leg_in_before: 'c-a', leg_out_after: 'c-b', leg_in_after: 'c-b' },
      ],
      back: { verdict: 'PASS', gap_us: 158_826 },
    });
    t.equal(record.legs.length, 1, 'the stall on the way back is no loss of the other leg');
    t.equal(
      between(record.legs[0]?.healed_us ?? null, record.back?.flowing_us ?? null),
      drilled ? 167 : 159,
    );
  });

  t.test(`the kernel alone: its limiter on both ways (drill: ${drilled})`, async t => {
    const record = replay('kernel-alone', ECMP, drilled);
    t.match(record, {
      state: 'closed',
      verdict: 'PASS',
      nudge: 'off',
      cut: { source: source('carrier') },
      gap_us: 867_341,
      findings: [],
      back: { verdict: 'PASS', gap_us: 916_474 },
    });
    t.equal(between(record.cut.t_us, record.switched_us), drilled ? 880 : 876);
  });

  t.test(`blackhole: TCP comes back long after the leg (drill: ${drilled})`, async t => {
    const record = replay('blackhole', ECMP, drilled);
    t.match(record, {
      state: 'closed',
      verdict: 'FAIL',
      reason: /healed, not switched/,
      cut: { source: source('last_progress') },
      switched_us: null,
      gap_us: 3_344_471,
      legs: [{ leg: 'c-a' }],
      back: { verdict: 'NOT_MEASURED' },
    });
    t.equal(between(record.cut.t_us, record.seen_us), drilled ? 66 : 50);
  });

  t.test(`admin-down through bridges: the peer does not know (drill: ${drilled})`, async t => {
    const record = replay('through-bridges', ECMP, drilled);
    t.match(record, {
      state: 'closed',
      verdict: 'FAIL',
      reason: /until c-b had healed.*the peer still used c-b/,
      gap_us: 3_174_742,
      findings: ['peer-still-uses-leg'],
    });
    t.equal(
      between(record.cut.t_us, record.switched_us),
      drilled ? 18 : 4,
      'our own side was quick',
    );
  });

  t.test(`nexthop objects: the leg does not come back (drill: ${drilled})`, async t => {
    const record = replay('nexthop-objects', 'nhg:10', drilled);
    t.match(record, {
      group: 'nhg:10',
      kind: 'nexthop_group',
      state: 'closed',
      verdict: 'PASS',
      gap_us: 676_043,
      legs: [{ leg: 'c-b', healed_us: null }],
      back: null,
      // Directly cabled, but nobody nudged the other end.
      findings: ['peer-still-uses-leg'],
    });
  });

  t.test(`bond, miimon 100, with a primary: all parts of the gap (drill: ${drilled})`, async t => {
    const record = replay('bond-miimon', BOND, drilled);
    t.match(record, {
      kind: 'bond',
      state: 'closed',
      verdict: 'PASS',
      cut: { source: source('carrier') },
      gap_us: 213_082,
      findings: [],
      legs: [{ leg: 'nic0' }],
      phases: {
        detection_us: drilled ? 78_844 : 60_779,
        switch_us: 367,
        announcement_us: 4711,
        recovery_us: 160_371,
      },
      flows: [{ leg_out_before: 'nic0', leg_out_after: 'nic1' }],
      back: { verdict: 'PASS', gap_us: 16_031 },
    });
    t.equal(record.legs.length, 1);
    t.equal(between(record.back!.healed_us, record.back!.switched_us), drilled ? 14 : 10);
  });

  t.test(`bond, ARP monitor each 300 ms: a blackhole (drill: ${drilled})`, async t => {
    const record = replay('bond-arp', BOND, drilled);
    t.match(record, {
      state: 'closed',
      verdict: 'PASS',
      cut: { source: source('last_progress') },
      gap_us: 853_236,
      phases: { detection_us: drilled ? 780_721 : 688_511, announcement_us: 13_668 },
      legs: [{ leg: 'nic0' }],
      back: { switched_us: null, verdict: 'PASS', reason: /^stayed on nic1/ },
    });
  });

  t.test(`bond, miimon 0: it stays on a link without carrier (drill: ${drilled})`, async t => {
    const record = replay('bond-unmonitored', BOND, drilled);
    t.match(record, {
      state: 'closed',
      verdict: 'FAIL',
      reason: /healed, not switched: .*; the bond did not switch: it watches no member/,
      switched_us: null,
      announced_us: null,
      gap_us: 3_441_981,
      findings: ['no-switch'],
    });
  });
}

/** What holds of faults of memory, processors and PCI functions, whatever is told of them, in whatever order. */
import t from 'tap';
import {
  type FaultState,
  faultStep,
  initialFaults,
  restoreFaults,
} from '../../../agent/faults/step.ts';
import { faultKey, type Observation } from '../../../agent/types.ts';
import { runSeed, seeded } from '../support/random.ts';
import {
  aer,
  deviceHealth,
  dimm,
  dimmCounters,
  kernelSays,
  machineCheck,
  ms,
  NIC,
  PORT,
  pageFailure,
  pciPresence,
  place,
  s,
  victim,
} from './story.ts';

const STEPS = 3000;
const h = 3600 * s;

const seed = runSeed();
t.comment(`SEED=${seed}`);
const random = seeded(seed);
const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
const count = () => Math.floor(10 ** (random() * 5));
const PAGES = ['0x1', '0x2', null] as const;

const makes: readonly ((t: number) => Observation)[] = [
  t =>
    dimm(one(['A1', 'A2', 'unknown-0']), t, {
      severity: one(['corrected', 'corrected', 'deferred', 'uncorrected', 'fatal']),
      by: one(['controller', 'mce', 'firmware', 'cxl']),
      count: count(),
      page: one(PAGES),
    }),
  t =>
    dimmCounters(
      one(['A1', 'A2']),
      t,
      one([{ corrected: count(), uncorrected: count() }, 'unknown', 'absent'] as const),
    ),
  t => victim(t),
  t => pageFailure(t, one(['ignored', 'failed', 'delayed', 'recovered']), one(['0x1', '0x2'])),
  t =>
    machineCheck(one([0, 1]), t, {
      severity: one(['corrected', 'corrected', 'uncorrected', 'fatal']),
      count: count(),
    }),
  t => kernelSays(one(['machine check', 'firmware bug']), t, one([['hw_cpu'], []] as const)),
  t => aer(one([NIC, PORT]), t, one(['corrected', 'nonfatal', 'fatal']), { count: count() }),
  t => deviceHealth(NIC, t),
  t => pciPresence(one([NIC, PORT]), t, one(['present', 'removed', 'unknown', 'absent'])),
  t => place('leg/a', t, one([[NIC, PORT], [NIC], []])),
];

t.test('each is raised, changed and cleared in turn, and wakes are to come', async t => {
  let state: FaultState = initialFaults;
  let wakeAt: number | null = null;
  let now = 10 * s;
  const active = new Set<string>();
  let wrong = 0;
  const step = (input: Parameters<typeof faultStep>[1]) => {
    const [next, changes, at] = faultStep(state, input, now);
    state = next;
    wakeAt = at;
    for (const { kind, fault } of changes) {
      const key = faultKey(fault);
      if (active.has(key) === (kind === 'active') || fault.t > now) wrong++;
      if (kind === 'active') active.add(key);
      if (kind === 'cleared') active.delete(key);
    }
  };
  const until = (end: number) => {
    for (let i = 0; wakeAt !== null && wakeAt <= end; i++) {
      if (i > 1000) throw new Error(`wakes for ever at ${wakeAt}, SEED=${seed}`);
      now = Math.max(now, wakeAt);
      step({ probe: 'tick' });
    }
    now = Math.max(now, end);
  };
  for (let i = 0; i < STEPS; i++) {
    until(now + Math.floor(one([0, ms, 300 * ms, 2 * s, 70 * s, h, 13 * h]) * random()));
    // Some is heard late.
    step(one(makes)(now - one([0, 0, 0, 50 * ms])));
    if (i % 500 === 0) state = restoreFaults(JSON.parse(JSON.stringify(state)), true, now);
  }
  t.equal(wrong, 0);
  t.same([...active].sort(), Object.keys(state.active).sort());
  until(now + 100 * h);
  t.same([...active], [], 'all ends');
  t.equal(wakeAt, null);
  const kept = JSON.stringify(state).length;
  t.ok(kept < 20_000, `${kept} bytes are kept`);
});

/** Whatever comes in whatever order: the promises of the alarm room, seen by the list and by a receiver. */
import t from 'tap';
import { type AlarmInput, activeAlarms } from '../../../agent/alarms/step.ts';
import { type AlarmChange, type Fault, faultKey } from '../../../agent/types.ts';
import { runSeed, seeded } from '../support/random.ts';
import { Alarms, active, changed, cleared, s } from './alarms.ts';

/** Each may be explained by some of those before it. */
const SUBJECTS = [
  ['nic-removed', 'leg/a'],
  ['link-down', 'leg/a'],
  ['link-down', 'leg/b'],
  ['link-flapping', 'leg/a'],
  ['redundancy-lost', 'group/g'],
  ['path-lost', 'group/g'],
  ['storage-path-stalled', 'target/g/10.0.0.2'],
  ['monitor-blind', 'host'],
  ['delivery-failing', 'adapter/vim'],
] as const;
const SEVERITIES = [null, null, 'WARNING', 'CRITICAL'] as const;
const PATTERNS = [['*'], ['leg/*'], ['group/g', 'target/*'], ['*', 'host'], ['adapter/vim']];

type Op =
  | { do: 'tell'; input: AlarmInput }
  | { do: 'ack'; nth: number; acknowledged: boolean }
  | { do: 'maintain'; for_us: number; notices: 'hold' | 'mark'; objects: string[] }
  | { do: 'reboot'; away: number }
  | { do: 'pass' };
type Timed = Op & { at: number /** No drill is on. */; calm: boolean };

/** Faults keep their promise here: one that is active is not raised, and is cleared once. */
function makeOps(random: () => number, count: number): Timed[] {
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
  const on = new Map<string, Fault>();
  const ops: Timed[] = [];
  const subjects = SUBJECTS.slice(0, 1 + Math.floor(random() * SUBJECTS.length));
  const pace = pick([2, 10, 40]) * s;
  let at = 10 * s;
  let drill = false;
  const put = (op: Op) => ops.push({ ...op, at, calm: !drill });
  const tell = (input: AlarmInput) => put({ do: 'tell', input });
  for (let i = 0; i < count; i++) {
    at += Math.floor(random() ** 3 * pace);
    const dice = random();
    if (dice < 0.7) {
      const [type, object] = pick(subjects);
      const known = on.get(faultKey({ type, object }));
      if (known === undefined) {
        const before = SUBJECTS.slice(
          0,
          SUBJECTS.findIndex(one => one[0] === type),
        );
        const causes = before.filter(() => random() < 0.5).map(one => one.join(' '));
        const start = active({ type, object, t: at - 10, causes, severity: pick(SEVERITIES) });
        on.set(faultKey(start.fault), start.fault);
        tell(start);
      } else if (random() < 0.3) {
        const over = { details: [`${i}`], severity: pick(SEVERITIES) };
        tell(changed({ kind: 'active', fault: known, clearCause: null }, over));
      } else {
        on.delete(faultKey(known));
        const cause = pick(['condition-ended', 'condition-ended', 'subject-gone'] as const);
        tell(cleared({ kind: 'active', fault: known, clearCause: null }, at - 5, cause));
      }
    } else if (dice < 0.78)
      put({ do: 'ack', nth: Math.floor(random() * 4), acknowledged: random() < 0.8 });
    else if (dice < 0.86) {
      const notices = pick(['hold', 'hold', 'mark'] as const);
      const for_us = Math.floor(random() * 90 * s);
      put({ do: 'maintain', for_us, notices, objects: pick(PATTERNS) });
    } else if (dice < 0.88) tell({ verb: 'maintenance', maintenance: null });
    else if (dice < 0.91) {
      drill = !drill;
      tell(
        drill
          ? { drill: 'd', phase: 'begin', group: 'g', legs: ['a'] }
          : { drill: 'd', phase: 'end' },
      );
    } else if (dice < 0.93 && !drill) put({ do: 'reboot', away: Math.floor(random() * 60 * s) });
    else put({ do: 'pass' });
  }
  for (const fault of on.values()) {
    tell(cleared({ kind: 'active', fault, clearCause: null }, at));
  }
  at += 200 * s;
  put({ do: 'pass' });
  return ops;
}

/** `between` is called before each operation, with the time of it; it may let time pass, and restart. */
function play(ops: Timed[], between: (alarms: Alarms, to: number, calm: boolean) => void) {
  const alarms = new Alarms({
    severities: [{ types: ['path-lost'], objects: ['*'], severity: 'MAJOR' }],
  });
  // The monotonic clock begins anew with each boot; operations count on.
  let shift = 0;
  for (const { at, calm, ...op } of ops) {
    const now = at - shift;
    between(alarms, now, calm);
    alarms.until(now);
    switch (op.do) {
      case 'tell':
        alarms.step(op.input);
        break;
      case 'ack': {
        const { id } = activeAlarms(alarms.state)[op.nth] ?? { id: 'none' };
        alarms.step({ verb: 'ack', alarms: [id], acknowledged: op.acknowledged, user: 'ann' });
        break;
      }
      case 'maintain':
        alarms.maintain(now, op.for_us, op.notices, op.objects);
        break;
      case 'reboot':
        alarms.reboot(op.away);
        shift = at - alarms.now;
        break;
    }
    stateHolds(alarms);
  }
  return alarms;
}

function stateHolds({ state }: Alarms): void {
  const all = activeAlarms(state);
  const byId = new Map(all.map(one => [one.id, one]));
  for (const { id, isRootCause, correlatedAlarmIds } of all) {
    if (isRootCause !== (correlatedAlarmIds.length === 0)) throw new Error(`${id}: root or not`);
    for (const cause of correlatedAlarmIds) {
      if (byId.get(cause)?.isRootCause === false) throw new Error(`${id} names no root`);
    }
  }
  for (const { change } of Object.values(state.active)) {
    if (change.held && state.maintenance === null) throw new Error(`${change.alarm.id} is held`);
  }
}

/** What is wrong with the life of one alarm, as it was kept and as a receiver hears of it. */
function faultsOfLife(changes: AlarmChange[]): string[] {
  const wrong: string[] = [];
  const kinds = changes.map(change => change.kind);
  if (changes.some((change, i) => change.revision !== i + 1)) wrong.push('revisions');
  if (kinds[0] !== 'raised') wrong.push('begins otherwise');
  if (kinds.indexOf('cleared') !== kinds.length - 1) wrong.push('is not cleared once, at its end');
  const told = changes.filter(change => !change.held);
  if (told.length > 0) {
    const heard = told.map(change => change.kind);
    if (heard.lastIndexOf('raised') !== 0) wrong.push(`is told as ${heard.join()}`);
    if (heard.at(-1) !== 'cleared') wrong.push('was told, and not its end');
    if (told.length < changes.length && !changes[0]!.held) wrong.push('is held after it was told');
    if (told[0] !== changes[changes.length - told.length]) wrong.push('has a gap in what is told');
  }
  const again = kinds.filter(kind => kind === 'raised').length;
  if (again > (changes[0]!.held ? 2 : 1)) wrong.push(`is raised ${again} times`);
  return wrong;
}

const seed = runSeed();
t.comment(`SEED=${seed}`);

t.test(
  'each alarm lives once, and is told from its beginning to its end or not at all',
  async t => {
    let alarmed = 0;
    let held = 0;
    let released = 0;
    let returned = 0;
    for (let run = 0; run < 150; run++) {
      const ops = makeOps(seeded(seed + run), 120);
      const alarms = play(ops, () => {});
      t.same(activeAlarms(alarms.state), [], 'all is well in the end');
      t.equal(alarms.wakeAt, null);
      const lives = Map.groupBy(alarms.changes, change => change.alarm.id);
      for (const [id, changes] of lives) {
        const wrong = faultsOfLife(changes);
        if (wrong.length > 0) t.fail(`run ${run}: ${id} ${wrong.join(', ')}`, { seed });
        alarmed++;
        if (changes[0]!.held) held++;
        if (changes[0]!.held && !changes.at(-1)!.held) released++;
        if (changes.some(({ alarm }) => alarm.faultDetails.join().includes('came back')))
          returned++;
      }
    }
    t.ok(Math.min(alarmed, held, released, returned) > 20, 'there was something to see', {
      alarmed,
      held,
      released,
      returned,
    });
  },
);

t.test('to be woken at wakeAt is enough, and a restart changes nothing', async t => {
  for (let run = 0; run < 60; run++) {
    const ops = makeOps(seeded(seed + 1000 + run), 120);
    const random = seeded(seed + run);
    const sparse = play(ops, () => {});
    const dense = play(ops, (alarms, to, calm) => {
      while (alarms.now < to) {
        alarms.until(Math.min(to, alarms.now + Math.ceil(random() * 9 * s)));
        alarms.step({ probe: 'tick' });
        if (calm && random() < 0.2) alarms.restart();
      }
    });
    if (JSON.stringify(dense.changes) !== JSON.stringify(sparse.changes)) {
      t.same(dense.changes, sparse.changes, `run ${run}, SEED=${seed}`);
      return;
    }
  }
  t.pass('the same changes');
});

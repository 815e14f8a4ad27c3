/** Every incident once recorded: frames in, what must come of them out. See test/replays/README.md. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import type { AlarmChange, FailoverRecord, Observation } from '../../agent/types.ts';
import { type Frame, frameSchema } from '../../agent/wire.ts';
import { Mind } from './main/mind.ts';

const folder = new URL('../replays/', import.meta.url);
const names = readdirSync(folder)
  .filter(file => file.endsWith('.jsonl'))
  .map(file => file.slice(0, -'.jsonl'.length));

type Line = Frame | { observe: Observation };

function linesOf(name: string): Line[] {
  return readFileSync(new URL(`${name}.jsonl`, folder), 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))
    .map(line => ('observe' in line ? line : frameSchema.parse(line)));
}

function play(lines: Line[]) {
  const first = lines.find(line => 'type' in line) as Frame;
  const mind = new Mind(first.data.t_us, null, first.data.boot_id);
  for (const line of lines) {
    if ('type' in line) {
      mind.take([line]);
      continue;
    }
    const { observe } = line;
    if (observe.probe === 'self' && observe.aspect === 'drill') cover(mind, observe);
    mind.observe(observe);
  }
  return expectation(mind, first.data.t_us);
}

function cover(
  mind: Mind,
  { subject, value, group, leg, t }: Extract<Observation, { aspect: 'drill' }>,
) {
  const drill = subject.slice('drill/'.length);
  if (value === 'ready') mind.middle.order({ drill, phase: 'begin', group, legs: [leg] }, t);
  if (value === 'ended') mind.middle.order({ drill, phase: 'end' }, t);
}

/** Times in ms since the first frame; ids by the order in which they came. */
function expectation(mind: Mind, begin: number) {
  const numbers = new Map<string, number>();
  const number = (id: string) => {
    if (!numbers.has(id)) numbers.set(id, numbers.size + 1);
    return numbers.get(id)!;
  };
  const ms = (t: number | null) => (t === null ? null : (t - begin) / 1000);
  const alarm = ({ kind, revision, alarm: a }: AlarmChange) => ({
    at: ms((a.alarmChangedTime ?? a.alarmRaisedTime).mono_us),
    kind,
    alarm: number(a.id),
    revision,
    type: a.type,
    object: a.managedObjectId,
    severity: a.perceivedSeverity,
    event: ms(a.eventTime.mono_us),
    caused_by: a.correlatedAlarmIds.map(number),
    details: a.faultDetails.filter(detail => !detail.startsWith('failover ')),
    clear_cause: a.clearCause,
    drill: a.drill,
  });
  const record = (r: FailoverRecord) => ({
    group: r.group,
    state: r.state,
    drill: r.drill,
    cut: ms(r.cut.t_us),
    source: r.cut.source,
    seen: ms(r.seen_us),
    switched: ms(r.switched_us),
    flowing: ms(r.flowing_us),
    gap_ms: r.gap_us === null ? null : r.gap_us / 1000,
    verdict: r.verdict,
    reason: r.reason,
    findings: r.findings,
  });
  const { alarms, records } = mind.thoughts;
  return {
    alarms: alarms.map(alarm),
    failovers: records.filter(r => r.state !== 'open').map(record),
    active: mind.active(),
  };
}

for (const name of names) {
  t.test(name, async t => {
    const lines = linesOf(name);
    const result = JSON.parse(JSON.stringify(play(lines)));
    const file = new URL(`${name}.json`, folder);
    if (process.env.UPDATE_EXPECTED === '1' || !existsSync(file)) {
      writeFileSync(file, `${JSON.stringify(result, null, 1)}\n`);
      t.pass('written', { skip: 'what is expected was written now' });
      return;
    }
    t.same(result, JSON.parse(readFileSync(file, 'utf8')));
    t.same(JSON.parse(JSON.stringify(play(lines))), result, 'the same again');
  });
}
t.ok(names.length >= 4, 'there are replays');

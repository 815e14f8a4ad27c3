/** Every incident once recorded: frames in, what must come of them out. See test/replays/README.md. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { type Line, parseLine } from '../../agent/main/recording/lines.ts';
import { optionsOf, Replay } from '../../agent/main/replay.ts';
import { nothing, type Thoughts } from '../../agent/main/thoughts.ts';
import type { AlarmChange, FailoverRecord } from '../../agent/types.ts';

const folder = new URL('../replays/', import.meta.url);
const names = readdirSync(folder)
  .filter(file => file.endsWith('.jsonl'))
  .map(file => file.slice(0, -'.jsonl'.length));

function linesOf(name: string): Line[] {
  return readFileSync(new URL(`${name}.jsonl`, folder), 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(text => {
      const line = parseLine(text);
      if (line.is === 'bad') throw new Error(`${name}: ${line.problem}: ${text.slice(0, 200)}`);
      return line;
    });
}

function play(lines: Line[]) {
  const thoughts = nothing();
  const first = lines.find(line => line.is === 'frame')!.frame.data;
  const head = lines.find(line => line.is === 'head')?.head ?? null;
  const { options } = optionsOf(head, first, null);
  const replay = new Replay({ ...options, crash: true }, more => {
    thoughts.alarms.push(...more.alarms);
    thoughts.records.push(...more.records);
  });
  for (const line of lines) replay.play(line);
  return expectation(replay, thoughts, options.now);
}

/** Times in ms since the first frame; ids by the order in which they came. */
function expectation(replay: Replay, { alarms, records }: Thoughts, begin: number) {
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
  return {
    alarms: alarms.map(alarm),
    failovers: records.filter(r => r.state !== 'open').map(record),
    active: Object.keys(replay.middle.faults.active).sort(),
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

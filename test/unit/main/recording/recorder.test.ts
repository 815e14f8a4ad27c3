/** An alarm is recorded, and what is recorded gives the same alarms; a disk that cannot take it disturbs nobody. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { parseConfig } from '../../../../agent/config.ts';
import { silentLog } from '../../../../agent/log.ts';
import { type Line, parseLine } from '../../../../agent/main/recording/lines.ts';
import { Recorder } from '../../../../agent/main/recording/recorder.ts';
import { recordedSettings } from '../../../../agent/main/recording/settings.ts';
import { optionsOf, Replay } from '../../../../agent/main/replay.ts';
import type { TopologyMemory } from '../../../../agent/topology/state.ts';
import type { AlarmChange, Observation } from '../../../../agent/types.ts';
import type { Frame } from '../../../../agent/wire.ts';
import { until } from '../../../../scripts/lab/wait.ts';
import { HandClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { BOOT, Host, ms, s } from '../host.ts';
import { Mind } from '../mind.ts';

const config = parseConfig(
  '{ source: urn:test:host, storage: { ports: [3260, 6800-7568, { name: lab, port: 99 }] }, budget_ms: 700 }',
  'test',
  {},
).config!;

/** An agent in small: what the daemon does with its recorder. */
function setUp(
  t: Test,
  begin: number,
  limits = { bytes: 2 ** 28, files: 10 },
  memory?: () => TopologyMemory,
) {
  const folder = path.join(temporaryFolder(t), 'recordings');
  const clock = new HandClock();
  const errors: unknown[] = [];
  const mind = new Mind(begin);
  const recorder = new Recorder({
    ...{ folder, limits, clock },
    memory: memory ?? (() => mind.middle.topology.memory),
    log: { ...silentLog, error: (...what: unknown[]) => void errors.push(what) },
    head: () => ({
      ...{ version: '1', host: 'compute-1', boot_id: BOOT, wall_offset_us: 1_700_000_000 * s },
      config: recordedSettings(config),
    }),
  });
  t.teardown(() => recorder.close());
  const told: AlarmChange[] = [];
  const note = async (now: number) => {
    const alarms = mind.thoughts.alarms.splice(0);
    told.push(...alarms);
    recorder.note(alarms, now);
    await clock.advance(Math.max(0, now - clock.monoUs()) / 1000);
  };
  const take = async (frames: readonly Frame[]) => {
    for (const frame of frames) {
      const now = Math.max(frame.data.t_us, mind.now);
      recorder.frame(frame, now);
      mind.take([frame]);
      await note(now);
    }
  };
  const observe = async (seen: Observation) => {
    recorder.observe(seen, seen.t);
    mind.observe(seen);
    await note(seen.t);
  };
  const recordings = () =>
    readdirSync(folder)
      .sort()
      .map(name => path.join(folder, name));
  const { state } = recorder;
  return { folder, mind, recorder, clock, told, errors, take, observe, recordings, state };
}

const linesOf = (file: string): Line[] =>
  readFileSync(file, 'utf8').split('\n').slice(0, -1).map(parseLine);

function replay(lines: Line[]) {
  const head = lines.find(line => line.is === 'head')!.head;
  const alarms: AlarmChange[] = [];
  const { options, unread } = optionsOf(head, { boot_id: '', t_us: 0 }, null);
  const again = new Replay({ ...options, crash: true }, more => void alarms.push(...more.alarms));
  for (const line of lines) again.play(line);
  return { alarms, unread, middle: again.middle, head };
}

const words = (changes: readonly AlarmChange[]) =>
  changes.map(
    ({ kind, alarm: a }) =>
      `${kind} ${a.perceivedSeverity} ${a.type} ${a.managedObjectId} at ${a.eventTime.mono_us}` +
      ` ${a.clearCause} ${a.faultDetails.filter(one => !one.startsWith('failover ')).join('; ')}`,
  );

/** Long after all was told; the host is quiet but for its heartbeats, for most of the time. */
function cut(quiet: number, after: number): { host: Host; at: number } {
  const host = new Host();
  // The hand clock begins at 1000 s.
  host.t = 1001 * s;
  host.epoch = host.t;
  host.attach().wait(quiet);
  const at = host.t;
  host.lose('c-a').tellCarrier('c-a').wait(after);
  return { host, at };
}

t.test('what is recorded gives the same alarms', async t => {
  const { host, at } = cut(200 * s, 3 * s);
  host
    .heal('c-a')
    .tellCarrier('c-a')
    .wait(30 * s);
  const agent = setUp(t, host.frames[0]!.data.t_us);
  await agent.take(host.frames);
  await until('the recording', () => agent.state.written === 1);
  const [file, ...others] = agent.recordings();
  t.same(others, []);
  t.match(path.basename(file!), /^\d{8}T\d{9}Z-link-down\.jsonl$/);
  t.equal(statSync(file!).mode & 0o777, 0o600);
  t.equal(statSync(agent.folder).mode & 0o777, 0o700);
  const lines = linesOf(file!);
  t.same(
    lines.filter(line => line.is === 'bad' || line.is === 'unknown'),
    [],
  );
  const { alarms, unread, head } = replay(lines);
  t.same(unread, []);
  t.match(head, { about: 'link-down leg/c-a', host: 'compute-1', dropped: 0 });
  t.ok(agent.told.length >= 2, 'there was something to tell');
  t.same(words(alarms), words(agent.told));
  t.match(lines.at(-1), { is: 'tail', tail: { until_us: at + 10 * s } }, 'as far as it was seen');
  const frames = lines.flatMap(line => (line.is === 'frame' ? [line.frame] : []));
  const beats = frames.filter(({ type }) => type === 'heartbeat').length;
  t.ok(beats <= 72, `${beats} heartbeats: a minute before, ten seconds after`);
});

t.test('what the agent saw of itself is in it', async t => {
  const { host, at } = cut(100 * s, 20 * s);
  const agent = setUp(t, host.frames[0]!.data.t_us);
  const before = host.frames.filter(frame => frame.data.t_us < at);
  await agent.take(before);
  await agent.observe({
    ...{ probe: 'self', aspect: 'delivery', subject: 'adapter/vim', value: 'failing' },
    ...{ t: at - ms, reason: 'ECONNREFUSED' },
  });
  await agent.take(host.frames.filter(frame => frame.data.t_us >= at));
  await until('the recording', () => agent.state.written === 1);
  const { alarms } = replay(linesOf(agent.recordings()[0]!));
  t.same(words(alarms), words(agent.told));
  t.match(words(alarms)[0], /^raised \S+ delivery-failing adapter\/vim/);
});

t.test(
  'alarms that follow are in the same file; the same alarm is not recorded at once again',
  async t => {
    const { host } = cut(70 * s, 5 * s);
    host
      .lose('c-b')
      .tellCarrier('c-b')
      .wait(12 * s);
    host
      .heal('c-a')
      .tellCarrier('c-a')
      .wait(60 * s);
    host
      .lose('c-a')
      .tellCarrier('c-a')
      .wait(30 * s);
    const agent = setUp(t, host.frames[0]!.data.t_us);
    await agent.take(host.frames);
    await until('the recording', () => agent.state.written >= 1);
    const all = agent.recordings().flatMap(linesOf);
    const heads = all.flatMap(line => (line.is === 'head' ? [line.head.about] : []));
    t.same(heads.filter(about => about === 'link-down leg/c-a').length, 1);
    t.notOk(heads.includes('link-down leg/c-b'));
  },
);

t.test('a victim’s command line is recorded without its secrets', async t => {
  const { host, at } = cut(10 * s, 20 * s);
  const agent = setUp(t, host.frames[0]!.data.t_us);
  const before = host.frames.filter(frame => frame.data.t_us <= at);
  const victim = new Host();
  victim.t = at;
  victim.say('page_victim', {
    ...{ pid: 7, comm: 'mysqld', cgroup: null, action: 'required', address: '0x1' },
    command: 'mysqld --password=hunter2',
  });
  await agent.take([...before, ...victim.frames, ...host.frames.slice(before.length)]);
  await until('the recording', () => agent.state.written >= 1);
  const text = agent
    .recordings()
    .map(file => readFileSync(file, 'utf8'))
    .join('');
  t.match(text, 'mysqld --password=***');
  t.notMatch(text, 'hunter2');
});

t.test('a folder that cannot be had is named once, and counted', async t => {
  const { host } = cut(10 * s, 20 * s);
  const agent = setUp(t, host.frames[0]!.data.t_us);
  writeFileSync(agent.folder, 'no folder');
  await agent.take(host.frames);
  await until('the recording', () => agent.state.failed === 1);
  t.match(agent.state, { written: 0, problem: /EEXIST|ENOTDIR/ });
  const told = agent.told.length;
  const next = new Host();
  next.t = host.t + 700 * s;
  next.epoch = next.t;
  next
    .attach()
    .wait(s)
    .lose('c-a')
    .tellCarrier('c-a')
    .wait(20 * s);
  await agent.take(next.frames);
  await until('the recording', () => agent.state.failed >= 2);
  t.equal(agent.errors.length, 1, 'one line in the log');
  t.ok(agent.told.length > told, 'alarms come all the same');
});

t.test('the folder is bounded: the oldest go, and what is not ours stays', async t => {
  const { host } = cut(10 * s, 20 * s);
  const agent = setUp(t, host.frames[0]!.data.t_us, { bytes: 2 ** 28, files: 3 });
  mkdirSync(agent.folder);
  const old = ['1', '2', '3', '4'].map(n => `2020030${n}T000000000Z-link-down.jsonl`);
  for (const name of [...old, 'notes.txt']) writeFileSync(path.join(agent.folder, name), '');
  await agent.take(host.frames);
  await until('the recording', () => agent.state.written >= 1);
  const left = agent.recordings().map(file => path.basename(file));
  t.ok(left.includes('notes.txt'));
  t.same(
    left.filter(name => name.startsWith('2020')),
    old.slice(2),
  );
  t.equal(left.length, 4);
  chmodSync(agent.folder, 0o700);
});

t.test('the folder is bounded by its size, too', async t => {
  const { host } = cut(10 * s, 20 * s);
  const agent = setUp(t, host.frames[0]!.data.t_us, { bytes: 100_000, files: 10 });
  mkdirSync(agent.folder);
  const old = ['1', '2', '3'].map(n => `2020030${n}T000000000Z-link-down.jsonl`);
  for (const name of old) writeFileSync(path.join(agent.folder, name), 'x'.repeat(30_000));
  await agent.take(host.frames);
  await until('the recording', () => agent.state.written >= 1);
  const left = agent.recordings().map(file => path.basename(file));
  t.same(
    left.filter(name => name.startsWith('2020')),
    old.slice(2),
    'half of the room is for the new one',
  );
});

t.test('half a recording is none', async t => {
  const { host } = cut(10 * s, 20 * s);
  const endless: Record<string, unknown> = {};
  endless.self = endless;
  const limits = { bytes: 2 ** 28, files: 10 };
  const agent = setUp(t, host.frames[0]!.data.t_us, limits, () => endless as never);
  await agent.take(host.frames);
  await until('the failure', () => agent.state.failed >= 1);
  await agent.recorder.close();
  t.same(agent.recordings(), []);
});

for (const [when, after] of [
  ['later', 2 * s],
  ['at once, before its picture is taken', s / 10],
] as const) {
  t.test(`an end of the agent ends the recording, with what there is: ${when}`, async t => {
    const { host } = cut(10 * s, after);
    const agent = setUp(t, host.frames[0]!.data.t_us);
    await agent.take(host.frames);
    await agent.recorder.close();
    const lines = linesOf(agent.recordings()[0]!);
    t.equal(lines.at(-1)?.is, 'tail');
    t.same(words(replay(lines).alarms), words(agent.told));
  });
}
